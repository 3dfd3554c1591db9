/* From examples to what a network is given.
 *
 * Numbers are standardized with the mean and the deviation of the training rows; a missing one
 * becomes the mean, and where the training file misses some, a column of 0 and 1 says so. A
 * category becomes a column of 0 and 1 a word, or is left to the network as a code.
 */
#include "data/encoder.h"
#include "base/alloc.h"
#include "data/augment.h"
#include "data/dataset.h"
#include <math.h>
#include <string.h>

enum { BYTES_MAX = 1 << 28, PIXEL_CHANNELS_MAX = 16 };

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the encoder");
}

/* ---- layout ---- */

static bool copy_names(hox__encoder *e, const hox__examples *x)
{
    e->encoded.class_names = NULL;
    if (!x->class_names)
        return true;
    const char **name = HOX__NEW_N(e->arena, const char *, (size_t)x->classes + 1);
    for (int i = 0; name && i < x->classes; i++) {
        const char *from = x->class_names[i] ? x->class_names[i] : "";
        if (!(name[i] = hox__arena_copy(e->arena, from, strlen(from))))
            return false;
    }
    e->encoded.class_names = name;
    return name != NULL;
}

static void add_column(hox__encoder *e, const hox__schema_column *c, int64_t *number,
                       int64_t *category)
{
    hox__encoded_column *column = &e->column[e->columns];
    const bool is_category = c && c->kind == HOX__COLUMN_CATEGORY;
    *column = (hox__encoded_column){.category = is_category,
                                    .from = is_category ? (*category)++ : (*number)++,
                                    .at = e->encoded.features,
                                    .words = is_category ? c->words.n : 0,
                                    .missing = c && c->missing};
    if (is_category && e->schema->embed)
        return;
    e->columns++;
    e->encoded.features += (is_category ? column->words : 1) + column->missing;
}

static bool lay_out(hox__encoder *e)
{
    const hox__schema *s = e->schema;
    int64_t number = 0, category = 0;
    e->column = HOX__NEW_N(e->arena, hox__encoded_column, (size_t)(e->numbers + e->categories) + 1);
    if (!e->column)
        return false;
    if (!s || !s->column) {
        for (int64_t j = 0; j < e->numbers; j++)
            add_column(e, NULL, &number, &category);
        return true;
    }
    for (int j = 0; j < s->columns; j++)
        if (j != s->target_column && s->column[j].kind != HOX__COLUMN_UNUSED)
            add_column(e, &s->column[j], &number, &category);
    if (!s->embed)
        return true;
    int64_t *cardinality = HOX__NEW_N(e->arena, int64_t, 2 * (size_t)e->categories + 1);
    if (!cardinality)
        return false;
    for (int j = 0; j < s->columns; j++)
        if (j != s->target_column && s->column[j].kind == HOX__COLUMN_CATEGORY)
            cardinality[e->encoded.codes++] = s->column[j].words.n + 1;
    int64_t *width = cardinality + e->categories;
    for (int64_t j = 0; j < e->categories; j++)
        width[j] = hox__embedding_width(cardinality[j]);
    e->encoded.cardinality = cardinality;
    e->encoded.embedding = width;
    return true;
}

static bool make_scales(hox__encoder *e)
{
    const int64_t n = e->encoded.kind == HOX__IMAGES ? e->encoded.channels : e->numbers;
    e->mean = HOX__NEW_N(e->arena, float, (size_t)n + 1);
    e->scale = HOX__NEW_N(e->arena, float, (size_t)n + 1);
    for (int64_t i = 0; e->scale && i < n; i++)
        e->scale[i] = 1;
    return e->mean && e->scale;
}

static hox__schema *owned(const hox__schema *schema)
{
    hox__schema *own;
    memcpy(&own, &schema, sizeof own); /* counting owners is no change that anybody sees */
    return own ? hox__schema_share(own) : NULL;
}

hox__encoder *hox__encoder_new(const hox__examples *x)
{
    hox__arena *arena = hox__arena_new(BYTES_MAX);
    hox__encoder *e = arena ? HOX__NEW(arena, hox__encoder) : NULL;
    if (!e) {
        hox__arena_free(arena);
        return NULL;
    }
    *e = (hox__encoder){.arena = arena,
                        .encoded = {.kind = x->kind,
                                    .target = x->target,
                                    .channels = x->channels,
                                    .height = x->height,
                                    .width = x->width,
                                    .length = x->length,
                                    .vocabulary = x->vocabulary,
                                    .classes = x->classes,
                                    .value_scale = 1},
                        .schema = owned(x->schema),
                        .numbers = x->numbers,
                        .categories = x->categories};
    if (copy_names(e, x) && make_scales(e) && (x->kind != HOX__FEATURES || lay_out(e)))
        return e;
    hox__encoder_free(e);
    return NULL;
}

void hox__encoder_free(hox__encoder *e)
{
    if (!e)
        return;
    hox__schema_free(e->schema);
    hox__arena_free(e->arena);
}

