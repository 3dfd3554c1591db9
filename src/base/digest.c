/* SHA-256 (FIPS 180-4, section 6.2), in plain C and with the SHA instructions of x86. Why not a
 * library: docs/decisions/0021. */
#include "base/digest.h"
#include "base/alloc.h"
#include <string.h>

enum { BLOCK = 64, WORDS = 8, LARGE = 1 << 14 };

struct hox__digest {
    uint32_t h[WORDS];
    uint64_t n;           /* bytes so far */
    uint8_t block[BLOCK]; /* the n % BLOCK last of them */
};

/* Section 4.2.2: the first 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t round_constant[BLOCK] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* ---- blocks ---- */

static uint32_t turn(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static void schedule(const uint8_t *p, uint32_t w[BLOCK])
{
    for (int i = 0; i < 16; i++, p += 4)
        w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    for (int i = 16; i < BLOCK; i++) {
        const uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) +
               (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
}

/* One round; the caller renames the state in place of moving it. */
#define ROUND(a, b, c, d, e, f, g, h, at)                                                          \
    do {                                                                                           \
        h += (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) +                     \
             round_constant[at] + w[at];                                                           \
        d += h;                                                                                    \
        h += (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));             \
    } while (0)

static void blocks_plain(uint32_t state[WORDS], const uint8_t *p, size_t blocks)
{
    uint32_t w[BLOCK];
    for (; blocks > 0; blocks--, p += BLOCK) {
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        schedule(p, w);
        for (int i = 0; i < BLOCK; i += 8) {
            ROUND(a, b, c, d, e, f, g, h, i);
            ROUND(h, a, b, c, d, e, f, g, i + 1);
            ROUND(g, h, a, b, c, d, e, f, i + 2);
            ROUND(f, g, h, a, b, c, d, e, i + 3);
            ROUND(e, f, g, h, a, b, c, d, i + 4);
            ROUND(d, e, f, g, h, a, b, c, i + 5);
            ROUND(c, d, e, f, g, h, a, b, i + 6);
            ROUND(b, c, d, e, f, g, h, a, i + 7);
        }
        const uint32_t sum[WORDS] = {a, b, c, d, e, f, g, h};
        for (int i = 0; i < WORDS; i++)
            state[i] += sum[i];
    }
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

/* Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 12.1: four rounds to an
 * iteration; the instructions want the state as a, b, e, f and c, d, g, h. */
__attribute__((target("sha,sse4.1"))) static void blocks_sha(uint32_t h[WORDS], const uint8_t *p,
                                                             size_t blocks)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i m[4], x = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)h), 0xb1);
    __m128i cdgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(h + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(x, cdgh, 8);
    cdgh = _mm_blend_epi16(cdgh, x, 0xf0);
    for (; blocks > 0; blocks--, p += BLOCK) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        for (int i = 0; i < 16; i++) {
            __m128i *now = &m[i % 4];
            const __m128i last = m[(i + 3) % 4];
            if (i < 4)
                *now = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(p + 16 * i)), swap);
            else
                *now =
                    _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(*now, m[(i + 1) % 4]),
                                                       _mm_alignr_epi8(last, m[(i + 2) % 4], 4)),
                                         last);
            x = _mm_add_epi32(*now, _mm_loadu_si128((const __m128i *)(round_constant + 4 * i)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, x);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(x, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    x = _mm_shuffle_epi32(abef, 0x1b);
    cdgh = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)h, _mm_blend_epi16(x, cdgh, 0xf0));
    _mm_storeu_si128((__m128i *)(h + 4), _mm_alignr_epi8(cdgh, x, 8));
}

/* Asking costs a short text more than it gains: on a virtual machine it is an exit. */
static bool has_instructions(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_1) && (c & bit_SSSE3) &&
           __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

static void add_blocks(uint32_t h[WORDS], const uint8_t *p, size_t blocks)
{
    if (blocks >= LARGE / BLOCK && has_instructions())
        blocks_sha(h, p, blocks);
    else
        blocks_plain(h, p, blocks);
}
#else
#define add_blocks blocks_plain
#endif

/* ---- messages ---- */

static void begin(hox__digest *digest)
{
    /* section 5.3.3: of the square roots of the first eight primes */
    static const uint32_t first[WORDS] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(digest->h, first, sizeof first);
    digest->n = 0;
}

hox__digest *hox__digest_new(void)
{
    hox__digest *digest = hox__alloc(1, sizeof *digest);
    if (digest)
        begin(digest);
    return digest;
}

void hox__digest_add(hox__digest *digest, const void *data, size_t n)
{
    const uint8_t *p = data;
    const size_t held = digest->n % BLOCK, wanted = BLOCK - held;
    digest->n += n;
    if (held && n >= wanted) {
        memcpy(digest->block + held, p, wanted);
        add_blocks(digest->h, digest->block, 1);
        p += wanted;
        n -= wanted;
    }
    const bool fresh = !held || p != data;
    if (fresh && n >= BLOCK) {
        add_blocks(digest->h, p, n / BLOCK);
        p += n / BLOCK * BLOCK;
        n %= BLOCK;
    }
    if (n)
        memcpy(digest->block + (fresh ? 0 : held), p, n);
}

void hox__digest_add_text(hox__digest *digest, const char *s)
{
    hox__digest_add(digest, s, strlen(s) + 1);
}

/* Section 5.1.1: a bit, zeros, the length in bits. */
void hox__digest_get(hox__digest *digest, uint8_t out[HOX__DIGEST_BYTES])
{
    static const uint8_t padding[BLOCK] = {0x80};
    const uint64_t bits = digest->n * 8;
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    hox__digest_add(digest, padding, 1 + (2 * BLOCK - 9 - digest->n % BLOCK) % BLOCK);
    hox__digest_add(digest, length, sizeof length);
    for (int i = 0; i < HOX__DIGEST_BYTES; i++)
        out[i] = (uint8_t)(digest->h[i / 4] >> (24 - 8 * (i % 4)));
}

void hox__digest_free(hox__digest *digest)
{
    hox__free(digest);
}

void hox__digest_of(const void *data, size_t n, uint8_t out[HOX__DIGEST_BYTES])
{
    hox__digest digest;
    begin(&digest);
    hox__digest_add(&digest, data, n);
    hox__digest_get(&digest, out);
}

void hox__digest_hex(const uint8_t digest[HOX__DIGEST_BYTES], char out[HOX__DIGEST_HEX])
{
    for (int i = 0; i < HOX__DIGEST_BYTES; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[2 * HOX__DIGEST_BYTES] = '\0';
}
