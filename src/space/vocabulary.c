/* Vocabularies: the kinds and layers that a space may speak of.
 *
 * `use nn` reads vocab/nn.hox from the binary, or asks the caller; then the space's own kinds and
 * layers are added. A layer's shape rules are read by shape_rules.c, its defaults and body are
 * resolved once every layer is known.
 */
#include "base/alloc.h"
#include "lang/print.h"
#include "space/embedded.h"
#include "space/model.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

hox__layer *hox__layer_named(const hox_space *space, const char *name)
{
    return hox__table_gets(space->layers, name);
}

/* stage.12 is the twelfth kind of stage; its base is stage. */
const char *hox__base_name(hox_space *space, const char *name)
{
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name || !isdigit((unsigned char)dot[1]))
        return name;
    for (const char *c = dot + 1; *c; c++)
        if (!isdigit((unsigned char)*c))
            return name;
    const char *copy = hox__arena_copy(space->arena, name, (size_t)(dot - name));
    if (!copy)
        space->failed_memory = true;
    return copy ? copy : name;
}

static bool taken(hox_space *space, const hox__source *source, const hox__item *item)
{
    if (!hox__table_gets(space->layers, item->name) && !hox__table_gets(space->kinds, item->name))
        return false;
    hox__diagnose(space->list, source, item->name_place, "E0208", "`%s` is declared twice",
                  item->name);
    return true;
}

static bool declare_kind(hox_space *space, const hox__source *source, const hox__item *item)
{
    hox__domain *domain = HOX__NEW(space->arena, hox__domain);
    if (!domain)
        return !(space->failed_memory = true);
    if (taken(space, source, item) || !item->body ||
        !hox__domain_read(space, source, item->body, domain))
        return true;
    if (item->where) {
        hox__alternative *list = HOX__NEW_N(space->arena, hox__alternative, domain->n);
        for (int i = 0; list && i < domain->n; i++) {
            list[i] = domain->alternative[i];
            int n = list[i].n_where;
            const hox__test **where = HOX__NEW_N(space->arena, const hox__test *, n + 1);
            if (!where)
                return !(space->failed_memory = true);
            if (n)
                memcpy(where, list[i].where, sizeof *where * (size_t)n);
            where[n] = item->where;
            list[i].where = where;
            list[i].n_where = n + 1;
        }
        if (!list)
            return !(space->failed_memory = true);
        domain->alternative = list;
    }
    domain->kind = item;
    if (domain->fallback && !hox__domain_has_literal(domain, domain->fallback)) {
        hox_diagnostic *d = hox__diagnose(space->list, source, domain->fallback->place, "E0304",
                                          "the default of `%s` is not one of it", item->name);
        hox__diagnose_label(space->list, d, "wants %s", domain->printed);
    }
    return hox__table_puts(space->kinds, item->name, domain) || !(space->failed_memory = true);
}

static void read_parameter(hox_space *space, hox__layer *layer, int k)
{
    const hox__param *written = &layer->item->param[k];
    hox__parameter *p = &layer->param[k];
    *p = (hox__parameter){.name = written->name, .several = written->several, .sets = -1};
    for (int j = 0; j < k; j++)
        if (!strcmp(layer->param[j].name, p->name))
            hox__diagnose(space->list, layer->source, written->place, "E0208",
                          "parameter `%s` is declared twice", p->name);
    p->fallback_expr = written->fallback;
    if (!written->domain || !hox__domain_read(space, layer->source, written->domain, &p->domain))
        return;
    if (!p->fallback_expr && !p->several)
        p->fallback_expr = p->domain.fallback;
    p->is_network = hox__domain_has_base(&p->domain, HOX__IS_NETWORK);
    if (p->is_network && layer->parts < 0)
        layer->parts = k;
    p->each = written->each;
    if (p->each && !p->is_network)
        hox__diagnose(space->list, layer->source, written->place, "E0301",
                      "an `each` parameter must be a network");
    if (p->several && k + 1 < layer->n)
        hox__diagnose(space->list, layer->source, written->place, "E0301",
                      "a parameter with `...` must be the last");
}

static bool declare_layer(hox_space *space, const hox__source *source, const hox__item *item,
                          bool from_user)
{
    if (taken(space, source, item))
        return true;
    hox__layer *layer = HOX__NEW(space->arena, hox__layer);
    hox__parameter *param = HOX__NEW_N(space->arena, hox__parameter, item->n_params);
    if (!layer || !param)
        return !(space->failed_memory = true);
    *layer = (hox__layer){.name = item->name,
                          .item = item,
                          .source = source,
                          .from_user = from_user,
                          .n = item->n_params,
                          .param = param,
                          .parts = -1,
                          .cost = -1};
    for (int k = 0; k < layer->n; k++)
        read_parameter(space, layer, k);
    if (!hox__table_puts(space->layers, item->name, layer))
        return !(space->failed_memory = true);
    return hox__shape_rules(space, layer);
}

bool hox__scope_declare(hox_space *space, const hox__tree *tree, bool from_user)
{
    for (int i = 0; i < tree->n; i++) {
        const hox__item *item = &tree->item[i];
        bool ok = true;
        if (item->kind == HOX__ITEM_KIND)
            ok = declare_kind(space, &tree->source, item);
        else if (item->kind == HOX__ITEM_LAYER)
            ok = declare_layer(space, &tree->source, item, from_user);
        if (!ok)
            return false;
    }
    return true;
}

/* The version stands in the first line: "# vocabulary nn, version 1: ...". */
static int version_of(const char *text, size_t n)
{
    const char *end = memchr(text, '\n', n), *word = strstr(text, "version ");
    return end && word && word < end ? atoi(word + 8) : 1;
}

