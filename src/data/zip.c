/* Zip files, as NumPy writes them: stored and deflated members (APPNOTE 6.3.10 of PKWARE, sections
 * 4.3.7, 4.3.12, 4.3.16). Without ZIP64 and encryption. */
#include "base/alloc.h"
#include "data/npy.h"
#include <string.h>
#include <zlib.h>

enum { LOCAL = 30, CENTRAL = 46, END = 22, COMMENT_MAX = 65535, MEMBERS_MAX = 1000 };

static uint32_t u16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | u16(p + 2) << 16;
}

static hox_status malformed(const hox__bytes *b, size_t at, const char *what, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: byte %zu: %s", b->name, at, what);
}

bool hox__is_zip(const hox__bytes *b)
{
    return b->n >= 4 && memcmp(b->data, "PK\3\4", 4) == 0;
}

/* The record at the end, which says where the directory is: searched backwards over its comment. */
static hox_status directory(const hox__bytes *b, size_t *at, int *members, hox_error *err)
{
    if (b->n >= END)
        for (size_t k = b->n - END, back = 0; back <= COMMENT_MAX; k--, back++) {
            if (memcmp(b->data + k, "PK\5\6", 4) == 0) {
                *members = (int)u16(b->data + k + 10);
                *at = u32(b->data + k + 16);
                if (*members > MEMBERS_MAX && *members != 0xffff)
                    return malformed(b, k, "more than 1000 members in the zip", err);
                if (*members == 0xffff || *at == 0xffffffff)
                    return malformed(b, k, "a zip of more than 4 GB; save the arrays as .npy", err);
                return *at <= k ? HOX_OK
                                : malformed(b, k, "the directory of the zip lies behind it", err);
            }
            if (k == 0)
                break;
        }
    return malformed(b, b->n, "the zip ends early: its directory is missing", err);
}

static hox_status locate(const hox__bytes *b, size_t local, hox__zip_member *out, hox_error *err)
{
    if (local > b->n || b->n - local < LOCAL || memcmp(b->data + local, "PK\3\4", 4) != 0)
        return malformed(b, local, "a member of the zip is not where its directory says", err);
    out->at = local + LOCAL + u16(b->data + local + 26) + u16(b->data + local + 28);
    if (out->at > b->n || b->n - out->at < out->packed)
        return malformed(b, b->n, "the zip ends inside a member", err);
    return HOX_OK;
}

hox_status hox__zip_get(const hox__bytes *b, int i, hox__zip_member *out, hox_error *err)
{
    size_t at = 0;
    int members = 0;
    hox_status status = directory(b, &at, &members, err);
    if (status != HOX_OK)
        return status;
    if (i >= members)
        return HOX_DONE;
    for (int k = 0;; k++) {
        if (b->n - at < CENTRAL || memcmp(b->data + at, "PK\1\2", 4) != 0)
            return malformed(b, at, "the directory of the zip is malformed", err);
        const uint8_t *p = b->data + at;
        const size_t name = u16(p + 28), all = CENTRAL + name + u16(p + 30) + u16(p + 32);
        if (b->n - at < all)
            return malformed(b, b->n, "the zip ends inside its directory", err);
        if (k < i) {
            at += all;
            continue;
        }
        *out = (hox__zip_member){.method = (int)u16(p + 10),
                                 .crc = u32(p + 16),
                                 .packed = u32(p + 20),
                                 .size = u32(p + 24)};
        const size_t shown = name < sizeof out->name ? name : sizeof out->name - 1;
        memcpy(out->name, p + CENTRAL, shown);
        if (shown > 4 && strcmp(out->name + shown - 4, ".npy") == 0)
            out->name[shown - 4] = '\0';
        if (u16(p + 8) & 1)
            return malformed(b, at, "the zip is encrypted", err);
        return locate(b, u32(p + 42), out, err);
    }
}

static hox_status inflate_member(const hox__bytes *b, const hox__zip_member *m, uint8_t *to,
                                 hox_error *err)
{
    z_stream z = {0};
    if (inflateInit2(&z, -15) != Z_OK)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to read it", b->name);
    const uint8_t *from = b->data + m->at;
    memcpy(&z.next_in, &from, sizeof from); /* zlib does not write there, but does not say so */
    z.avail_in = (uInt)m->packed;
    z.next_out = to;
    z.avail_out = (uInt)m->size;
    const int code = inflate(&z, Z_FINISH);
    const bool whole = code == Z_STREAM_END && z.total_out == m->size;
    const size_t at = m->at + z.total_in;
    inflateEnd(&z);
    return whole ? HOX_OK : malformed(b, at, "malformed deflate data in the zip", err);
}

hox_status hox__zip_read(const hox__bytes *b, const hox__zip_member *m, hox__bytes *out,
                         hox_error *err)
{
    /* Deflate packs at most 1032 to 1: a larger promise is a lie that would only cost memory. */
    const bool stored = m->method == 0;
    if (!stored && m->method != 8)
        return malformed(b, m->at, "the zip uses a method other than deflate", err);
    if (m->size > HOX__DATA_BYTES_MAX ||
        (stored ? m->size != m->packed : m->size / 1032 > m->packed + 1))
        return malformed(b, m->at, "a size in the zip that cannot be", err);
    uint8_t *data = hox__alloc(m->size + 1, 1);
    if (!data)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to read it", b->name);
    hox_status status = HOX_OK;
    if (stored)
        memcpy(data, b->data + m->at, m->size);
    else
        status = inflate_member(b, m, data, err);
    if (status == HOX_OK && crc32(crc32(0, NULL, 0), data, (uInt)m->size) != m->crc)
        status = malformed(b, m->at, "the sum over a member of the zip is wrong", err);
    if (status != HOX_OK) {
        hox__free(data);
        return status;
    }
    *out = (hox__bytes){.name = b->name, .data = data, .n = m->size};
    return HOX_OK;
}
