/* What the owner of a store and other processes say to each other over the socket beside it: one
 * JSON object a line, every line of a client answered by one line, in order.
 *
 *     client                                      owner
 *     hello  version, pid, study or none          hello  version, pid, study
 *     ask    lease_s                              trial  what to try; or wait, done
 *     report trial, lease, lease_s, step, value   go     go
 *     tell   trial, lease, value or why it failed ok     the same again is fine
 *     queue  walk                                 trial  its number
 *     join   lease_s, jobs                        ok     from then on a worker: see below
 *                                                 no     status, code, text
 *                                                 bye    the study ends; answers nothing
 *
 * A worker has a warm process (warm.h), and the owner drives it as its own: what warm_wire.h says
 * goes over the socket, line by line, and beside it
 *
 *     worker  keep      it lives; owed several times in a lease
 *             leave     give it no more trials
 *             quit      the trials that it has are to be run again
 *     owner   bye       the study ends
 *
 * The connection is the lease: a worker of which nothing was heard for so long is shown out, its
 * trials are somebody else's, and what it says later reaches nobody.
 */
#ifndef HOX_STUDY_TALK_H
#define HOX_STUDY_TALK_H

#include "base/text.h"
#include "study/store_write.h"

enum { HOX__TALK_VERSION = 1, HOX__TALK_LINE_MAX = 1 << 20 };

typedef enum {
    HOX__TALK_NONE, /* not understood */
    HOX__TALK_HELLO,
    HOX__TALK_ASK,
    HOX__TALK_REPORT,
    HOX__TALK_TELL,
    HOX__TALK_QUEUE,
    HOX__TALK_JOIN,
    HOX__TALK_TRIAL,
    HOX__TALK_WAIT,
    HOX__TALK_DONE,
    HOX__TALK_GO,
    HOX__TALK_OK,
    HOX__TALK_NO,
    HOX__TALK_BYE,
} hox__talk_kind;

typedef struct {
    hox__talk_kind kind;
    hox__event event; /* the trial and what is known of it */
    int64_t version, pid, jobs;
    const char *study;  /* hello; "": the one that is there */
    const char *folder; /* hello: where the owner works */
    const char *lease;  /* the word of who has the trial; "": none */
    double lease_s;
    bool lasting; /* ask: on the disk before it is answered */
    bool go;
    /* no */
    hox_status status;
    const char *code, *text;
    void *root; /* what the texts are borrowed from */
} hox__talk;

/* Adds the line, newline included. */
void hox__talk_print(hox__text *out, const hox__talk *talk);

/* Never fails: what cannot be read is HOX__TALK_NONE. hox__talk_free() it. */
void hox__talk_read(const char *s, size_t n, hox__talk *talk);
void hox__talk_free(hox__talk *talk);

#endif
