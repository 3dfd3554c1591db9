/* Examples under construction: who owns their arrays. For readers. */
#ifndef HOX_DATA_SET_H
#define HOX_DATA_SET_H

#include "base/io.h"
#include "data/dataset.h"
#include "data/schema.h"

/* Empty; hox__examples_free(). NULL when memory is short. */
hox__examples *hox__examples_new(hox__kind kind, hox__target target);

/* A zeroed array [n] of elements of `size` bytes that ends with the examples: on the heap, or in a
 * scratch file from HOX__SCRATCH_FROM bytes on, so that a set may be larger than memory. NULL when
 * there is no room. A set holds at most 6 arrays. */
enum { HOX__SCRATCH_FROM = 256 << 20 };
void *hox__examples_array(hox__examples *examples, int64_t n, size_t size);

/* The examples keep the mapping, in which their pixels lie. */
void hox__examples_keep(hox__examples *examples, const hox__mapping *file);

/* The examples hold on to the schema (and to its class names). */
void hox__examples_describe(hox__examples *examples, hox__schema *schema);

#endif
