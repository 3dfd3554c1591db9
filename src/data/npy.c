/* Arrays of NumPy (numpy/lib/format.py, "NEP 1").
 *
 *   bytes 0-5  \x93NUMPY      6-7  version      then the header's length: 2 bytes in version 1, 4
 * later header     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }  and blanks then the
 * elements
 */
#include "data/npy.h"
#include "base/number.h"
#include <string.h>

static hox_status malformed(const hox__bytes *b, size_t at, const char *what, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: byte %zu: %s", b->name, at, what);
}

/* ---- the header, a Python dictionary ---- */

typedef struct {
    const hox__bytes *file;
    size_t at, end;
    hox_error *err;
} reader;

static char peek(reader *r)
{
    while (r->at < r->end && (r->file->data[r->at] == ' ' || r->file->data[r->at] == '\n'))
        r->at++;
    return r->at < r->end ? (char)r->file->data[r->at] : '\0';
}

static bool take(reader *r, char c)
{
    if (peek(r) != c)
        return false;
    r->at++;
    return true;
}

static bool take_quoted(reader *r, char *out, size_t size)
{
    const char quote = peek(r);
    if (quote != '\'' && quote != '"')
        return false;
    size_t n = 0;
    for (r->at++; r->at < r->end && (char)r->file->data[r->at] != quote; r->at++) {
        if (n + 1 >= size)
            return false;
        out[n++] = (char)r->file->data[r->at];
    }
    out[n] = '\0';
    return take(r, quote);
}

static hox_status read_type(reader *r, hox__npy *out)
{
    char text[16];
    const size_t at = r->at;
    if (!take_quoted(r, text, sizeof text) || strlen(text) < 3)
        return malformed(r->file, at, "records and other compound types cannot be read", r->err);
    const uint16_t one = 1;
    const bool little = *(const uint8_t *)&one == 1;
    out->kind = text[1];
    out->size = text[2] >= '1' && text[2] <= '8' && !text[3] ? text[2] - '0' : 0;
    out->swapped = out->size > 1 && ((text[0] == '>' && little) || (text[0] == '<' && !little));
    const bool known = strchr("<>|=", text[0]) && strchr("biuf", text[1]) &&
                       (out->size == 1 || out->size == 2 || out->size == 4 || out->size == 8) &&
                       (out->kind != 'f' || out->size >= 4) && (out->kind != 'b' || out->size == 1);
    if (known)
        return HOX_OK;
    if (text[1] == 'O')
        return malformed(r->file, at, "the array holds Python objects; save numbers", r->err);
    return hox_fail_code(r->err, HOX_ERR_DATA, "E0502",
                         "%s: byte %zu: elements of type `%s`; bool, integers and float32, float64 "
                         "can be read",
                         r->file->name, at, text);
}

static hox_status read_shape(reader *r, hox__npy *out)
{
    out->count = 1;
    out->rank = 0;
    if (!take(r, '('))
        return malformed(r->file, r->at, "a shape `(…)` is missing", r->err);
    while (!take(r, ')')) {
        int64_t d = 0;
        const size_t at = r->at;
        bool digits = false;
        for (char c = peek(r); c >= '0' && c <= '9'; c = peek(r), digits = true) {
            d = d * 10 + (c - '0');
            r->at++;
            if (d > (int64_t)1 << 48)
                break;
        }
        if (!digits || d > (int64_t)1 << 48 || !hox__mul_i64(out->count, d, &out->count))
            return malformed(r->file, at, "a size of the shape is no number or too large", r->err);
        if (out->rank == HOX__NPY_RANK_MAX)
            return malformed(r->file, at, "more than 4 dimensions", r->err);
        out->dim[out->rank++] = d;
        if (!take(r, ',') && peek(r) != ')')
            return malformed(r->file, r->at, "a comma is missing in the shape", r->err);
    }
    return HOX_OK;
}

static hox_status read_order(reader *r, hox__npy *out)
{
    const char *word = peek(r) == 'T' ? "True" : "False";
    const size_t n = strlen(word);
    if (r->end - r->at < n || memcmp(r->file->data + r->at, word, n) != 0)
        return malformed(r->file, r->at, "`fortran_order` is True or False", r->err);
    r->at += n;
    out->fortran = *word == 'T';
    return HOX_OK;
}

