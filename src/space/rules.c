/* The rules of a space: declared first, so that order in the file does not matter, then resolved.
 */
#include "space/model.h"
#include <string.h>

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (!strcmp(name, *list))
            return true;
    return false;
}

bool hox__is_reserved(const char *name)
{
    static const char *const reserved[] = {"data",    "net",    "train", "schedule",
                                           "batch",   "epochs", "steps", "objective",
                                           "command", "search", "walk",  NULL};
    return is_one_of(name, reserved);
}

bool hox__is_constant_root(const char *name)
{
    static const char *const constant[] = {"objective", "command", "search", "walk", NULL};
    return is_one_of(name, constant);
}

static void check_name(hox_space *space, const char *name, hox__place place, bool is_param)
{
    const char *what = hox__layer_named(space, name)              ? "a layer"
                       : hox__table_gets(space->kinds, name)      ? "a kind"
                       : is_param && hox__rule_named(space, name) ? "a rule"
                                                                  : NULL;
    if (!what)
        return;
    hox_diagnostic *d = hox__diagnose(space->list, &space->tree->source, place, "E0209",
                                      "`%s` is the name of %s", name, what);
    hox__diagnose_help(space->list, d, "call it `%s_`", name);
}

static bool declare(hox_space *space, const hox__item *item, const char *mutation)
{
    if (mutation && !strcmp(mutation, item->name))
        return true; /* operators are drawn by a strategy, not derived */
    if (hox__rule_named(space, item->name)) {
        hox__diagnose(space->list, &space->tree->source, item->name_place, "E0208",
                      "`%s` is defined twice", item->name);
        return true;
    }
    hox__rule *rule = HOX__NEW(space->arena, hox__rule);
    hox__parameter *param = HOX__NEW_N(space->arena, hox__parameter, item->n_params);
    if (!rule || !param)
        return !(space->failed_memory = true);
    *rule = (hox__rule){.name = item->name,
                        .base = hox__base_name(space, item->name),
                        .id = space->n_rules,
                        .item = item,
                        .source = &space->tree->source,
                        .once = item->once || item->shared,
                        .shared = item->shared,
                        .n = item->n_params,
                        .param = param};
    check_name(space, item->name, item->name_place, false);
    for (int k = 0; k < rule->n; k++)
        param[k] = (hox__parameter){
            .name = item->param[k].name, .fallback_expr = item->param[k].fallback, .sets = -1};
    if (rule->once)
        space->once[space->n_once++] = rule->id;
    space->rule[space->n_rules++] = rule;
    return hox__table_puts(space->rules, item->name, rule) || !(space->failed_memory = true);
}

static const hox__phrase *resolve_region(hox__resolver *r, const hox__expr *e, hox__region *region)
{
    r->region = region;
    hox__phrase *p = hox__resolve(r, e);
    if (p && p->asks)
        p->whole = true;
    if (p)
        p->opens = region;
    return p;
}

static void resolve_rule(hox_space *space, hox__rule *rule)
{
    hox__resolver r = {.space = space,
                       .source = rule->source,
                       .rule = rule,
                       .param = rule->param,
                       .n_params = rule->n,
                       .free_words = space->free_words || hox__is_constant_root(rule->name)};
    for (int k = 0; k < rule->n; k++) {
        check_name(space, rule->param[k].name, rule->item->param[k].place, true);
        for (int j = 0; j < k; j++)
            if (!strcmp(rule->param[j].name, rule->param[k].name))
                hox__diagnose(space->list, rule->source, rule->item->param[k].place, "E0208",
                              "parameter `%s` is declared twice", rule->param[k].name);
        if (!rule->param[k].fallback_expr)
            continue;
        hox__region *region = HOX__NEW(space->arena, hox__region);
        if (!region) {
            space->failed_memory = true;
            return;
        }
        r.n_params = k;
        rule->param[k].fallback = resolve_region(&r, rule->param[k].fallback_expr, region);
    }
    r.n_params = rule->n;
    if (rule->item->body)
        rule->body = resolve_region(&r, rule->item->body, &rule->region);
}

/* Defaults and bodies of layers, once all layers are known. */
static bool resolve_layer(hox_space *space, hox__layer *layer)
{
    hox__region *region = HOX__NEW(space->arena, hox__region);
    if (!region)
        return !(space->failed_memory = true);
    hox__resolver r = {
        .space = space, .source = layer->source, .param = layer->param, .region = region};
    for (int k = 0; k < layer->n; k++) {
        if (!layer->param[k].fallback_expr)
            continue;
        r.n_params = k;
        r.expected = &layer->param[k].domain;
        layer->param[k].fallback = resolve_region(&r, layer->param[k].fallback_expr, region);
    }
    if (!layer->item->body)
        return true;
    r.n_params = layer->n;
    r.expected = NULL;
    layer->body = resolve_region(&r, layer->item->body, region);
    if (region->questions) {
        hox_diagnostic *d =
            hox__diagnose(space->list, layer->source, layer->item->name_place, "E0305",
                          "the body of layer `%s` holds a choice", layer->name);
        hox__diagnose_help(space->list, d, "make it a rule: `%s(...) = ...`", layer->name);
    }
    return !space->failed_memory;
}

bool hox__resolve_rules(hox_space *space)
{
    int n = 0;
    for (int i = 0; i < space->tree->n; i++)
        n += space->tree->item[i].kind == HOX__ITEM_RULE;
    space->rule = HOX__NEW_N(space->arena, hox__rule *, n);
    space->once = HOX__NEW_N(space->arena, int, n);
    if (!space->rule || !space->once)
        return !(space->failed_memory = true);
    const char *mutation = hox__mutation_named(space);
    for (int i = 0; i < space->tree->n; i++)
        if (space->tree->item[i].kind == HOX__ITEM_RULE &&
            !declare(space, &space->tree->item[i], mutation))
            return false;
    for (size_t i = 0; i < hox__table_count(space->layers); i++) {
        hox__layer *layer = hox__table_at(space->layers, i, NULL, NULL);
        bool used = layer->used;
        if (!resolve_layer(space, layer))
            return false;
        layer->used = used;
    }
    for (int i = 0; i < space->n_rules; i++)
        resolve_rule(space, space->rule[i]);
    hox__read_operators(space);
    return !space->failed_memory;
}
