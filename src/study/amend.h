/* Changing the space of a study that has trials: a range, a constant, a budget, a choice that comes
 * to or goes. docs/decisions/0014 says what becomes of its trials. */
#ifndef HOX_STUDY_AMEND_H
#define HOX_STUDY_AMEND_H

#include "study/study.h"

/* `study` has the new space; `row` is how its store has it, with the old one. Writes the event
 * study.amend (detail: the new text, reason: what is different), ends what cannot go on, and makes
 * row->settings those of now. HOX_ERR_ARGUMENT, nothing written: it cannot be, and why. */
hox_status hox__study_amend(hox_study *study, hox__study_row *row, const char *spec_name,
                            hox__amendment *out, hox_error *err);

/* `old` with its rule `name` replaced by the line `name = …` of `rules`, of each rule there; one
 * that `old` has not is an error. */
hox_status hox__spec_amend(const char *old, const char *rules, hox__text *out, hox_error *err);

/* "lr: log 1e-4 .. 1e-1 -> log 1e-5 .. 1e-1; epochs: 3 -> 5": rules that differ. */
void hox__spec_differences(const char *old, const char *text, hox__text *out);

#endif
