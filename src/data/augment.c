/* The small changes of examples that make training sets larger.
 *
 * A sample's changes are drawn only from child(child(rng, "augment", epoch), "sample", row): the
 * same whatever batch it stands in and whatever came before.
 */
#include "data/augment.h"
#include "base/alloc.h"
#include "base/number.h"
#include <math.h>
#include <string.h>

typedef enum { FLIP, CROP, CUTOUT, MIXUP } change;

typedef struct {
    change kind;
    int64_t size,
        pad;      /* CROP: pad; a size below the image's is cut out and padded back. CUTOUT: size */
    double alpha; /* MIXUP */
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
    } else if (strcmp(name, "mixup") == 0) {
        out->kind = MIXUP;
        out->alpha = hox_term_number(term, "alpha", 0.2);
        if (!(out->alpha >= 0.01 && out->alpha <= 2))
            return hox_fail_code(err, HOX_ERR_DATA, "E0503", "mixup: alpha runs from 0.01 to 2");
    } else {
        return hox_fail_code(err, HOX_ERR_DATA, "E0503",
                             "augment(…) knows flip, crop, cutout and mixup, not `%s`", name);
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

typedef hox__view view;
typedef hox__plane plane_of;

static int64_t between(hox_rng *rng, int64_t low, int64_t high)
{
    return high <= low ? low : low + hox_rng_below(rng, (uint32_t)(high - low + 1));
}

hox__view hox__augment_draw(const hox__augment *augment, int64_t h, int64_t w, hox_rng *rng)
{
    view v = {.keep = {0, h, 0, w}};
    for (int i = 0; augment && i < augment->n; i++) {
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
        } else if (s->kind == CUTOUT && s->size > 0) {
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

static float pixel(const plane_of *p, int64_t at)
{
    return p->byte ? p->value[p->byte[at]] : (p->number[at] - p->mean) * p->scale;
}

static void show_whole(bool flip, const plane_of *p, int64_t h, int64_t w, float *to)
{
    for (int64_t y = 0; y < h; y++, to += w)
        if (p->byte) {
            const uint8_t *from = p->byte + y * w;
            for (int64_t x = 0; x < w; x++)
                to[x] = p->value[from[flip ? w - 1 - x : x]];
        } else {
            const float *from = p->number + y * w;
            for (int64_t x = 0; x < w; x++)
                to[x] = (from[flip ? w - 1 - x : x] - p->mean) * p->scale;
        }
}

/* Blank is the mean: 0 after standardization. */
static void show(const view *v, const plane_of *p, int64_t h, int64_t w, float *to)
{
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++) {
            const int64_t sy = y + v->dy, sx = (v->flip ? w - 1 - x : x) + v->dx;
            const bool blank = sy < 0 || sy >= h || sx < 0 || sx >= w || inside(v->cut, y, x) ||
                               !inside(v->keep, y, x);
            *to++ = blank ? 0 : pixel(p, sy * w + sx);
        }
}

void hox__augment_show(const hox__view *v, const hox__plane *plane, int64_t h, int64_t w, float *to)
{
    if (is_whole(v, h, w))
        show_whole(v->flip, plane, h, w, to);
    else
        show(v, plane, h, w, to);
}

/* ---- mixing ---- */

static double alpha_of(const hox__augment *augment)
{
    for (int i = 0; augment && i < augment->n; i++)
        if (augment->step[i].kind == MIXUP)
            return augment->step[i].alpha;
    return 0;
}

bool hox__augment_mixes(const hox__augment *augment)
{
    return alpha_of(augment) > 0;
}

/* Beta(a, a) from two powers of uniforms whose sum is at most 1 (Johnk 1964), in logarithms since
 * u^(1/a) underflows for small a. For a <= 2 one try in six is accepted or more. */
static double beta(double a, hox_rng *rng)
{
    enum { TRIES = 200 };
    for (int i = 0; i < TRIES; i++) {
        const double x = hox__log(hox_rng_unit(rng) + 0x1p-54) / a,
                     y = hox__log(hox_rng_unit(rng) + 0x1p-54) / a;
        const double most = x > y ? x : y;
        const double sum = hox__exp(x - most) + hox__exp(y - most);
        if (most + hox__log(sum) <= 0)
            return hox__exp(x - most) / sum;
    }
    return 0.5;
}

float hox__augment_share(const hox__augment *augment, hox_rng *rng)
{
    return (float)beta(alpha_of(augment), rng);
}

hox_status hox__augment_fits(const hox__augment *augment, const hox__examples *examples,
                             bool embedded, hox_error *err)
{
    for (int i = 0; augment && i < augment->n; i++) {
        const bool mix = augment->step[i].kind == MIXUP;
        if (!mix && examples->kind != HOX__IMAGES)
            return hox_fail_code(err, HOX_ERR_DATA, "E0503",
                                 "augment(…): flip, crop and cutout are for images");
        if (mix && (examples->kind == HOX__TOKENS || embedded))
            return hox_fail_code(err, HOX_ERR_DATA, "E0503",
                                 "augment(mixup): words and embedded categories cannot be mixed");
    }
    return HOX_OK;
}
