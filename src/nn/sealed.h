/* Files of floats behind a JSON header, with a digest at the end: models and checkpoints.
 *
 *   magic (4 bytes), version (u32), length of the header (u64), the header, zeros to a multiple of
 *   64, spans of floats, each on a multiple of 64, SHA-256 of all before. Little-endian.
 */
#ifndef HOX_NN_SEALED_H
#define HOX_NN_SEALED_H

#include <hox/status.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOX__SEALED_HEAD = 16, HOX__SEALED_ALIGN = 64 };

typedef struct {
    const char *magic; /* 4 bytes */
    uint32_t version;
    const char *name; /* "model", for messages */
} hox__seal;

/* What is written: the header, then `spans` of count(ctx, i) floats that fill(ctx, i, value) puts
 * where they will stand; false when that fails for want of memory. */
typedef struct {
    const char *head;
    int spans;
    int64_t (*count)(const void *ctx, int i);
    bool (*fill)(const void *ctx, int i, float *value);
    const void *ctx;
} hox__contents;

/* Written as a whole or not at all. */
hox_status hox__sealed_write(const hox__seal *seal, const hox__contents *contents, const char *path,
                             hox_error *err);

/* An opened file: nothing is copied but the header. */
typedef struct {
    const hox__seal *seal;
    const char *path;    /* for messages */
    const uint8_t *data; /* [n], the digest cut off */
    size_t n, at;        /* at: where the next span begins, before alignment */
    size_t begin;        /* of the spans */
    json_t *head;        /* the caller's to json_decref() */
} hox__sealed;

/* Digest, version and header hold, or an error: E0701 another kind of file, E0702 another version,
 * E0703 damaged. */
hox_status hox__sealed_open(const hox__seal *seal, const void *data, size_t n, const char *path,
                            hox__sealed *sealed, hox_error *err);

/* HOX_ERR_DATA, E0703: "PATH: damaged model: WHAT". */
hox_status hox__sealed_damaged(const hox__sealed *sealed, const char *what, hox_error *err);

/* The next span of n values; HOX_ERR_DATA when it lies outside, the gap is not of zeros, or a value
 * is not finite. */
hox_status hox__sealed_next(hox__sealed *sealed, float *value, int64_t n, hox_error *err);

/* Where the next span begins, counted from the first. */
size_t hox__sealed_offset(const hox__sealed *sealed);

/* HOX_ERR_DATA unless all has been read. */
hox_status hox__sealed_end(const hox__sealed *sealed, hox_error *err);

#endif
