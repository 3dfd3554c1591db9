/* How many walks come to a legal end, for `hox check` and `hox sample --stats`. */
#ifndef HOX_SPACE_ACCEPT_H
#define HOX_SPACE_ACCEPT_H

#include <hox/space.h>

/* The share of `walks` walks, drawn from the prior, that end in a legal sentence; NaN when memory
 * is short. */
double hox__acceptance(const hox_space *space, int walks, uint64_t seed);

/* Draws up to 500 walks; adds the warning W0305 when fewer than 3 in 100 are legal. Returns their
 * share.
 */
double hox__check_acceptance(const hox_space *space, hox_diagnostics *list);

#endif