static bool load_one(hox_space *space, const hox__source *source, const hox__item *use);

static void wrong_version(hox_space *space, const hox__source *source, const hox__item *use,
                          int version)
{
    const char *base = hox__base_name(space, use->name);
    space->lacks_words = true;
    hox_diagnostic *d = hox__diagnose(space->list, source, use->name_place, "E0210",
                                      "vocabulary `%s` is at version %d here, not %s", base,
                                      version, use->name + strlen(base) + 1);
    hox__diagnose_fix(space->list, d, false, "%s", base);
}

/* Kinds and layers, those of other vocabularies that it uses first. */
static bool declare_all(hox_space *space, const hox__tree *tree, const hox__source *source,
                        const hox__item *use)
{
    int words = 0;
    for (int i = 0; i < tree->n; i++) {
        const hox__item *item = &tree->item[i];
        if (item->kind == HOX__ITEM_USE && !load_one(space, &tree->source, item))
            return false;
        words += item->kind == HOX__ITEM_KIND || item->kind == HOX__ITEM_LAYER;
        if (item->kind == HOX__ITEM_RULE || item->kind == HOX__ITEM_REQUIRE)
            hox__diagnose(space->list, &tree->source, item->place, "E0211",
                          "a vocabulary declares kinds and layers, and nothing else");
    }
    if (!words && !hox_diagnostics_errors(space->list))
        hox__diagnose(space->list, source, use->name_place, "E0211",
                      "`%s` declares no kind and no layer: it is no vocabulary", use->name);
    return hox__scope_declare(space, tree, false);
}

static bool load_text(hox_space *space, const hox__source *source, const hox__item *use,
                      const char *path, const char *text, size_t n)
{
    const char *base = hox__base_name(space, use->name);
    if (strcmp(base, use->name) && atoi(use->name + strlen(base) + 1) != version_of(text, n)) {
        wrong_version(space, source, use, version_of(text, n));
        return true;
    }
    const hox__tree *tree = hox__parse(space->arena, path, text, n, space->list);
    if (!tree)
        return !(space->failed_memory = true);
    return declare_all(space, tree, source, use);
}

static void unknown_vocabulary(hox_space *space, const hox__source *source, const hox__item *use,
                               const char *base)
{
    const char *known[16];
    size_t n = 0;
    space->lacks_words = true;
    for (const hox__embedded_file *f = hox__embedded_files; f->path && n < 16; f++)
        if (!strncmp(f->path, "vocab/", 6)) {
            size_t length = strlen(f->path) - 6 - 4;
            const char *name = hox__arena_copy(space->arena, f->path + 6, length);
            if (name)
                known[n++] = name;
        }
    hox_diagnostic *d = hox__diagnose(space->list, source, use->name_place, "E0210",
                                      "unknown vocabulary `%s`", use->name);
    hox__diagnose_label(space->list, d, "not built in and not found");
    const char *near = hox__nearest(base, known, n);
    if (near) {
        hox__diagnose_help(space->list, d, "did you mean `%s`?", near);
        hox__diagnose_fix(space->list, d, false, "%s", near);
    }
}

/* Each vocabulary is read once, however often it is named. */
static bool is_loaded(hox_space *space, const hox__source *source, const hox__item *use,
                      const char *base)
{
    enum { LOADED_MAX = sizeof space->loaded / sizeof *space->loaded };
    for (int i = 0; i < space->n_loaded; i++)
        if (!strcmp(space->loaded[i], base))
            return true;
    if (space->n_loaded == LOADED_MAX) {
        hox__diagnose(space->list, source, use->name_place, "E0211", "more than %d vocabularies",
                      (int)LOADED_MAX);
        return true;
    }
    space->loaded[space->n_loaded++] = base;
    return false;
}

static bool load_one(hox_space *space, const hox__source *source, const hox__item *use)
{
    const char *base = hox__base_name(space, use->name);
    char *path = hox__arena_printf(space->arena, "vocab/%s.hox", base);
    if (!path)
        return !(space->failed_memory = true);
    if (is_loaded(space, source, use, base))
        return true;
    size_t n = 0;
    char *own = space->options && space->options->vocabulary
                    ? space->options->vocabulary(space->options->ctx, base, &n)
                    : NULL;
    if (own) {
        bool ok = load_text(space, source, use, path, own, n);
        hox_text_free(own);
        return ok;
    }
    const hox__embedded_file *file = hox__embedded(path);
    if (file)
        return load_text(space, source, use, path, file->text, file->n);
    unknown_vocabulary(space, source, use, base);
    return true;
}

bool hox__scope_load(hox_space *space)
{
    for (int i = 0; i < space->tree->n; i++)
        if (space->tree->item[i].kind == HOX__ITEM_USE)
            space->n_uses++;
    space->free_words = space->n_uses == 0;
    space->use = HOX__NEW_N(space->arena, const hox__item *, space->n_uses);
    if (!space->use)
        return !(space->failed_memory = true);
    for (int i = 0, k = 0; i < space->tree->n; i++)
        if (space->tree->item[i].kind == HOX__ITEM_USE) {
            space->use[k++] = &space->tree->item[i];
            if (!load_one(space, &space->tree->source, &space->tree->item[i]))
                return false;
        }
    for (int i = 0; i < space->tree->n; i++)
        if (space->tree->item[i].kind == HOX__ITEM_LAYER)
            space->free_words = false; /* layers of one's own are a vocabulary */
    return hox__scope_declare(space, space->tree, true);
}
