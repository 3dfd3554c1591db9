/* Reading a layer's shape rules from its declaration: `image(h, w, c) where … -> image(…,
 * filters)`.
 *
 * The names before the arrow bind the dimensions that arrive; after it stand sums over them, the
 * layer's parameters, ceil(), floor(), size(), last() and pooled(). equal() and joined() say what
 * networks side by side give, mapped(n) that a sequence stays one and anything else becomes a
 * vector.
 */
#include "space/cost.h"
#include "space/model.h"
#include <string.h>

typedef struct {
    hox_space *space;
    hox__layer *layer;
    const hox__shape_expr *input;
} reader;

static const hox__dim *new_dim(reader *r, hox__dim dim)
{
    hox__dim *d = HOX__NEW(r->space->arena, hox__dim);
    if (!d)
        r->space->failed_memory = true;
    else
        *d = dim;
    return d;
}

static int parameter_named(const hox__layer *layer, const char *name)
{
    for (int k = 0; k < layer->n; k++)
        if (!strcmp(layer->param[k].name, name))
            return k;
    return -1;
}

static int input_named(const reader *r, const char *name)
{
    for (int j = 0; j < r->input->n; j++)
        if (r->input->argument[j]->kind == HOX__EXPR_NAME &&
            !strcmp(r->input->argument[j]->name, name))
            return j;
    return -1;
}

static const hox__dim *bad(reader *r, hox__place place, const char *what)
{
    hox__diagnose(r->space->list, r->layer->source, place, "E0305",
                  "%s has no meaning in a shape rule", what);
    return NULL;
}

static const hox__dim *name_dim(reader *r, const char *name, hox__place place)
{
    int k = parameter_named(r->layer, name), j = input_named(r, name);
    if (k >= 0) {
        r->layer->param[k].matters = true;
        return new_dim(r, (hox__dim){.kind = HOX__DIM_PARAM, .index = k});
    }
    if (j >= 0 && !strcmp(r->input->name, "any"))
        return new_dim(r, (hox__dim){.kind = HOX__DIM_SIZE});
    if (j >= 0)
        return new_dim(r, (hox__dim){.kind = HOX__DIM_INPUT, .index = j});
    hox__text text = {0};
    hox__text_printf(&text, "`%s`, neither a parameter nor a dimension of the input,", name);
    bad(r, place, hox__text_get(&text));
    hox__text_deinit(&text);
    return NULL;
}

static bool function_kind(const char *name, int n, hox__dim_kind *kind)
{
    static const struct {
        const char *name;
        int n;
        hox__dim_kind kind;
    } known[] = {{"ceil", 1, HOX__DIM_CEIL},
                 {"floor", 1, HOX__DIM_FLOOR},
                 {"size", 1, HOX__DIM_SIZE},
                 {"last", 1, HOX__DIM_LAST},
                 {"pooled", 4, HOX__DIM_POOLED}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(name, known[i].name) && n == known[i].n) {
            *kind = known[i].kind;
            return true;
        }
    return false;
}

/* Its argument is the shape that arrives, not a number. */
static bool of_whole(hox__dim_kind kind)
{
    return kind == HOX__DIM_SIZE || kind == HOX__DIM_LAST;
}

static const hox__dim *expr_dim(reader *r, const hox__expr *e)
{
    switch (e->kind) {
    case HOX__EXPR_GROUP:
        return expr_dim(r, e->kid[0]);
    case HOX__EXPR_NUMBER:
        return new_dim(r, (hox__dim){.kind = HOX__DIM_NUMBER, .number = e->number.value});
    case HOX__EXPR_NAME:
        return name_dim(r, e->name, e->place);
    case HOX__EXPR_BINARY: {
        hox__dim d = {.kind = HOX__DIM_BINARY, .op = e->op};
        d.kid[0] = expr_dim(r, e->kid[0]);
        d.kid[1] = expr_dim(r, e->kid[1]);
        return d.kid[0] && d.kid[1] ? new_dim(r, d) : NULL;
    }
    case HOX__EXPR_CALL: {
        hox__dim d = {0};
        if (!function_kind(e->name, e->n, &d.kind))
            return bad(
                r, e->place,
                "a call other than ceil(x), floor(x), size(s), last(s), pooled(h, k, s, pad)");
        for (int i = 0; !of_whole(d.kind) && i < e->n; i++)
            if (!(d.kid[i] = expr_dim(r, e->kid[i])))
                return NULL;
        return new_dim(r, d);
    }
    default:
        return bad(r, e->place, "this");
    }
}

/* ---- where ---- */

static const hox__dim *test_dim(reader *r, const hox__test *t)
{
    if (t->kind == HOX__TEST_GROUP)
        return test_dim(r, t->kid[0]);
    if (t->kind == HOX__TEST_NUMBER)
        return new_dim(r, (hox__dim){.kind = HOX__DIM_NUMBER, .number = t->number.value});
    if (t->kind == HOX__TEST_NAME)
        return name_dim(r, t->name, t->place);
    hox__dim d = {.kind = HOX__DIM_BINARY, .op = t->op_text[0]};
    if (t->kind == HOX__TEST_CALL) {
        if (!function_kind(t->name, t->n, &d.kind))
            return bad(r, t->place, "this call");
    } else if (t->kind != HOX__TEST_BINARY) {
        return bad(r, t->place, "this");
    }
    for (int i = 0; !of_whole(d.kind) && i < t->n; i++)
        if (!(d.kid[i] = test_dim(r, t->kid[i])))
            return NULL;
    return new_dim(r, d);
}

