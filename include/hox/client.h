/* Driving a study from a program of one's own: ask for a trial, report how it goes, tell how it
 * ended. Everything is in the store when a call returns. For loops over many trials.
 *
 *     hox_client *c;
 *     hox_client_open("hox.db", "lab", &c, &err);
 *     while (hox_client_ask(c, 60, &ticket, &err) == HOX_OK)
 *         hox_client_tell(c, ticket.trial, measure(hox_client_number(c, "x", 0)), &err);
 *     hox_client_close(c);
 *
 * A program that `hox search` has started needs none of that: it calls hox_report() alone.
 */
#ifndef HOX_CLIENT_H
#define HOX_CLIENT_H

#include <hox/export.h>
#include <hox/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum { HOX_GO = 0, HOX_STOP = 1 } hox_advice;

/* In a trial of `hox search -- PROGRAM`: says the value of a metric at a step, and what hox wants.
 * `fd`: the number in the environment variable HOX_FD; a program that was not started by hox, with
 * fd < 0, may always go on. */
HOX_API hox_advice hox_report(int fd, int64_t step, const char *metric, double value);

typedef struct hox_client hox_client;

/* Through the process that runs the study, if there is one, and within its bounds; else takes the
 * store. HOX_ERR_BUSY names who has it. */
HOX_API hox_status hox_client_open(const char *store, const char *study, hox_client **client,
                                   hox_error *err);
HOX_API void hox_client_close(hox_client *client); /* NULL is fine */

typedef struct {
    uint64_t trial, seed;
    double budget; /* 0: none */
} hox_ticket;

/* The next trial, ours for `lease_s` seconds from now or its last report. HOX_DONE: nothing is
 * left, or the run that it belonged to has ended. HOX_WAIT: first tell of others. */
HOX_API hox_status hox_client_ask(hox_client *client, double lease_s, hox_ticket *ticket,
                                  hox_error *err);

/* A value of the trial asked last: "lr", "opt", "opt.beta". Absent: `fallback`, NULL. Texts live
 * until the next ask. */
HOX_API double hox_client_number(const hox_client *client, const char *name, double fallback);
HOX_API const char *hox_client_text(hox_client *client, const char *name);

HOX_API hox_status hox_client_report(hox_client *client, uint64_t trial, int64_t step, double value,
                                     hox_advice *order, hox_error *err);

/* The same again is fine; another value is HOX_ERR_ARGUMENT (E0804). A value that is not finite is
 * a failure of the trial. */
HOX_API hox_status hox_client_tell(hox_client *client, uint64_t trial, double value,
                                   hox_error *err);

#endif
