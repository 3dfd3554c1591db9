/* Softmax, cross-entropy and draws. Part of vector_body.h. */
#ifndef HOX_TENSOR_VECTOR_ROWS_H
#define HOX_TENSOR_VECTOR_ROWS_H

#include "tensor/kernels/vector_lanes.h"

static float row_max(int64_t n, const float *z)
{
    float m = z[0];
    int64_t j = 1;
    if (n >= WIDTH) {
        float part[WIDTH];
        lanes most = load(z);
        for (j = WIDTH; j + WIDTH <= n; j += WIDTH)
            most = largest(load(z + j), most);
        store(part, most);
        m = part[0];
        for (int i = 1; i < WIDTH; i++)
            m = part[i] > m ? part[i] : m;
    }
    for (; j < n; j++)
        m = z[j] > m ? z[j] : m;
    return m;
}

/* out = exp(z - m), returns the sum; out may be z. */
static float row_exp(int64_t n, const float *z, float *out, float m)
{
    lanes sum = splat(0);
    int64_t j = 0;
    for (; j + WIDTH <= n; j += WIDTH) {
        const lanes e = exp_lanes(load(z + j) - m);
        store(out + j, e);
        sum += e;
    }
    if (j < n) {
        store_part(out + j, exp_lanes(load_part(z + j, n - j) - m), n - j);
        sum += load_part(out + j, n - j);
    }
    return total(sum);
}

static void softmax(int64_t rows, int64_t n, const float *z, float *out)
{
    for (int64_t i = 0; i < rows; i++) {
        const float max = row_max(n, z + i * n),
                    inverse = 1.0f / row_exp(n, z + i * n, out + i * n, max);
        SAFE for (int64_t j = 0; j < n; j++) out[i * n + j] *= inverse;
    }
}

/* The same when there is no room for it. */
static float row_sum(int64_t n, const float *z, float m)
{
    float part[WIDTH];
    lanes sum = splat(0);
    for (int64_t j = 0; j < n; j += WIDTH)
        if (n - j >= WIDTH) {
            sum += exp_lanes(load(z + j) - m);
        } else {
            store(part, exp_lanes(load_part(z + j, n - j) - m));
            sum += load_part(part, n - j);
        }
    return total(sum);
}

static void xent(int64_t rows, int64_t n, const float *z, const int32_t *label, float *loss,
                 float *dz)
{
    double sum = 0;
    const float share = 1.0f / (float)rows;
    for (int64_t i = 0; i < rows; i++) {
        const bool known = label[i] >= 0 && label[i] < n;
        float *d = dz ? dz + i * n : NULL;
        const float max = row_max(n, z + i * n),
                    mass = d ? row_exp(n, z + i * n, d, max) : row_sum(n, z + i * n, max);
        if (known)
            sum += (double)(max + log_(mass) - z[i * n + (known ? label[i] : 0)]);
        if (!d)
            continue;
        const float factor = known ? share / mass : 0;
        SAFE for (int64_t j = 0; j < n; j++) d[j] *= factor;
        if (known)
            d[label[i]] -= share;
    }
    if (loss)
        *loss = (float)(sum / (double)rows);
}

/* ---- draws: Philox4x32-10 as in rng.h, many counters at once ---- */

enum { DRAWS = 64, COUNTERS = DRAWS / 4 };

/* Draws [64 block, 64 block + 64) of the stream as numbers in [0, 1). A counter keeps its four
 * words in registers for all rounds, each in a lane of 64 bits: what the multiplication wants. */
static void draw(const hox_rng *stream, uint64_t block, float out[DRAWS])
{
    const uint64_t low = UINT32_MAX;
    uint64_t word[2][COUNTERS];
    for (int i = 0; i < COUNTERS; i++) {
        const uint64_t at = stream->position + block * COUNTERS + (uint64_t)i;
        uint64_t x0 = at & low, x1 = at >> 32, x2 = stream->name[0], x3 = stream->name[1];
        uint32_t k0 = stream->key[0], k1 = stream->key[1];
        for (int round = 0; round < 10; round++) {
            const uint64_t a = UINT64_C(0xD2511F53) * (x0 & low),
                           b = UINT64_C(0xCD9E8D57) * (x2 & low);
            x0 = (b >> 32) ^ x1 ^ k0;
            x1 = b;
            x2 = (a >> 32) ^ x3 ^ k1;
            x3 = a;
            k0 += UINT32_C(0x9E3779B9);
            k1 += UINT32_C(0xBB67AE85);
        }
        word[0][i] = (x0 & low) | x1 << 32;
        word[1][i] = (x2 & low) | x3 << 32;
    }
    for (int i = 0; i < COUNTERS; i++)
        for (int k = 0; k < 4; k++) {
            const uint32_t drawn = (uint32_t)(word[k / 2][i] >> (k % 2 * 32));
            out[4 * i + k] = (float)(int32_t)(drawn >> 8) * 0x1p-24f;
        }
}

static void uniform(const hox_rng *stream, int64_t n, float *out)
{
    float part[DRAWS];
    for (int64_t i = 0; i < n; i += DRAWS) {
        draw(stream, (uint64_t)(i / DRAWS), part);
        memcpy(out + i, part, (size_t)(n - i < DRAWS ? n - i : DRAWS) * sizeof *out);
    }
}

static void dropout(const hox_rng *stream, int64_t n, float p, const float *in, float *out)
{
    const float scale = 1.0f / (1.0f - p);
    float part[DRAWS];
    for (int64_t i = 0; i < n; i += DRAWS) {
        const int64_t k = n - i < DRAWS ? n - i : DRAWS;
        draw(stream, (uint64_t)(i / DRAWS), part);
        SAFE for (int64_t j = 0; j < k; j++) out[i + j] = part[j] < p ? 0.0f : in[i + j] * scale;
    }
}

#endif
