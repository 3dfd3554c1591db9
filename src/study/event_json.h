/* An event of the log as members of a JSON object: in exported studies and between processes.
 * exchange.c */
#ifndef HOX_STUDY_EVENT_JSON_H
#define HOX_STUDY_EVENT_JSON_H

#include "base/json.h"
#include "study/store_write.h"
#include <jansson.h>

/* All but type, trial and time; what is empty, unknown or 0 is left out. */
void hox__event_put(hox__json *json, const hox__event *event);

/* All of it; texts are borrowed from the object. Nothing is checked. */
void hox__event_get(const json_t *object, hox__event *event);

#endif
