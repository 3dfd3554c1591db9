/* Terms as text in which what does not matter is gone: the stuff of which keys are hashed. */
#ifndef HOX_SPACE_CANONICAL_H
#define HOX_SPACE_CANONICAL_H

#include "base/text.h"
#include <hox/space.h>

/* Names, numbers and structure as they are, without paths and grouping. */
void hox__canonical_term(hox__text *out, const hox_term *term);

/* A network. Isomorphic graphs give the same text: what adds, multiplies, joins and wires is one
 * graph per place, sums are flat and unordered, `id` and `nothing` are gone, dead parts too. A
 * graph that turns out to be a row of layers is written as that row. */
void hox__canonical_network(hox__text *out, const hox_term *term);

#endif
