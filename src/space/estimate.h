/* Estimating how many sentences there are, and the answers of a question by number. */
#ifndef HOX_SPACE_ESTIMATE_H
#define HOX_SPACE_ESTIMATE_H

#include "space/count.h"

/* How many answers the question admits (reals: 1), and the k-th of them. */
int64_t hox__question_size(const hox_choice *choice);
double hox__question_answer(const hox_choice *choice, int64_t k);

/* Can a recursion go on for ever? Only what a requirement bounds ends. */
bool hox__size_is_infinite(const hox_space *space);

/* Fills the estimate's fields of *out. */
hox_status hox__estimate(const hox_space *space, const hox__count_options *options, hox__tally *out,
                         hox_error *err);

#endif
