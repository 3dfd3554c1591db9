/* Beginning a study with what an earlier one found (`--warm`): its best trials are written into the
 * new study's log, as walks of the new space, and proposed as search/transfer.h says. The old study
 * is not needed any more then. */
#ifndef HOX_STUDY_INHERIT_H
#define HOX_STUDY_INHERIT_H

#include "base/text.h"
#include "search/transfer.h"
#include "study/store.h"
#include <hox/study.h>

/* What a study has inherited: proposals, and their keys. */
typedef struct {
    hox__transfer transfer;
    char key[HOX__TRANSFER_MOST][65];
} hox__inheritance;

/* The trials of study `name` that are sentences of `space` by path and value - what the old study
 * was not asked, at most half, is as by default -, the best apart from one another, one walk a
 * line. `options` read the old space. *trials, *fit: how many it has, and how many of them are.
 * HOX_ERR_EMPTY: none is. */
hox_status hox__inherit_walks(hox__store *store, const char *name, const hox_space *space,
                              const hox_space_options *options, hox__text *out, int64_t *trials,
                              int64_t *fit, hox_error *err);

/* Writes the walks into the log of a study without trials, and takes them. */
hox_status hox__study_inherit(hox_study *study, const char *walks, hox_error *err);

/* The event of the log. */
hox_status hox__study_take_inheritance(hox_study *study, const char *walks, hox_error *err);

/* The proposal that the next trial is, not tried yet; -1: none. Derives it on study->walk. */
int hox__inheritance_next(const hox_study *study);
hox_status hox__inheritance_derive(hox_study *study, int proposal, hox_error *err);

/* A trial with this key is asked: the proposal, or another one. */
void hox__inheritance_asked(hox_study *study, uint64_t trial, const char *key);

void hox__inheritance_free(hox__inheritance *inheritance);

#endif
