/* Events as they lie in the log: a number for the type, and a blob of what it says. */
#ifndef HOX_STUDY_STORE_EVENT_H
#define HOX_STUDY_STORE_EVENT_H

#include "base/arena.h"
#include "base/text.h"
#include "study/store_write.h"

/* Numbers are part of the file format: they stay what they are. */
typedef enum {
    HOX__STUDY_CREATE = 1,
    HOX__STUDY_RUN,
    HOX__STUDY_WARM,
    HOX__STUDY_AMEND,
    HOX__STUDY_END,
    HOX__TEST_READ,
    HOX__TRIAL_ASK,
    HOX__TRIAL_START,
    HOX__TRIAL_REPORT,
    HOX__TRIAL_LEASE,
    HOX__TRIAL_END,
    HOX__EVENT_TYPES,
} hox__event_code;

/* 0: there is no such type; NULL: there is no such number. */
hox__event_code hox__event_code_of(const char *type);
const char *hox__event_type(int64_t code);

/* Adds the blob. Only what events of its type say is kept. */
void hox__event_pack(const hox__event *event, hox__text *out);

/* All but id, time_ms and trial; texts lie in the arena or are "". HOX_ERR_DATA: these bytes are no
 * such event; HOX_ERR_MEMORY. */
hox_status hox__event_unpack(int64_t code, const void *data, size_t n, hox__arena *arena,
                             hox__event *event);

/* "done" and so on. Of an unknown word: HOX_TRIAL_CANCELLED. */
const char *hox__trial_word(int64_t state);
hox_trial_state hox__trial_state_of(const char *word);

#endif
