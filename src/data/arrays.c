/* Arrays of numbers as examples: what the shapes and types of an x and a y mean. */
#include "data/arrays.h"
#include "base/number.h"
#include <math.h>
#include <string.h>

enum { SIDE_MAX = 1 << 14, CHANNELS_MAX = 16, CLASSES_MAX = 1000, CODES_MAX = 1 << 24 };

typedef struct {
    const hox__npy *x, *y;
    const hox__arrays_options *options;
    hox__bytes *keep;
    hox__examples *out;
    bool channels_last;
    hox_error *err;
} reader;

static hox_status wrong(const reader *r, const hox__npy *a, const char *what)
{
    return hox_fail_code(r->err, HOX_ERR_DATA, "E0502", "%s: %s", a->name, what);
}

static hox_status no_memory(const reader *r)
{
    return hox_fail_code(r->err, HOX_ERR_MEMORY, "E0901", "%s: no memory for %lld numbers",
                         r->x->name, (long long)r->x->count);
}

/* ---- what it is ---- */

static hox_status sizes_of_images(reader *r)
{
    hox__examples *e = r->out;
    const int64_t *d = r->x->dim;
    e->kind = HOX__IMAGES;
    r->channels_last = r->x->rank == 3 || d[3] <= CHANNELS_MAX;
    e->height = d[r->channels_last ? 1 : 2];
    e->width = d[r->channels_last ? 2 : 3];
    e->channels = r->x->rank == 3 ? 1 : r->channels_last ? d[3] : d[1];
    if (e->channels > CHANNELS_MAX)
        return wrong(r, r->x,
                     "an array of 4 dimensions is [n, h, w, c] or [n, c, h, w] with at most "
                     "16 channels");
    if (e->height > SIDE_MAX || e->width > SIDE_MAX)
        return wrong(r, r->x, "images of more than 16384 pixels a side");
    return HOX_OK;
}

static hox_status sizes(reader *r)
{
    hox__examples *e = r->out;
    const hox__npy *x = r->x;
    if (x->rank < 1 || x->count < 1)
        return wrong(r, x, "an array without elements");
    e->n = x->dim[0];
    const int64_t each = x->rank > 1 ? x->dim[1] : 1;
    if (x->rank > 2)
        return sizes_of_images(r);
    if (!r->options->tokens) {
        e->kind = HOX__FEATURES;
        e->numbers = each;
        return HOX_OK;
    }
    if (!hox__npy_is_integer(x))
        return wrong(r, x, "tokens are whole numbers");
    e->kind = HOX__TOKENS;
    e->length = each;
    return HOX_OK;
}

/* ---- elements ---- */

/* Where element i of the examples' order is in x. */
static int64_t place(const reader *r, int64_t i)
{
    const hox__examples *e = r->out;
    if (e->kind != HOX__IMAGES || !r->channels_last || e->channels == 1)
        return i;
    const int64_t plane = e->height * e->width, p = i % plane, c = i / plane % e->channels;
    return (i / plane / e->channels * plane + p) * e->channels + c;
}

/* In use as it lies in the file: only when copying would cost much. */
static bool lies_well(const reader *r, char kind, int size)
{
    const hox__npy *x = r->x;
    return r->keep && r->keep->file.n && x->kind == kind && x->size == size && !x->swapped &&
           !x->fortran && place(r, x->count - 1) == x->count - 1 &&
           x->count * size >= HOX__SCRATCH_FROM && (uintptr_t)x->data % (uintptr_t)size == 0 &&
           (r->out->kind != HOX__IMAGES || !r->channels_last || r->out->channels == 1);
}

static void keep(reader *r)
{
    hox__examples_keep(r->out, &r->keep->file);
    *r->keep = (hox__bytes){0};
}

static hox_status fill_pixels(reader *r)
{
    const hox__npy *x = r->x;
    if (lies_well(r, 'u', 1)) {
        r->out->pixels = x->data;
        keep(r);
        return HOX_OK;
    }
    uint8_t *to = hox__examples_array(r->out, x->count, 1);
    if (!to)
        return no_memory(r);
    for (int64_t i = 0; i < x->count; i++)
        to[i] = (uint8_t)hox__npy_at(x, place(r, i));
    r->out->pixels = to;
    return HOX_OK;
}

static hox_status fill_numbers(reader *r)
{
    const hox__npy *x = r->x;
    if (lies_well(r, 'f', 4)) {
        const void *at = x->data;
        r->out->number = at;
        keep(r);
        return HOX_OK;
    }
    float *to = hox__examples_array(r->out, x->count, sizeof *to);
    if (!to)
        return no_memory(r);
    for (int64_t i = 0; i < x->count; i++)
        to[i] = (float)hox__npy_at(x, place(r, i));
    r->out->number = to;
    return HOX_OK;
}

