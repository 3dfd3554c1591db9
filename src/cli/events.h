#ifndef HOX_CLI_EVENTS_H
#define HOX_CLI_EVENTS_H

#include "base/text.h"
#include <hox/study.h>

/* Adds one line. The facts, of when the run began, and the number of jobs go into study.start. */
void hox__event_json(hox__text *out, const hox_event *event, const hox_study_facts *facts,
                     int jobs);

#endif