const hox__encoded *hox__encoder_describe(const hox__encoder *e)
{
    return &e->encoded;
}

/* ---- fitting ---- */

typedef struct {
    double sum, squares;
    int64_t n;
} moments;

/* Welford's way would save digits; data here are shifted by their first value, which is enough. */
static void add(moments *m, double shift, float x)
{
    if (!isfinite(x))
        return;
    const double d = (double)x - shift;
    m->sum += d;
    m->squares += d * d;
    m->n++;
}

static void settle(const moments *m, double shift, double *mean, double *deviation)
{
    const double n = (double)m->n, middle = m->n ? m->sum / n : 0;
    const double variance = m->n ? m->squares / n - middle * middle : 0;
    *mean = m->n ? shift + middle : 0;
    /* Below this, what is left is rounding: the column does not vary. */
    const double least = 1e-12 * (middle * middle + shift * shift) + 1e-60;
    *deviation = variance > least ? sqrt(variance) : 1;
}

static float first_finite(const float *x, const int64_t *rows, int64_t n, int64_t stride)
{
    for (int64_t i = 0; i < n; i++) {
        const float v = x[(rows ? rows[i] : i) * stride];
        if (isfinite(v))
            return v;
    }
    return 0;
}

/* Column of x [.., stride], `wide` neighbours of it at a time (a plane of an image). */
static void fit_column(const float *x, const int64_t *rows, int64_t n, int64_t stride, int64_t wide,
                       double *mean, double *deviation)
{
    const double shift = (double)first_finite(x, rows, n, stride);
    moments m = {0};
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < wide; k++)
            add(&m, shift, x[(rows ? rows[i] : i) * stride + k]);
    settle(&m, shift, mean, deviation);
}

static void fit_images(hox__encoder *e, const hox__examples *x, const int64_t *rows, int64_t n)
{
    const int64_t plane = x->height * x->width;
    if (x->pixels) {
        hox__standard standard;
        hox__standard_fit(x, rows, n, &standard);
        memcpy(e->mean, standard.mean, (size_t)x->channels * sizeof *e->mean);
        memcpy(e->scale, standard.scale, (size_t)x->channels * sizeof *e->scale);
        return;
    }
    for (int64_t c = 0; c < x->channels; c++) {
        double mean, deviation;
        fit_column(x->number + c * plane, rows, n, x->channels * plane, plane, &mean, &deviation);
        e->mean[c] = (float)mean;
        e->scale[c] = (float)(1 / deviation);
    }
}

static void fit_features(hox__encoder *e, const hox__examples *x, const int64_t *rows, int64_t n)
{
    for (int64_t j = 0; j < x->numbers; j++) {
        double mean, deviation;
        fit_column(x->number + j, rows, n, x->numbers, 1, &mean, &deviation);
        e->mean[j] = (float)mean;
        e->scale[j] = (float)(1 / deviation);
    }
}

hox_status hox__encoder_fit(const hox__examples *x, const int64_t *rows, int64_t n,
                            hox__encoder **encoder, hox_error *err)
{
    if (x->kind == HOX__IMAGES && x->pixels && x->channels > PIXEL_CHANNELS_MAX)
        return hox_fail_code(err, HOX_ERR_DATA, "E0503", "images of more than %d channels",
                             PIXEL_CHANNELS_MAX);
    hox__encoder *e = hox__encoder_new(x);
    if (!e)
        return no_memory(err);
    if (!rows)
        n = x->n;
    if (x->kind == HOX__IMAGES)
        fit_images(e, x, rows, n);
    else if (x->kind == HOX__FEATURES)
        fit_features(e, x, rows, n);
    if (x->target == HOX__VALUE && x->values)
        fit_column(x->values, rows, n, 1, 1, &e->encoded.value_mean, &e->encoded.value_scale);
    *encoder = e;
    return HOX_OK;
}

/* ---- does a set fit ---- */

hox_status hox__encoder_fits(const hox__encoder *e, const hox__examples *x, hox_error *err)
{
    const hox__encoded *f = &e->encoded;
    static const char *const kind[] = {"images", "rows of a table", "text"};
    if (x->kind != f->kind)
        return hox_fail_code(err, HOX_ERR_DATA, "E0504", "these are %s, the network takes %s",
                             kind[x->kind], kind[f->kind]);
    if (x->kind == HOX__IMAGES &&
        (x->height != f->height || x->width != f->width || x->channels != f->channels))
        return hox_fail_code(err, HOX_ERR_DATA, "E0504",
                             "the images are %lldx%lldx%lld, the network was trained on "
                             "%lldx%lldx%lld",
                             (long long)x->height, (long long)x->width, (long long)x->channels,
                             (long long)f->height, (long long)f->width, (long long)f->channels);
    if (x->kind == HOX__FEATURES && (x->numbers != e->numbers || x->categories != e->categories))
        return hox_fail_code(err, HOX_ERR_DATA, "E0504",
                             "%lld numbers and %lld categories a row, the network was trained on "
                             "%lld and %lld",
                             (long long)x->numbers, (long long)x->categories, (long long)e->numbers,
                             (long long)e->categories);
    if (x->kind == HOX__TOKENS && (x->length != f->length || x->vocabulary != f->vocabulary))
        return hox_fail_code(err, HOX_ERR_DATA, "E0504",
                             "examples of %lld tokens out of %lld, the network was trained on %lld "
                             "out of %lld",
                             (long long)x->length, (long long)x->vocabulary, (long long)f->length,
                             (long long)f->vocabulary);
    return HOX_OK;
}

