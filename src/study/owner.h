/* What the owner of a store answers to others while it runs a study: they ask and tell, and their
 * trials count against the same budget as its own. */
#ifndef HOX_STUDY_OWNER_H
#define HOX_STUDY_OWNER_H

#include "study/running.h"
#include "study/talk.h"

typedef struct hox__owner hox__owner;

/* Listens beside the store. HOX_ERR_IO: it cannot, and the run goes on alone. */
hox_status hox__owner_open(hox__run *run, hox__owner **out, hox_error *err);
void hox__owner_close(hox__owner *owner); /* NULL is fine */

/* Readable when somebody says something; -1 for NULL. */
int hox__owner_fd(const hox__owner *owner);

/* The study ends: whoever asks from now on has nothing to do. NULL is fine. */
void hox__owner_bye(hox__owner *owner);

/* To one of them. */
void hox__owner_say(hox__owner *owner, int64_t to, const char *s, size_t n);
void hox__owner_show_out(hox__owner *owner, int64_t who);

/* Answers all that was said. What goes wrong with the store ends the run: run->status. */
void hox__owner_serve(hox__owner *owner);

/* ---- crew.c: those who joined as workers ---- */

/* HOX_OK: from now on what it says goes to hox__crew_line(). */
hox_status hox__crew_join(hox__run *run, int64_t client, int64_t pid, const hox__talk *talk,
                          hox_error *err);
hox__hand *hox__crew_find(const hox__run *run, int64_t client); /* NULL: no worker */
void hox__crew_line(hox__hand *hand, const char *s, size_t n);
void hox__crew_gone(hox__hand *hand);

#endif