static hox_status fill_codes(reader *r)
{
    const hox__npy *x = r->x;
    const hox__examples *like = r->options->like;
    int32_t *to = hox__examples_array(r->out, x->count, sizeof *to);
    double most = 0;
    if (!to)
        return no_memory(r);
    for (int64_t i = 0; i < x->count; i++) {
        const double code = hox__npy_at(x, i);
        if (code < 0 || code >= CODES_MAX || (like && code >= (double)like->vocabulary))
            return hox_fail_code(r->err, HOX_ERR_DATA, "E0502",
                                 "%s: row %lld: token %.0f, but they run from 0 to %lld", x->name,
                                 (long long)(i / r->out->length), code,
                                 (long long)(like ? like->vocabulary - 1 : CODES_MAX - 1));
        most = code > most ? code : most;
        to[i] = (int32_t)code;
    }
    r->out->codes = to;
    r->out->vocabulary = like ? like->vocabulary : (int64_t)most + 1;
    return HOX_OK;
}

/* ---- truth ---- */

static bool are_classes(const reader *r)
{
    if (r->options->like)
        return r->options->like->target == HOX__CLASS;
    if (r->options->task != HOX__ARRAYS_AUTO)
        return r->options->task == HOX__ARRAYS_CLASSES;
    if (!hox__npy_is_integer(r->y))
        return false;
    for (int64_t i = 0; i < r->y->count; i++) {
        const double v = hox__npy_at(r->y, i);
        if (v < 0 || v >= CLASSES_MAX)
            return false;
    }
    return true;
}

static hox_status fill_labels(reader *r)
{
    int32_t *label = hox__examples_array(r->out, r->out->n, sizeof *label);
    const double limit = r->options->like ? r->options->like->classes : CLASSES_MAX;
    double most = 0;
    if (!label)
        return no_memory(r);
    for (int64_t i = 0; i < r->out->n; i++) {
        const double v = hox__npy_at(r->y, i);
        if (!(v >= 0 && v < limit && v == floor(v)))
            return hox_fail_code(r->err, HOX_ERR_DATA, "E0502",
                                 "%s: row %lld: %g is no class; classes run from 0 to %.0f",
                                 r->y->name, (long long)i, v, limit - 1);
        most = v > most ? v : most;
        label[i] = (int32_t)v;
    }
    r->out->labels = label;
    r->out->target = HOX__CLASS;
    r->out->classes = r->options->like ? r->options->like->classes : (int)most + 1;
    return HOX_OK;
}

static hox_status fill_values(reader *r)
{
    float *value = hox__examples_array(r->out, r->out->n, sizeof *value);
    if (!value)
        return no_memory(r);
    for (int64_t i = 0; i < r->out->n; i++) {
        value[i] = (float)hox__npy_at(r->y, i);
        if (!isfinite(value[i]))
            return hox_fail_code(r->err, HOX_ERR_DATA, "E0502", "%s: row %lld: no finite value",
                                 r->y->name, (long long)i);
    }
    r->out->values = value;
    r->out->target = HOX__VALUE;
    r->out->classes = 1;
    return HOX_OK;
}

static hox_status truth(reader *r)
{
    const hox__npy *y = r->y;
    if (!y) {
        r->out->classes = r->options->like ? r->options->like->classes : 1;
        return HOX_OK;
    }
    if (y->count != r->out->n || y->rank < 1)
        return hox_fail_code(r->err, HOX_ERR_DATA, "E0502", "%s: %lld targets for %lld examples",
                             y->name, (long long)y->count, (long long)r->out->n);
    return are_classes(r) ? fill_labels(r) : fill_values(r);
}

static hox_status resembles(const reader *r)
{
    const hox__examples *a = r->options->like, *b = r->out;
    if (!a || (a->kind == b->kind && a->height == b->height && a->width == b->width &&
               a->channels == b->channels && a->numbers == b->numbers && a->length == b->length))
        return HOX_OK;
    return wrong(r, r->x, "the test examples have another shape than those of training");
}

hox_status hox__arrays_examples(const hox__npy *x, const hox__npy *y,
                                const hox__arrays_options *options, hox__bytes *keep_file,
                                hox__examples **out, hox_error *err)
{
    reader r = {.x = x, .y = y, .options = options, .keep = keep_file, .err = err};
    r.out = hox__examples_new(HOX__FEATURES, HOX__CLASS);
    hox_status status = r.out ? sizes(&r) : no_memory(&r);
    if (status == HOX_OK)
        status = resembles(&r);
    if (status == HOX_OK)
        status = truth(&r);
    if (status == HOX_OK)
        status = r.out->kind == HOX__TOKENS                                     ? fill_codes(&r)
                 : r.out->kind == HOX__IMAGES && x->kind == 'u' && x->size == 1 ? fill_pixels(&r)
                                                                                : fill_numbers(&r);
    if (status == HOX_OK)
        *out = r.out;
    else
        hox__examples_free(r.out);
    return status;
}
