/* A study that another process owns: what is asked of it goes over the socket beside its store. */
#ifndef HOX_STUDY_REMOTE_H
#define HOX_STUDY_REMOTE_H

#include "study/ask.h"
#include "study/talk.h"

typedef struct hox__remote hox__remote;

/* Where the owner of a store listens; hox__free() it, NULL: no memory. */
char *hox__socket_of(const char *store);

/* Calls the owner of a store. `study` NULL: the one it runs. HOX_DONE: nobody listens there.
 * HOX_ERR_BUSY: it runs another study. */
hox_status hox__remote_open(const char *store, const char *study, hox__remote **out,
                            hox_error *err);
void hox__remote_close(hox__remote *remote); /* NULL is fine */

/* The study that the owner runs. */
const char *hox__remote_study(const hox__remote *remote);

/* Says it and waits for the answer, which the caller frees. What the owner refuses is the error
 * that it says; HOX_ERR_IO: it is gone, or silent for a minute. */
hox_status hox__remote_say(hox__remote *remote, const hox__talk *talk, hox__talk *answer,
                           hox_error *err);

/* Where the owner works: programs and data have their names from there. */
const char *hox__remote_folder(const hox__remote *remote);

/* What comes without being asked for, for a worker: each line goes to `line`. */
void hox__remote_listen(hox__remote *remote, void (*line)(void *ctx, const char *s, size_t n),
                        void *ctx);
int hox__remote_fd(const hox__remote *remote);
bool hox__remote_over(const hox__remote *remote); /* it said that the study ends */
bool hox__remote_hear(hox__remote *remote);       /* false: the owner is gone */
bool hox__remote_pass(hox__remote *remote, const char *s, size_t n); /* a line; false: the same */

/* ask.h, when study->owner is not NULL. */
hox_status hox__remote_ask(hox_study *study, double lease_s, bool lasting, hox__asked *out,
                           hox_error *err);
hox_status hox__remote_tell(hox_study *study, const hox__told *told, hox_error *err);
hox_status hox__remote_report(hox_study *study, const hox__told *told, int64_t step, double lease_s,
                              bool *go, hox_error *err);
hox_status hox__remote_queue(hox_study *study, const char *walk, uint64_t *trial, hox_error *err);

#endif
