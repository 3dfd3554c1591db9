/* Looking at a store without touching it: a subject [STORE:]STUDY[@TRIAL], the rows it names, the
 * space and the sentences behind them. */
#ifndef HOX_CLI_VIEW_H
#define HOX_CLI_VIEW_H

#include "base/arena.h"
#include "cli/cli.h"
#include "study/command_line.h"
#include "study/past.h"
#include "study/store.h"
#include <hox/space.h>

typedef enum {
    HOX__TRIAL_NONE,
    HOX__TRIAL_NUMBER,
    HOX__TRIAL_BEST,
    HOX__TRIAL_LAST,
    HOX__TRIAL_PARETO
} hox__which;

typedef struct {
    char store[1024]; /* "" : the default store */
    char study[256];  /* "" : the default study */
    hox__which which;
    uint64_t trial;
} hox__subject;

/* "", "fashion", "@42", "fashion@best", "runs.db:fashion@last". `text` may be NULL. */
hox_status hox__subject_read(const char *text, hox__subject *subject, hox_error *err);

typedef struct {
    hox__arena *arena;
    hox__store *store;
    const char *path;     /* of the store */
    hox__study_row study; /* strings live in the arena */
    bool maximize;
    hox_space *space;
    hox__past *past; /* spaces it had before; NULL: none, or the space was not made */
    struct hox__proposals *proposals; /* once they were looked at */
} hox__view;

/* Opens the store and finds the study; when it was guessed, stderr says which. */
hox_status hox__view_open(hox__cli *cli, const hox__subject *subject, hox__view *view);
void hox__view_close(hox__view *view);

/* `train.py` names the study of that program, though the program itself lies there, too. What ends
 * in .hox is a file. */
bool hox__is_study(const hox__cli *cli, const char *word);

/* The trial that `subject` names; strings live in the view. Best: HOX_DONE when there is none. */
hox_status hox__view_trial(hox__view *view, const hox__subject *subject, hox__trial_row *row,
                           hox_error *err);

/* The space of the study (made once) and the sentence of a trial (the caller's). */
hox_status hox__view_space(hox__cli *cli, hox__view *view);
hox_status hox__view_sentence(hox__cli *cli, hox__view *view, const hox__trial_row *row,
                              hox_sentence **sentence);

typedef struct {
    int64_t done, failed, running, pruned, cancelled, queued, paused, trials;
} hox__counts;
hox_status hox__view_count(hox__view *view, hox__counts *counts, hox_error *err);

/* Who proposed the trial ("": the log does not say), and how many seconds that took. */
hox_status hox__view_proposal(hox__view *view, uint64_t trial, const char **by, double *seconds,
                              hox_error *err);

const char *hox__state_name(hox_trial_state state);

/* The values of a trial as programs know them. */
hox__values hox__view_values(const hox__view *view, const hox__trial_row *row,
                             const hox_sentence *sentence);

#endif
