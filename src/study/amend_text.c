/* What is different between two texts of a space, and a text with some of its rules replaced. */
#include "lang/diagnose.h"
#include "lang/print.h"
#include "study/amend.h"
#include <string.h>

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to change a space");
}

static const hox__tree *parse(hox__arena *arena, const char *text)
{
    hox_diagnostics *list = hox_diagnostics_new();
    const hox__tree *tree = list ? hox__parse(arena, "", text, strlen(text), list) : NULL;
    hox_diagnostics_free(list);
    return tree;
}

static const hox__item *rule_named(const hox__tree *tree, const char *name)
{
    for (int i = 0; i < tree->n; i++)
        if (tree->item[i].kind == HOX__ITEM_RULE && strcmp(tree->item[i].name, name) == 0)
            return &tree->item[i];
    return NULL;
}

/* ---- differences ---- */

/* The body alone, unless it is a rule with parameters. */
static void put_body(hox__text *out, const hox__item *item)
{
    if (!item)
        hox__text_puts(out, "nothing");
    else if (item->body)
        hox__print_expr(out, item->body);
}

static bool same(const hox__item *a, const hox__item *b)
{
    hox__text x = {0}, y = {0};
    hox__print_item(&x, a);
    hox__print_item(&y, b);
    const bool equal = strcmp(hox__text_get(&x), hox__text_get(&y)) == 0;
    hox__text_deinit(&x);
    hox__text_deinit(&y);
    return equal;
}

static void differ(hox__text *out, const char *name, const hox__item *was, const hox__item *is)
{
    hox__text_printf(out, "%s%s: ", out->len ? "; " : "", name);
    put_body(out, was);
    hox__text_puts(out, " -> ");
    put_body(out, is);
}

void hox__spec_differences(const char *old, const char *text, hox__text *out)
{
    hox__arena *arena = hox__arena_new((size_t)1 << 30);
    const hox__tree *a = arena ? parse(arena, old) : NULL, *b = a ? parse(arena, text) : NULL;
    for (int i = 0; b && i < b->n; i++) {
        const hox__item *is = &b->item[i];
        const hox__item *was = is->kind == HOX__ITEM_RULE ? rule_named(a, is->name) : NULL;
        if (is->kind == HOX__ITEM_RULE && (!was || !same(was, is)))
            differ(out, is->name, was, is);
    }
    for (int i = 0; b && i < a->n; i++)
        if (a->item[i].kind == HOX__ITEM_RULE && !rule_named(b, a->item[i].name))
            differ(out, a->item[i].name, &a->item[i], NULL);
    out->failed |= !b;
    hox__arena_free(arena);
}

/* ---- replacing ---- */

static hox_status unknown(const char *name, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0610",
                         "the study has no rule `%s` that could be changed\n`hox show STUDY "
                         "--spec` prints its space",
                         name);
}

static hox_status replace(const hox__tree *tree, const hox__tree *rules, hox__text *out,
                          hox_error *err)
{
    const char *text = tree->source.text;
    size_t at = 0;
    for (int i = 0; i < rules->n; i++)
        if (!rule_named(tree, rules->item[i].name))
            return unknown(rules->item[i].name, err);
    for (int i = 0; i < tree->n; i++) {
        const hox__item *old = &tree->item[i];
        const hox__item *rule = old->kind == HOX__ITEM_RULE ? rule_named(rules, old->name) : NULL;
        if (!rule)
            continue;
        hox__text_printf(out, "%.*s", (int)(old->place.byte - at), text + at);
        hox__text_printf(out, "%.*s", (int)rule->place.length,
                         rules->source.text + rule->place.byte);
        at = old->place.byte + old->place.length;
    }
    hox__text_puts(out, text + at);
    return out->failed ? no_memory(err) : HOX_OK;
}

hox_status hox__spec_amend(const char *old, const char *rules, hox__text *out, hox_error *err)
{
    hox__arena *arena = hox__arena_new((size_t)1 << 30);
    const hox__tree *a = arena ? parse(arena, old) : NULL, *b = a ? parse(arena, rules) : NULL;
    const hox_status status = b ? replace(a, b, out, err) : no_memory(err);
    hox__arena_free(arena);
    return status;
}