static hox_status read_header(reader *r, hox__npy *out)
{
    unsigned seen = 0;
    if (!take(r, '{'))
        return malformed(r->file, r->at, "the header does not begin with `{`", r->err);
    while (!take(r, '}')) {
        char key[32];
        const size_t at = r->at;
        hox_status status;
        if (!take_quoted(r, key, sizeof key) || !take(r, ':'))
            return malformed(r->file, at, "a key of the header is missing", r->err);
        if (strcmp(key, "descr") == 0 && (seen |= 1))
            status = read_type(r, out);
        else if (strcmp(key, "fortran_order") == 0 && (seen |= 2))
            status = read_order(r, out);
        else if (strcmp(key, "shape") == 0 && (seen |= 4))
            status = read_shape(r, out);
        else
            return malformed(r->file, at, "an unknown key in the header", r->err);
        if (status != HOX_OK)
            return status;
        if (!take(r, ',') && peek(r) != '}')
            return malformed(r->file, r->at, "a comma is missing in the header", r->err);
    }
    return seen == 7 ? HOX_OK
                     : malformed(r->file, r->at, "the header lacks descr, fortran_order or shape",
                                 r->err);
}

hox_status hox__npy_read(const hox__bytes *b, hox__npy *out, hox_error *err)
{
    if (b->n < 10 || memcmp(b->data, "\x93NUMPY", 6) != 0)
        return malformed(b, 0, "not an .npy file", err);
    const int version = b->data[6];
    if (version < 1 || version > 3)
        return malformed(b, 6, "a version of .npy other than 1, 2 and 3", err);
    size_t from = 10, length = b->data[8] | (size_t)b->data[9] << 8;
    if (version > 1) {
        if (b->n < 12)
            return malformed(b, b->n, "the file ends inside its header", err);
        length |= (size_t)b->data[10] << 16 | (size_t)b->data[11] << 24;
        from = 12;
    }
    if (length > b->n - from)
        return malformed(b, b->n, "the file ends inside its header", err);
    reader r = {.file = b, .at = from, .end = from + length, .err = err};
    hox__npy made = {.name = b->name, .data = b->data + from + length};
    const hox_status status = read_header(&r, &made);
    if (status != HOX_OK)
        return status;
    int64_t bytes;
    const int64_t have = (int64_t)(b->n - from - length);
    if (!hox__mul_i64(made.count, made.size, &bytes))
        return malformed(b, from, "a shape too large", err);
    if (have != bytes)
        return hox_fail_code(err, HOX_ERR_DATA, "E0502",
                             "%s: byte %zu: the header promises %lld bytes of elements, there are "
                             "%lld",
                             b->name, have < bytes ? b->n : (size_t)(from + length) + (size_t)bytes,
                             (long long)bytes, (long long)have);
    *out = made;
    return HOX_OK;
}

/* ---- elements ---- */

bool hox__npy_is_integer(const hox__npy *a)
{
    return a->kind != 'f';
}

/* Where element i of C's order is when the first index is contiguous. */
static int64_t fortran_place(const hox__npy *a, int64_t i)
{
    int64_t index[HOX__NPY_RANK_MAX], place = 0;
    for (int k = a->rank - 1; k >= 0; k--) {
        index[k] = i % a->dim[k];
        i /= a->dim[k];
    }
    for (int k = a->rank - 1; k >= 0; k--)
        place = place * a->dim[k] + index[k];
    return place;
}

double hox__npy_at(const hox__npy *a, int64_t i)
{
    uint8_t byte[8];
    const uint8_t *from = a->data + (a->fortran ? fortran_place(a, i) : i) * a->size;
    for (int k = 0; k < a->size; k++)
        byte[k] = from[a->swapped ? a->size - 1 - k : k];
    union {
        float f;
        double d;
        int16_t i16;
        int32_t i32;
        int64_t i64;
        uint16_t u16;
        uint32_t u32;
        uint64_t u64;
    } v = {.u64 = 0};
    memcpy(&v, byte, (size_t)a->size);
    switch (a->kind) {
    case 'f':
        return a->size == 4 ? (double)v.f : v.d;
    case 'i':
        return a->size == 1   ? (int8_t)byte[0]
               : a->size == 2 ? v.i16
               : a->size == 4 ? v.i32
                              : (double)v.i64;
    case 'b':
        return byte[0] != 0;
    default:
        return a->size == 1 ? byte[0] : a->size == 2 ? v.u16 : a->size == 4 ? v.u32 : (double)v.u64;
    }
}
