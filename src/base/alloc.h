/* The seam to the heap: the only file that calls malloc. */
#ifndef HOX_BASE_ALLOC_H
#define HOX_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All return NULL when memory is short or `n * size` overflows; zero bytes give a pointer that may
 * be freed. hox__alloc() returns zeroed memory. */
void *hox__alloc(size_t n, size_t size);
void *hox__realloc(void *old, size_t n, size_t size); /* new bytes are not zeroed */
void hox__free(void *p);                              /* NULL is fine */

/* Zeroed memory for what is large and lives long, in pages of 2 MB where the system has them: a
 * first touch costs microseconds a page. NULL when memory is short. */
void *hox__alloc_pages(size_t bytes);
void hox__free_pages(void *p, size_t bytes); /* as asked for; NULL is fine */

/* Memory that is about to be written whole gets its pages in one piece; a wish. */
void hox__alloc_soon(void *p, size_t bytes);

/* For tests: allocation number `k` from now (0 = the next) fails; with `all_later` those after it
 * too. A negative `k` ends it. Per thread. */
void hox__alloc_fail_at(int64_t k, bool all_later);

/* Allocations refused since the last hox__alloc_fail_at(): a loop over k ends when it stays 0. */
int64_t hox__alloc_failures(void);

/* For the program alone, not for a library: takes the first MiB of the heap in one piece, and keeps
 * what is freed. Page by page it is 12 us each on a virtual machine, half of a short command. */
void hox__heap_begin(void);

#endif
