/* The state of a derivation as a number: two derivations with the same number can be completed in
 * the same ways. For counting (count.c). */
#ifndef HOX_SPACE_STATE_H
#define HOX_SPACE_STATE_H

#include "space/derive.h"
#include "space/intern.h"

typedef struct {
    const hox_space *space;
    hox__intern ids;
    bool cost[HOX__METRICS];  /* the rest depends on what was spent so far ... */
    bool total[HOX__METRICS]; /* ... and so does a requirement on the finished sentence */
    bool *named;              /* [phrases] a requirement depends on the answer */
    bool counting;            /* while marking: ranges of reals do not count */
    uint32_t *key;            /* [cap] under construction */
    size_t n, cap;
    bool failed; /* memory was short */
} hox__states;

bool hox__states_init(hox__states *states, const hox_space *space);
void hox__states_deinit(hox__states *states);

/* `history`: a hash of the answers to `named` questions. 0 when memory is short. */
uint32_t hox__states_id(hox__states *states, const hox_walk *walk, uint64_t history);

#endif
