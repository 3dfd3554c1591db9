/* Sealed files: see sealed.h. Nothing that is read is believed before the digest holds. */
#include "nn/sealed.h"
#include "base/alloc.h"
#include "base/digest.h"
#include "base/io.h"
#include <math.h>
#include <string.h>

static size_t aligned(size_t n)
{
    return (n + HOX__SEALED_ALIGN - 1) / HOX__SEALED_ALIGN * HOX__SEALED_ALIGN;
}

/* ---- writing ---- */

static void put_le(uint8_t *to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

/* Between the machine's order of bytes and that of the file: the same on nearly all. */
static void swap_floats(float *value, int64_t n)
{
    for (int64_t i = 0; __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ && i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &value[i], sizeof bits);
        bits = __builtin_bswap32(bits);
        memcpy(&value[i], &bits, sizeof bits);
    }
}

static bool fill(const hox__contents *c, uint8_t *bytes, size_t at)
{
    for (int i = 0; i < c->spans; i++) {
        const int64_t n = c->count(c->ctx, i);
        at = aligned(at);
        float *value = (float *)(void *)(bytes + at); /* a multiple of 64 in a block of malloc's */
        if (!c->fill(c->ctx, i, value))
            return false;
        swap_floats(value, n);
        at += (size_t)n * sizeof(float);
    }
    return true;
}

hox_status hox__sealed_write(const hox__seal *seal, const hox__contents *c, const char *path,
                             hox_error *err)
{
    const size_t length = strlen(c->head), begin = aligned(HOX__SEALED_HEAD + length);
    size_t end = begin;
    for (int i = 0; i < c->spans; i++)
        end = aligned(end) + (size_t)c->count(c->ctx, i) * sizeof(float);
    uint8_t *bytes = hox__alloc(end + HOX__DIGEST_BYTES, 1);
    hox_status status = HOX_ERR_MEMORY;
    if (bytes && fill(c, bytes, begin)) {
        memcpy(bytes, seal->magic, 4);
        put_le(bytes + 4, seal->version, 4);
        put_le(bytes + 8, length, 8);
        memcpy(bytes + HOX__SEALED_HEAD, c->head, length);
        hox__digest_of(bytes, end, bytes + end);
        status = hox__file_write(path, bytes, end + HOX__DIGEST_BYTES, err);
    } else {
        hox_fail_code(err, status, "E0901", "no memory to write the %s", seal->name);
    }
    hox__free(bytes);
    return status;
}

/* ---- reading ---- */

hox_status hox__sealed_damaged(const hox__sealed *sealed, const char *what, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0703", "%.200s: damaged %s: %s", sealed->path,
                         sealed->seal->name, what);
}

static uint64_t get_le(const uint8_t *from, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)from[i] << (8 * i);
    return value;
}

static bool zeros(const uint8_t *data, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (data[i])
            return false;
    return true;
}

static hox_status version_of(const hox__sealed *s, size_t n, hox_error *err)
{
    if (n < 4 || memcmp(s->data, s->seal->magic, 4) != 0)
        return hox_fail_code(err, HOX_ERR_DATA, "E0701", "%.200s is not a %s of Hox", s->path,
                             s->seal->name);
    if (n < HOX__SEALED_HEAD + HOX__DIGEST_BYTES)
        return hox__sealed_damaged(s, "it is cut off", err);
    const uint64_t version = get_le(s->data + 4, 4);
    if (version == 0)
        return hox__sealed_damaged(s, "there is no version 0", err);
    if (version != s->seal->version)
        return hox_fail_code(err, HOX_ERR_DATA, "E0702",
                             "%.200s is a %s of version %llu; this build reads version %u", s->path,
                             s->seal->name, (unsigned long long)version, s->seal->version);
    return HOX_OK;
}

hox_status hox__sealed_open(const hox__seal *seal, const void *data, size_t n, const char *path,
                            hox__sealed *sealed, hox_error *err)
{
    hox__sealed s = {.seal = seal, .path = path, .data = data};
    const hox_status status = version_of(&s, n, err);
    if (status != HOX_OK)
        return status;
    s.n = n - HOX__DIGEST_BYTES;
    const uint64_t length = get_le(s.data + 8, 8);
    uint8_t digest[HOX__DIGEST_BYTES];
    if (length > s.n - HOX__SEALED_HEAD)
        return hox__sealed_damaged(&s, "it is cut off", err);
    hox__digest_of(s.data, s.n, digest);
    if (memcmp(digest, s.data + s.n, sizeof digest) != 0)
        return hox__sealed_damaged(&s, "the checksum does not match", err);
    json_error_t where;
    const char *head = (const char *)s.data + HOX__SEALED_HEAD;
    s.begin = s.at = aligned(HOX__SEALED_HEAD + (size_t)length);
    if (s.begin > s.n || !zeros(s.data, HOX__SEALED_HEAD + (size_t)length, s.begin))
        return hox__sealed_damaged(&s, "bytes between header and numbers", err);
    s.head = json_loadb(head, (size_t)length, JSON_REJECT_DUPLICATES, &where);
    if (!s.head)
        return hox__sealed_damaged(&s, "its header is no JSON", err);
    *sealed = s;
    return HOX_OK;
}

size_t hox__sealed_offset(const hox__sealed *s)
{
    return aligned(s->at) - s->begin;
}

hox_status hox__sealed_next(hox__sealed *s, float *value, int64_t n, hox_error *err)
{
    const size_t start = aligned(s->at);
    bool finite = true;
    if (start > s->n || (uint64_t)n > (s->n - start) / sizeof(float) ||
        !zeros(s->data, s->at, start))
        return hox__sealed_damaged(s, "a tensor lies outside the file", err);
    memcpy(value, s->data + start, (size_t)n * sizeof *value);
    swap_floats(value, n);
    for (int64_t i = 0; i < n; i++)
        finite &= isfinite(value[i]) != 0;
    s->at = start + (size_t)n * sizeof(float);
    return finite ? HOX_OK : hox__sealed_damaged(s, "a weight is not a finite number", err);
}

hox_status hox__sealed_end(const hox__sealed *s, hox_error *err)
{
    return s->at == s->n ? HOX_OK : hox__sealed_damaged(s, "bytes behind the last tensor", err);
}
