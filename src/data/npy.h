/* NumPy's files: one array (.npy), or several in a zip (.npz). */
#ifndef HOX_DATA_NPY_H
#define HOX_DATA_NPY_H

#include "data/reader.h"

enum { HOX__NPY_RANK_MAX = 4 };

typedef struct {
    const char *name;    /* of the file, for messages */
    const uint8_t *data; /* of the first element */
    char kind;           /* b bool, i signed, u unsigned, f float */
    int size;            /* bytes of an element: 1, 2, 4, 8 */
    bool swapped;        /* the other byte order than this machine's */
    bool fortran;        /* first index contiguous */
    int rank;
    int64_t dim[HOX__NPY_RANK_MAX], count;
} hox__npy;

/* Checks everything: HOX_ERR_DATA (E0502) with the byte. The array lies in `bytes`. */
hox_status hox__npy_read(const hox__bytes *bytes, hox__npy *out, hox_error *err);

/* Element i in the order of C, as a number. 0 <= i < count. */
double hox__npy_at(const hox__npy *array, int64_t i);

/* Whole numbers? */
bool hox__npy_is_integer(const hox__npy *array);

/* Is it a zip? */
bool hox__is_zip(const hox__bytes *bytes);

/* Member `i` of a zip: its name (without .npy, cut at `size`) and place. HOX_DONE past the last. */
typedef struct {
    char name[128];
    int method; /* 0 stored, 8 deflated */
    uint32_t crc;
    size_t at, packed, size; /* at: of its data in the zip */
} hox__zip_member;
hox_status hox__zip_get(const hox__bytes *zip, int i, hox__zip_member *out, hox_error *err);

/* Its bytes, checked against their sum; hox__bytes_free(). `out` has the zip's name. */
hox_status hox__zip_read(const hox__bytes *zip, const hox__zip_member *member, hox__bytes *out,
                         hox_error *err);

#endif
