/* Schedules: what the learning rate is multiplied with during training. */
#ifndef HOX_NN_SCHEDULES_H
#define HOX_NN_SCHEDULES_H

#include "nn/train.h"

/* `epoch` of `epochs` are done, in fractions, at the start of the step; warm-up is counted in
 * already: 0 <= epoch < epochs. */
typedef double hox__schedule(const hox_term *term, double epoch, double epochs);

#define SCHEDULE(word, function) hox__schedule function;
#include "nn/schedules.def"
#undef SCHEDULE

hox__schedule *hox__schedule_find(const char *word, hox_error *err); /* NULL: unknown */
const char *hox__schedule_word(int i);

/* The rate of step `step` (from 0) as a factor. During `warmup` epochs it rises in equal steps to
 * the schedule's first value; the schedule has the epochs that remain. term NULL: 1. */
double hox__schedule_at(const hox_term *term, int64_t step, int64_t steps_per_epoch,
                        int64_t epochs);

#endif
