/* Answers from a place in the prior: what quasi-random designs and vector encodings need. */
#ifndef HOX_SPACE_DRAW_H
#define HOX_SPACE_DRAW_H

#include <hox/space.h>

/* The answer at quantile `u`, 0 <= u < 1, of the prior of `choice` renormalised over its mask:
 * branches take turns by weight in their order, numbers grow with u. hox_choice_draw() is this at a
 * random u. */
hox_answer hox__choice_at(const hox_choice *choice, double u);

#endif
