/* Which number belongs to a 64-bit key: a trial's row, a path's dimension. For finding only, never
 * for order. */
#ifndef HOX_SEARCH_NUMBERING_H
#define HOX_SEARCH_NUMBERING_H

#include <hox/status.h>
#include <stdint.h>

typedef struct {
    uint64_t key;
    int64_t number; /* + 1; 0: the slot is free */
} hox__numbered;

typedef struct {
    hox__numbered *slot; /* [slots], a power of two, at most half of them taken */
    int64_t slots;
} hox__numbering; /* start with {0} */

int64_t hox__numbering_find(const hox__numbering *numbering, uint64_t key); /* -1: none */

/* Room for `n` keys in all. HOX_ERR_MEMORY: nothing has changed. */
hox_status hox__numbering_reserve(hox__numbering *numbering, int64_t n);

/* A key that is not there yet; there is room. */
void hox__numbering_put(hox__numbering *numbering, uint64_t key, int64_t number);
void hox__numbering_deinit(hox__numbering *numbering);

#endif
