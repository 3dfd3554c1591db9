/* What a run of trials looks like while it goes on: a live view on a terminal, a line per trial in
 * a pipe, JSON Lines for programs, or nothing. */
#ifndef HOX_CLI_PROGRESS_H
#define HOX_CLI_PROGRESS_H

#include "cli/cli.h"
#include <hox/study.h>

typedef enum {
    HOX__PROGRESS_LIVE,
    HOX__PROGRESS_LINE,
    HOX__PROGRESS_JSON,
    HOX__PROGRESS_NONE,
} hox__progress_mode;

/* --progress, else what stderr is. */
hox__progress_mode hox__progress_wanted(const hox__cli *cli);

typedef struct hox__progress_view hox__progress_view;

/* The budget says what "of how much" and how long are; `before` trials were finished earlier. NULL:
 * no memory. */
hox__progress_view *hox__progress_begin(hox__cli *cli, const hox_run_options *budget,
                                        const hox_study_facts *facts);
void hox__progress_observe(hox__progress_view *view, hox_observer *observer);

/* The last frame stays on the screen. */
void hox__progress_end(hox__progress_view *view);

/* "14 of 20 trials failed: nan (9), timeout (5)", once ended; nothing when none failed. */
void hox__progress_failures(const hox__progress_view *view, hox__stream *out);
double hox__progress_seconds(const hox__progress_view *view);
void hox__progress_free(hox__progress_view *view);

#endif
