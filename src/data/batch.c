/* Bytes to floats, and the small changes of images that make training sets larger.
 *
 * A sample's augmentation draws only from child(child(rng, "augment", epoch), "sample", row): the
 * same whatever batch it stands in and whatever came before.
 */
#include "base/alloc.h"
#include "data/dataset.h"
#include <math.h>
#include <string.h>

enum { CHANNELS_MAX = 16 };

void hox__standard_fit(const hox__images *images, const int64_t *rows, int64_t n,
                       hox__standard *out)
{
    const int64_t plane = images->height * images->width;
    *out = (hox__standard){0};
    for (int64_t c = 0; c < images->channels && c < CHANNELS_MAX; c++) {
        /* Whole numbers below 2^63: exact, whatever the order. */
        uint64_t sum = 0, squares = 0;
        for (int64_t i = 0; i < n; i++) {
            const uint8_t *p =
                images->pixels + ((rows ? rows[i] : i) * images->channels + c) * plane;
            for (int64_t k = 0; k < plane; k++) {
                sum += p[k];
                squares += (uint64_t)p[k] * p[k];
            }
        }
        const double count = (double)(n * plane), mean = n ? (double)sum / count : 0;
        const double variance = n ? (double)squares / count - mean * mean : 0;
        out->mean[c] = (float)(mean / 255);
        out->scale[c] = variance > 1e-12 ? (float)(255 / sqrt(variance)) : 1;
    }
}

/* ---- augmentation ---- */

typedef enum { FLIP, CROP, CUTOUT } change;

typedef struct {
    change kind;
    int64_t size,
        pad; /* CROP: pad; a size below the image's is cut out and padded back. CUTOUT: size */
} step;

struct hox__augment {
    int n;
    step step[];
};

static hox_status read_step(const hox_term *term, step *out, hox_error *err)
{
    const char *name = term->name ? term->name : "";
    *out = (step){0};
    if (strcmp(name, "flip") == 0) {
        out->kind = FLIP;
    } else if (strcmp(name, "crop") == 0) {
        out->kind = CROP;
        out->pad = (int64_t)hox_term_number(term, "pad", 0);
        out->size = (int64_t)hox_term_number(term, "size", 0);
    } else if (strcmp(name, "cutout") == 0) {
        out->kind = CUTOUT;
        out->size = (int64_t)hox_term_number(term, "size", 0);
    } else {
        return hox_fail_code(err, HOX_ERR_DATA, "E0503",
                             "augment(…) knows flip, crop and cutout, not `%s`", name);
    }
    if (out->pad < 0 || out->size < 0 || out->pad > 4096 || out->size > 4096)
        return hox_fail_code(err, HOX_ERR_DATA, "E0503", "%s: sizes run from 0 to 4096", name);
    return HOX_OK;
}

/* Steps of `part`, chains opened; with `out` NULL only counted. */
static hox_status collect(const hox_term *part, hox__augment *out, int *n, hox_error *err)
{
    if (part->kind == HOX_TERM_CHAIN) {
        hox_status status = HOX_OK;
        for (int i = 0; i < part->n && status == HOX_OK; i++)
            status = collect(part->part[i], out, n, err);
        return status;
    }
    step s;
    const hox_status status = read_step(part, &s, err);
    if (status == HOX_OK && out)
        out->step[*n] = s;
    (*n)++;
    return status;
}

hox_status hox__augment_new(const hox_term *const *part, int n, hox__augment **augment,
                            hox_error *err)
{
    int count = 0, filled = 0;
    hox_status status = HOX_OK;
    *augment = NULL;
    for (int i = 0; i < n && status == HOX_OK; i++)
        status = collect(part[i], NULL, &count, err);
    if (status != HOX_OK || !count)
        return status;
    hox__augment *made = hox__alloc(1, sizeof *made + (size_t)count * sizeof made->step[0]);
    if (!made)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to augment");
    for (int i = 0; i < n; i++)
        collect(part[i], made, &filled, err);
    made->n = count;
    *augment = made;
    return HOX_OK;
}

void hox__augment_free(hox__augment *augment)
{
    hox__free(augment);
}

typedef struct {
    bool flip;
    int64_t dy, dx;  /* the output's (y, x) shows the input's (y + dy, x + dx) */
    int64_t cut[4];  /* top, bottom, left, right of what is blanked; empty when top >= bottom */
    int64_t keep[4]; /* the same of what a crop leaves; all outside is blank */
} view;

