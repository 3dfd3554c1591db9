/* Vocabularies: the kinds and layers that a space may speak of.
 *
 * `use nn` reads vocab/nn.hox from the binary, or asks the caller; then the space's own kinds and
 * layers are added. A layer's shape rules are read by shape_rules.c, its defaults and body are resolved
 * once every layer is known.
 */
#include "space/vocabulary.h"
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
    if (written->each)
        hox__not_yet(space, layer->source, written->place, "`each` parameters, which need `dag`, are");
    p->fallback_expr = written->fallback;
    if (!written->domain || !hox__domain_read(space, layer->source, written->domain, &p->domain))
        return;
    p->is_network = hox__domain_has_base(&p->domain, HOX__IS_NETWORK);
    if (p->is_network && layer->parts < 0)
        layer->parts = k;
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

static bool load_text(hox_space *space, const hox__item *use, const char *path, const char *text,
                      size_t n)
{
    const char *base = hox__base_name(space, use->name);
    if (strcmp(base, use->name) && atoi(use->name + strlen(base) + 1) != version_of(text, n)) {
        hox_diagnostic *d =
            hox__diagnose(space->list, &space->tree->source, use->name_place, "E0210",
                          "vocabulary `%s` is at version %d here, not %s", base,
                          version_of(text, n), use->name + strlen(base) + 1);
        hox__diagnose_fix(space->list, d, false, "%s", base);
        return true;
    }
    const hox__tree *tree = hox__parse(space->arena, path, text, n, space->list);
    if (!tree)
        return !(space->failed_memory = true);
    return hox__scope_declare(space, tree, false);
}

static void unknown_vocabulary(hox_space *space, const hox__item *use, const char *base)
{
    const char *known[16];
    size_t n = 0;
    for (const hox__embedded_file *f = hox__embedded_files; f->path && n < 16; f++)
        if (!strncmp(f->path, "vocab/", 6)) {
            size_t length = strlen(f->path) - 6 - 4;
            const char *name = hox__arena_copy(space->arena, f->path + 6, length);
            if (name)
                known[n++] = name;
        }
    hox_diagnostic *d = hox__diagnose(space->list, &space->tree->source, use->name_place, "E0210",
                                      "unknown vocabulary `%s`", use->name);
    hox__diagnose_label(space->list, d, "not built in and not found");
    const char *near = hox__nearest(base, known, n);
    if (near) {
        hox__diagnose_help(space->list, d, "did you mean `%s`?", near);
        hox__diagnose_fix(space->list, d, false, "%s", near);
    }
}

static bool load_one(hox_space *space, const hox__item *use)
{
    const char *base = hox__base_name(space, use->name);
    char *path = hox__arena_printf(space->arena, "vocab/%s.hox", base);
    if (!path)
        return !(space->failed_memory = true);
    size_t n = 0;
    char *own = space->options && space->options->vocabulary
                    ? space->options->vocabulary(space->options->ctx, base, &n)
                    : NULL;
    if (own) {
        bool ok = load_text(space, use, path, own, n);
        hox_text_free(own);
        return ok;
    }
    const hox__embedded_file *file = hox__embedded(path);
    if (file)
        return load_text(space, use, path, file->text, file->n);
    unknown_vocabulary(space, use, base);
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
            if (!load_one(space, &space->tree->item[i]))
                return false;
        }
    for (int i = 0; i < space->tree->n; i++)
        if (space->tree->item[i].kind == HOX__ITEM_LAYER)
            space->free_words = false; /* layers of one's own are a vocabulary */
    return hox__scope_declare(space, space->tree, true);
}

/* ---- for doctor ---- */

struct hox__vocabulary {
    hox_space *space;
    int n;
    hox__declaration *declaration;
};

static bool describe(hox_space *space, const hox__layer *layer, hox__declaration *out)
{
    const char **name = HOX__NEW_N(space->arena, const char *, layer->n);
    const char **domain = HOX__NEW_N(space->arena, const char *, layer->n);
    if (!name || !domain)
        return false;
    for (int k = 0; k < layer->n; k++) {
        const hox__parameter *p = &layer->param[k];
        hox__text text = {0};
        hox__text_puts(&text, p->domain.printed ? p->domain.printed : "");
        if (p->several)
            hox__text_puts(&text, " ...");
        if (p->fallback_expr) {
            hox__text_puts(&text, " = ");
            hox__print_expr(&text, p->fallback_expr);
        }
        name[k] = p->name;
        domain[k] = text.failed ? NULL : hox__arena_copy(space->arena, hox__text_get(&text), text.len);
        hox__text_deinit(&text);
        if (!domain[k])
            return false;
    }
    *out = (hox__declaration){layer->name, layer->input, layer->output, !layer->item->body,
                              layer->n,    name,         domain};
    return true;
}

hox__vocabulary *hox__vocabulary_open(const char *name, hox_diagnostics *list)
{
    char text[128];
    hox__text use = {0};
    hox__text_printf(&use, "use %s\nlabel = relu\n", name);
    if (use.failed || use.len >= sizeof text) {
        hox__text_deinit(&use);
        return NULL;
    }
    memcpy(text, use.data, use.len + 1);
    size_t n = use.len;
    hox__text_deinit(&use);
    hox_space *space = NULL;
    if (hox_space_load(name, text, n, NULL, list, &space) != HOX_OK)
        return NULL;
    size_t count = hox__table_count(space->layers);
    hox__vocabulary *v = HOX__NEW(space->arena, hox__vocabulary);
    hox__declaration *all = HOX__NEW_N(space->arena, hox__declaration, count);
    if (!v || !all)
        goto fail;
    *v = (hox__vocabulary){space, (int)count, all};
    for (size_t i = 0; i < count; i++)
        if (!describe(space, hox__table_at(space->layers, i, NULL, NULL), &all[i]))
            goto fail;
    return v;
fail:
    hox_space_free(space);
    return NULL;
}

const hox__declaration *hox__vocabulary_at(const hox__vocabulary *vocabulary, int i)
{
    return i >= 0 && i < vocabulary->n ? &vocabulary->declaration[i] : NULL;
}

void hox__vocabulary_free(hox__vocabulary *vocabulary)
{
    if (vocabulary)
        hox_space_free(vocabulary->space);
}
