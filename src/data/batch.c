/* Images as standardized floats. */
#include "data/augment.h"
#include "data/dataset.h"
#include <math.h>

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

static void fill_one(const hox__examples *images, const float *mean, const float *scale,
                     const float (*value)[256], int64_t row, const hox__view *view, float *to)
{
    const int64_t h = images->height, w = images->width, plane = h * w;
    for (int64_t c = 0; c < images->channels; c++) {
        const int64_t at = (row * images->channels + c) * plane;
        const hox__plane from = {.byte = images->pixels ? images->pixels + at : NULL,
                                 .value = value[c % CHANNELS_MAX],
                                 .number = images->number ? images->number + at : NULL,
                                 .mean = mean[c],
                                 .scale = scale[c]};
        if (view)
            hox__augment_show(view, &from, h, w, to + c * plane);
        else if (from.byte)
            for (int64_t k = 0; k < plane; k++)
                to[c * plane + k] = from.value[from.byte[k]];
        else
            for (int64_t k = 0; k < plane; k++)
                to[c * plane + k] = (from.number[k] - from.mean) * from.scale;
    }
}

void hox__images_fill(const hox__examples *images, const float *mean, const float *scale,
                      const int64_t *rows, int64_t n, const hox__augment *augment,
                      const hox_rng *rng, uint64_t epoch, float *x)
{
    const int64_t each = images->channels * images->height * images->width;
    float value[CHANNELS_MAX][256];
    for (int64_t c = 0; images->pixels && c < images->channels; c++)
        for (int b = 0; b < 256; b++)
            value[c][b] = ((float)b / 255 - mean[c]) * scale[c];
    const hox_rng changes = augment ? hox_rng_child(rng, "augment", epoch) : (hox_rng){0};
    for (int64_t i = 0; i < n; i++) {
        if (!augment) {
            fill_one(images, mean, scale, (const float(*)[256])value, rows[i], NULL, x + i * each);
            continue;
        }
        hox_rng own = hox_rng_child(&changes, "sample", (uint64_t)rows[i]);
        const hox__view view = hox__augment_draw(augment, images->height, images->width, &own);
        fill_one(images, mean, scale, (const float(*)[256])value, rows[i], &view, x + i * each);
    }
}

void hox__batch_fill(const hox__images *images, const hox__standard *standard, const int64_t *rows,
                     int64_t n, const hox__augment *augment, const hox_rng *rng, uint64_t epoch,
                     float *x, int32_t *labels)
{
    hox__images_fill(images, standard->mean, standard->scale, rows, n, augment, rng, epoch, x);
    for (int64_t i = 0; labels && i < n; i++)
        labels[i] = images->labels[rows[i]];
}
