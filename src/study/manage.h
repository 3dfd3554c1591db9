/* Keeping house in a store that is open for writing. */
#ifndef HOX_STUDY_MANAGE_H
#define HOX_STUDY_MANAGE_H

#include "base/text.h"
#include "study/store_write.h"

/* The study and all its events go; the events of the others are numbered anew. One transaction. */
hox_status hox__store_remove(hox__store *store, int64_t study, hox_error *err);

/* HOX_ERR_ARGUMENT: the name is taken. */
hox_status hox__store_rename(hox__store *store, int64_t study, const char *name, hox_error *err);

/* The study as JSON lines: itself, then its events in order. */
hox_status hox__store_export(hox__store *store, const hox__study_row *study, hox__text *out,
                             hox_error *err);

/* Such lines as a new study, named `name` or as they say. *kept: its name, in 256 bytes. Nothing is
 * believed before it is read; the whole is one transaction. HOX_ERR_DATA names the line. */
hox_status hox__store_import(hox__store *store, const char *text, const char *name, char *kept,
                             hox_error *err);

#endif