static const hox__fits *test_fits(reader *r, const hox__test *t);

static bool word_test(reader *r, const hox__test *t, hox__fits *f)
{
    const hox__test *a = t->kid[0], *b = t->kid[1];
    if (a->kind != HOX__TEST_NAME || b->kind != HOX__TEST_NAME)
        return false;
    int k = parameter_named(r->layer, a->name);
    if (k < 0 || !hox__domain_has_word(&r->layer->param[k].domain, b->name) ||
        parameter_named(r->layer, b->name) >= 0 || input_named(r, b->name) >= 0)
        return false;
    f->kind = HOX__FITS_WORD;
    r->layer->param[k].matters = true;
    f->index = k;
    f->word = b->name;
    return true;
}

static const hox__fits *test_fits(reader *r, const hox__test *t)
{
    if (t->kind == HOX__TEST_GROUP)
        return test_fits(r, t->kid[0]);
    hox__fits *f = HOX__NEW(r->space->arena, hox__fits);
    const hox__fits **kid = HOX__NEW_N(r->space->arena, const hox__fits *, t->n);
    if (!f || !kid) {
        r->space->failed_memory = true;
        return NULL;
    }
    memcpy(f->op, t->op_text, sizeof f->op);
    if (t->kind == HOX__TEST_COMPARE) {
        f->kind = HOX__FITS_COMPARE;
        if (word_test(r, t, f))
            return f;
        f->dim[0] = test_dim(r, t->kid[0]);
        f->dim[1] = test_dim(r, t->kid[1]);
        return f->dim[0] && f->dim[1] ? f : NULL;
    }
    if (t->kind == HOX__TEST_AND)
        f->kind = HOX__FITS_AND;
    else if (t->kind == HOX__TEST_OR)
        f->kind = HOX__FITS_OR;
    else if (t->kind == HOX__TEST_NOT)
        f->kind = HOX__FITS_NOT;
    else {
        bad(r, t->place, "a condition without a comparison");
        return NULL;
    }
    for (int i = 0; i < t->n; i++)
        if (!(kid[i] = test_fits(r, t->kid[i])))
            return NULL;
    f->n = t->n;
    f->kid = kid;
    return f;
}

/* ---- the whole rule ---- */

static bool output_dims(reader *r, const hox__shape_expr *out)
{
    hox__layer *layer = r->layer;
    layer->out = HOX__OUT_DIMS;
    if (out->n > HOX__RANK_MAX) {
        bad(r, out->place, "more than 4 dimensions");
        return true;
    }
    layer->out_rank = out->n;
    for (int j = 0; j < out->n; j++) {
        layer->out_dim[j] = expr_dim(r, out->argument[j]);
        if (layer->out_dim[j] && layer->out_dim[j]->kind == HOX__DIM_PARAM)
            layer->param[layer->out_dim[j]->index].sets = j;
    }
    return true;
}

bool hox__shape_rules(hox_space *space, hox__layer *layer)
{
    const hox__item *item = layer->item;
    const hox__shape_expr *in = &item->input, *out = &item->output;
    reader r = {space, layer, in};
    layer->input = in->name ? in->name : "any";
    layer->output = out->name ? out->name : "any";
    layer->input_rank = in->has_arguments && strcmp(layer->input, "any") ? in->n : -1;
    layer->out_name = layer->output;
    bool equal = !strcmp(layer->output, "equal"), joined = !strcmp(layer->output, "joined");
    if (item->body) {
        layer->out = HOX__OUT_BODY;
    } else if ((equal || joined) && layer->parts >= 0) {
        layer->out = equal ? HOX__OUT_EQUAL : HOX__OUT_JOINED;
        layer->output = "any";
    } else if (!strcmp(layer->output, "wired") || !strcmp(layer->output, "nowhere")) {
        layer->out = HOX__OUT_NOWHERE;
    } else if (!strcmp(layer->output, "stepped") && out->n == 1) {
        output_dims(&r, out);
        layer->stepped = true;
        layer->out_name = layer->output = "sequence";
    } else if (!strcmp(layer->output, "mapped") && out->n == 1) {
        output_dims(&r, out);
        layer->mapped = true;
        layer->out_name = "vector";
        layer->output = "any";
    } else if (!strcmp(layer->output, "any")) {
        layer->out = HOX__OUT_SAME;
    } else if (out->has_arguments) {
        output_dims(&r, out);
    } else if (!strcmp(layer->output, layer->input)) {
        layer->out = HOX__OUT_SAME;
    } else {
        layer->out = HOX__OUT_DIMS; /* a shape without dimensions: examples */
    }
    if (!strcmp(layer->output, "wired") &&
        !hox__wired_layer(layer, out->n == 1 ? out->argument[0]->name : ""))
        bad(&r, out->place, "a graph other than wired(dag), wired(chain) or wired(tree)");
    layer->cost = item->body ? -1 : hox__cost_row(layer->name);
    for (int k = 0; k < layer->n; k++)
        if (item->body || layer->wiring || hox__cost_depends(layer->cost, layer->param[k].name))
            layer->param[k].matters = true;
    if (item->where)
        layer->fits = test_fits(&r, item->where);
    return !space->failed_memory;
}
