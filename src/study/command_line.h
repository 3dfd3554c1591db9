/* The command of a trial as a line that can be pasted into a shell. */
#ifndef HOX_STUDY_COMMAND_LINE_H
#define HOX_STUDY_COMMAND_LINE_H

#include "study/values.h"

/* Adds `python3 train.py --lr 0.003`; HOX_ERR_ARGUMENT when the space has no command. */
hox_status hox__command_line(const hox__values *values, hox__text *out, hox_error *err);

/* lr=0.003 opt=adam opt.beta=0.9, every value of the sentence. */
void hox__values_line(const hox__values *values, hox__text *out);

#endif