/* ---- batches ---- */

static void encode_row(const hox__encoder *e, const float *number, const int32_t *code, float *x)
{
    memset(x, 0, (size_t)e->encoded.features * sizeof *x);
    for (int64_t j = 0; j < e->columns; j++) {
        const hox__encoded_column *c = &e->column[j];
        if (c->category) {
            const int32_t word = code[c->from];
            if (word > 0 && word <= c->words)
                x[c->at + word - 1] = 1;
            else if (c->missing)
                x[c->at + c->words] = 1;
            continue;
        }
        const float v = number[c->from];
        if (isfinite(v))
            x[c->at] = (v - e->mean[c->from]) * e->scale[c->from];
        else if (c->missing)
            x[c->at + 1] = 1;
    }
}

static void fill_features(const hox__encoder *e, const hox__examples *x, const int64_t *rows,
                          int64_t n, const hox__batch *batch)
{
    for (int64_t i = 0; i < n; i++) {
        const float *number = x->number + rows[i] * x->numbers;
        const int32_t *code = x->codes ? x->codes + rows[i] * x->categories : NULL;
        if (batch->x)
            encode_row(e, number, code, batch->x + i * e->encoded.features);
        if (batch->code && e->encoded.codes)
            memcpy(batch->code + i * x->categories, code, (size_t)x->categories * sizeof *code);
    }
}

static void fill_truth(const hox__encoder *e, const hox__examples *x, const int64_t *rows,
                       int64_t n, const hox__batch *batch)
{
    const double mean = e->encoded.value_mean, scale = e->encoded.value_scale;
    for (int64_t i = 0; i < n; i++) {
        const int64_t row = rows[i], t = x->length;
        if (x->target == HOX__NEXT && batch->label)
            memcpy(batch->label + i * t, x->codes + row * t + 1, (size_t)t * sizeof *x->codes);
        if (x->target == HOX__CLASS && batch->label && x->labels)
            batch->label[i] = x->labels[row];
        if (x->target == HOX__VALUE && batch->value && x->values)
            batch->value[i] = (float)(((double)x->values[row] - mean) / scale);
    }
}

/* Rows i and n-1-i of x mixed, each by its own share. */
static void mix(const hox__augment *augment, const int64_t *rows, int64_t n, int64_t each,
                const hox_rng *rng, uint64_t epoch, const hox__batch *batch)
{
    const hox_rng changes = hox_rng_child(rng, "mixup", epoch);
    for (int64_t i = 0; i < n; i++) {
        hox_rng own = hox_rng_child(&changes, "sample", (uint64_t)rows[i]);
        batch->share[i] = n > 1 ? hox__augment_share(augment, &own) : 1;
        if (batch->other && batch->label)
            batch->other[i] = batch->label[n - 1 - i];
        if (batch->other_value && batch->value)
            batch->other_value[i] = batch->value[n - 1 - i];
    }
    for (int64_t i = 0, j = n - 1; batch->x && i < j; i++, j--) {
        float *a = batch->x + i * each, *b = batch->x + j * each;
        const float p = batch->share[i], q = batch->share[j];
        for (int64_t k = 0; k < each; k++) {
            const float u = a[k], v = b[k];
            a[k] = p * u + (1 - p) * v;
            b[k] = q * v + (1 - q) * u;
        }
    }
}

void hox__encoder_fill(const hox__encoder *e, const hox__examples *x, const int64_t *rows,
                       int64_t n, const hox__augment *augment, const hox_rng *rng, uint64_t epoch,
                       const hox__batch *batch)
{
    int64_t each = e->encoded.features;
    if (x->kind == HOX__IMAGES) {
        each = x->channels * x->height * x->width;
        if (batch->x)
            hox__images_fill(x, e->mean, e->scale, rows, n, augment, rng, epoch, batch->x);
    } else if (x->kind == HOX__FEATURES) {
        fill_features(e, x, rows, n, batch);
    } else if (batch->code) {
        for (int64_t i = 0; i < n; i++)
            memcpy(batch->code + i * x->length, x->codes + rows[i] * x->length,
                   (size_t)x->length * sizeof *x->codes);
    }
    fill_truth(e, x, rows, n, batch);
    if (batch->share && hox__augment_mixes(augment) && x->kind != HOX__TOKENS)
        mix(augment, rows, n, each, rng, epoch, batch);
}
