/* What a vocabulary offers, as text: kinds, layers, parameters, shape rules. */
#include "lang/print.h"
#include "space/embedded.h"
#include "space/model.h"
#include "space/vocabulary.h"
#include <string.h>

struct hox__vocabulary {
    hox_space *space;
    int n, n_kinds;
    hox__declaration *declaration;
    hox__declared_kind *kind;
};

/* Moves the text into the space's arena. */
static const char *keep(hox_space *space, hox__text *text)
{
    const char *copy =
        text->failed ? NULL : hox__arena_copy(space->arena, hox__text_get(text), text->len);
    space->failed_memory |= !copy;
    hox__text_deinit(text);
    return copy ? copy : "";
}

static const char *expr_text(hox_space *space, const hox__expr *e)
{
    hox__text text = {0};
    if (!e)
        return NULL;
    hox__print_expr(&text, e);
    return keep(space, &text);
}

static const char *test_text(hox_space *space, const hox__test *t)
{
    hox__text text = {0};
    if (!t)
        return NULL;
    hox__print_test(&text, t);
    return keep(space, &text);
}

static const char *shape_text(hox_space *space, const hox__shape_expr *shape)
{
    hox__text text = {0};
    hox__print_shape(&text, shape);
    return keep(space, &text);
}

static void describe_domain(const hox__domain *d, hox__declared *out)
{
    static const char *const scale[] = {"nominal", "ordinal", "linear", "log"};
    out->network = hox__domain_has_base(d, HOX__IS_NETWORK);
    const bool plain = !out->network && !hox__domain_has_base(d, HOX__IS_LIST);
    out->domain = d->printed ? d->printed : "";
    out->scale = plain ? scale[d->scale] : "";
    out->unit = d->unit ? d->unit : "";
}

static const char *with_default(hox_space *space, const hox__declared *p)
{
    hox__text text = {0};
    hox__text_puts(&text, p->domain);
    if (p->several)
        hox__text_puts(&text, " ...");
    if (p->fallback)
        hox__text_printf(&text, " = %s", p->fallback);
    return keep(space, &text);
}

static void describe(hox_space *space, const hox__layer *layer, hox__declaration *out)
{
    const hox__item *item = layer->item;
    const char **name = HOX__NEW_N(space->arena, const char *, layer->n + 1);
    const char **domain = HOX__NEW_N(space->arena, const char *, layer->n + 1);
    hox__declared *all = HOX__NEW_N(space->arena, hox__declared, layer->n + 1);
    if (!name || !domain || !all) {
        space->failed_memory = true;
        return;
    }
    for (int k = 0; k < layer->n; k++) {
        const hox__parameter *p = &layer->param[k];
        describe_domain(&p->domain, &all[k]);
        all[k].name = name[k] = p->name;
        all[k].each = item->param[k].each;
        all[k].several = p->several;
        all[k].fallback = expr_text(space, p->fallback_expr);
        domain[k] = with_default(space, &all[k]);
    }
    *out = (hox__declaration){.name = layer->name,
                              .input = layer->input,
                              .output = layer->output,
                              .takes = shape_text(space, &item->input),
                              .gives = shape_text(space, &item->output),
                              .where = test_text(space, item->where),
                              .body = expr_text(space, item->body),
                              .native = !item->body,
                              .n = layer->n,
                              .parameter = name,
                              .domain = domain,
                              .declared = all};
}

static void describe_kind(hox_space *space, const char *name, const hox__domain *d,
                          hox__declared_kind *out)
{
    describe_domain(d, &out->as);
    out->as.name = name;
    out->as.fallback = expr_text(space, d->fallback);
    out->where = d->kind ? test_text(space, d->kind->where) : NULL;
}

static hox__vocabulary *list_of(hox_space *space)
{
    const size_t layers = hox__table_count(space->layers), kinds = hox__table_count(space->kinds);
    hox__vocabulary *v = HOX__NEW(space->arena, hox__vocabulary);
    hox__declaration *all = HOX__NEW_N(space->arena, hox__declaration, layers + 1);
    hox__declared_kind *kind = HOX__NEW_N(space->arena, hox__declared_kind, kinds + 1);
    if (!v || !all || !kind)
        return NULL;
    *v = (hox__vocabulary){space, (int)layers, (int)kinds, all, kind};
    for (size_t i = 0; i < layers; i++)
        describe(space, hox__table_at(space->layers, i, NULL, NULL), &all[i]);
    for (size_t i = 0; i < kinds; i++) {
        const char *name;
        const hox__domain *d = hox__table_at(space->kinds, i, &name, NULL);
        describe_kind(space, name, d, &kind[i]);
    }
    return space->failed_memory ? NULL : v;
}

hox__vocabulary *hox__vocabulary_read(const char *name, const hox_space_options *options,
                                      hox_diagnostics *list)
{
    hox_diagnostics *own = list ? NULL : hox_diagnostics_new();
    hox__text use = {0};
    hox_space *space = NULL;
    hox__vocabulary *v = NULL;
    hox__text_printf(&use, "use %s\n", name);
    if (!use.failed && (list || own) &&
        hox_space_load(name, use.data, use.len, options, list ? list : own, &space) == HOX_OK)
        v = list_of(space);
    if (!v)
        hox_space_free(space);
    hox__text_deinit(&use);
    hox_diagnostics_free(own);
    return v;
}

hox__vocabulary *hox__vocabulary_open(const char *name, hox_diagnostics *list)
{
    return hox__vocabulary_read(name, NULL, list);
}

const hox__declaration *hox__vocabulary_at(const hox__vocabulary *vocabulary, int i)
{
    return i >= 0 && i < vocabulary->n ? &vocabulary->declaration[i] : NULL;
}

const hox__declared_kind *hox__vocabulary_kind(const hox__vocabulary *vocabulary, int i)
{
    return i >= 0 && i < vocabulary->n_kinds ? &vocabulary->kind[i] : NULL;
}

void hox__vocabulary_free(hox__vocabulary *vocabulary)
{
    if (vocabulary)
        hox_space_free(vocabulary->space);
}

const char *hox__vocabulary_built_in(int i, char name[64], char line[160])
{
    for (const hox__embedded_file *f = hox__embedded_files; f->path; f++) {
        const size_t n = strlen(f->path);
        if (strncmp(f->path, "vocab/", 6) != 0 || n - 10 >= 64 || i-- > 0)
            continue;
        memcpy(name, f->path + 6, n - 10);
        name[n - 10] = '\0';
        const char *text = f->text + strspn(f->text, "# ");
        size_t length = strcspn(text, "\n");
        length = length < 159 ? length : 159;
        memcpy(line, text, length);
        line[length] = '\0';
        return name;
    }
    return NULL;
}