static int64_t between(hox_rng *rng, int64_t low, int64_t high)
{
    return high <= low ? low : low + hox_rng_below(rng, (uint32_t)(high - low + 1));
}

static view draw(const hox__augment *augment, int64_t h, int64_t w, hox_rng *rng)
{
    view v = {.keep = {0, h, 0, w}};
    for (int i = 0; i < augment->n; i++) {
        const step *s = &augment->step[i];
        if (s->kind == FLIP) {
            v.flip ^= hox_rng_below(rng, 2);
        } else if (s->kind == CROP) {
            v.dy += between(rng, -s->pad, s->pad);
            v.dx += between(rng, -s->pad, s->pad);
            if (s->size > 0 && s->size < h && s->size < w) {
                v.keep[0] = between(rng, 0, h - s->size);
                v.keep[1] = v.keep[0] + s->size;
                v.keep[2] = between(rng, 0, w - s->size);
                v.keep[3] = v.keep[2] + s->size;
            }
        } else if (s->size > 0) {
            /* Centre anywhere in the image; what reaches over the edge is lost (DeVries, Taylor
             * 2017). */
            const int64_t y = between(rng, 0, h - 1) - s->size / 2,
                          x = between(rng, 0, w - 1) - s->size / 2;
            v.cut[0] = y;
            v.cut[1] = y + s->size;
            v.cut[2] = x;
            v.cut[3] = x + s->size;
        }
    }
    return v;
}

static bool inside(const int64_t box[4], int64_t y, int64_t x)
{
    return y >= box[0] && y < box[1] && x >= box[2] && x < box[3];
}

/* At most flipped: the usual case, without a question for each pixel. */
static bool is_whole(const view *v, int64_t h, int64_t w)
{
    return v->dy == 0 && v->dx == 0 && v->cut[0] >= v->cut[1] && v->keep[0] == 0 &&
           v->keep[1] == h && v->keep[2] == 0 && v->keep[3] == w;
}

static void show_whole(bool flip, const uint8_t *from, int64_t h, int64_t w, const float *value,
                       float *to)
{
    for (int64_t y = 0; y < h; y++, from += w, to += w)
        for (int64_t x = 0; x < w; x++)
            to[x] = value[from[flip ? w - 1 - x : x]];
}

/* Blank is the mean: 0 after standardization. */
static void show(const view *v, const uint8_t *from, int64_t h, int64_t w, const float *value,
                 float *to)
{
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++) {
            const int64_t sy = y + v->dy, sx = (v->flip ? w - 1 - x : x) + v->dx;
            const bool blank = sy < 0 || sy >= h || sx < 0 || sx >= w || inside(v->cut, y, x) ||
                               !inside(v->keep, y, x);
            *to++ = blank ? 0 : value[from[sy * w + sx]];
        }
}

void hox__batch_fill(const hox__images *images, const hox__standard *standard, const int64_t *rows,
                     int64_t n, const hox__augment *augment, const hox_rng *rng, uint64_t epoch,
                     float *x, int32_t *labels)
{
    const int64_t h = images->height, w = images->width, plane = h * w,
                  each = images->channels * plane;
    float value[CHANNELS_MAX][256];
    for (int64_t c = 0; c < images->channels; c++)
        for (int b = 0; b < 256; b++)
            value[c][b] = ((float)b / 255 - standard->mean[c]) * standard->scale[c];
    const hox_rng changes = augment ? hox_rng_child(rng, "augment", epoch) : (hox_rng){0};
    for (int64_t i = 0; i < n; i++) {
        const uint8_t *from = images->pixels + rows[i] * each;
        float *to = x + i * each;
        if (labels)
            labels[i] = images->labels[rows[i]];
        if (augment) {
            hox_rng own = hox_rng_child(&changes, "sample", (uint64_t)rows[i]);
            const view v = draw(augment, h, w, &own);
            const bool whole = is_whole(&v, h, w);
            for (int64_t c = 0; c < images->channels; c++)
                if (whole)
                    show_whole(v.flip, from + c * plane, h, w, value[c], to + c * plane);
                else
                    show(&v, from + c * plane, h, w, value[c], to + c * plane);
            continue;
        }
        for (int64_t c = 0; c < images->channels; c++)
            for (int64_t k = 0; k < plane; k++)
                to[c * plane + k] = value[c][from[c * plane + k]];
    }
}
