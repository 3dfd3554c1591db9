/* How one example is changed. */
#ifndef HOX_DATA_AUGMENT_H
#define HOX_DATA_AUGMENT_H

#include "data/examples.h"

typedef struct {
    bool flip;
    int64_t dy, dx;  /* the output's (y, x) shows the input's (y + dy, x + dx) */
    int64_t cut[4];  /* top, bottom, left, right of what is blanked; empty when top >= bottom */
    int64_t keep[4]; /* the same of what a crop leaves; all outside is blank */
} hox__view;

/* Where a plane of an image comes from: bytes and what each of them becomes, or floats. */
typedef struct {
    const uint8_t *byte;
    const float *value; /* [256] */
    const float *number;
    float mean, scale;
} hox__plane;

/* `augment` NULL: the whole image. */
hox__view hox__augment_draw(const hox__augment *augment, int64_t h, int64_t w, hox_rng *rng);
void hox__augment_show(const hox__view *view, const hox__plane *plane, int64_t h, int64_t w,
                       float *to); /* [h, w] */

/* mixup's share of the example itself, from Beta(alpha, alpha). */
float hox__augment_share(const hox__augment *augment, hox_rng *rng);

/* x [n, c, h, w] of rows, standardized: (pixel / 255 - mean) * scale of bytes, (number - mean) *
 * scale of floats. */
void hox__images_fill(const hox__examples *images, const float *mean, const float *scale,
                      const int64_t *rows, int64_t n, const hox__augment *augment,
                      const hox_rng *rng, uint64_t epoch, float *x);

#endif
