/* Arrays of numbers as examples. */
#ifndef HOX_DATA_ARRAYS_H
#define HOX_DATA_ARRAYS_H

#include "data/npy.h"
#include "data/set.h"

typedef struct {
    bool tokens; /* rows of whole numbers are codes, not features */
    enum { HOX__ARRAYS_AUTO, HOX__ARRAYS_CLASSES, HOX__ARRAYS_VALUE } task;
    const hox__examples *like; /* the training part that a test part must resemble, or NULL */
} hox__arrays_options;

/*  x  [n, h, w], [n, h, w, c], [n, c, h, w] with c <= 16: images; of bytes when it is of type u1
 *     [n, k], [n]: features, or codes
 *  y  [n], [n, 1] or NULL: whole numbers 0 .. 999 are classes, others values
 * `keep`, the mapped file in which x lies, is taken when x can be used where it is (large arrays in
 * the layout that examples have); it is emptied then. */
hox_status hox__arrays_examples(const hox__npy *x, const hox__npy *y,
                                const hox__arrays_options *options, hox__bytes *keep,
                                hox__examples **out, hox_error *err);

#endif
