/* The trials of a study as a method sees them: points in the coordinates of encode.h, and what came
 * of them. Memory grows with the answers given and with nothing else; a trial is found in constant
 * time. */
#ifndef HOX_SEARCH_HISTORY_H
#define HOX_SEARCH_HISTORY_H

#include "search/encode.h"

typedef struct {
    uint64_t trial;
    hox_trial_state state; /* RUNNING until told; CANCELLED ones say nothing */
    double score;          /* larger is better; finite, or NaN: it has none */
    double violation, budget, seconds;
    int64_t first; /* into `coordinate` */
    int n;         /* active coordinates, sorted by dimension */
} hox__row;

typedef struct {
    hox__coder coder;
    hox__row *row; /* [rows], in the order of asking */
    int64_t rows, room;
    hox__coordinate *coordinate;
    int64_t coordinates, coordinate_room;
    hox__numbering number;           /* of rows, by trial */
    int64_t pending, scored, failed; /* DONE and PRUNED with a score; the others told */
} hox__history;

hox_status hox__history_init(hox__history *history, const hox_space *space);
void hox__history_deinit(hox__history *history);

/* The two events of the contract. *row (may be NULL) is the trial's row; told: -1 when the trial
 * was never asked or was told before. HOX_ERR_MEMORY is the only failure, and leaves no half a row.
 */
hox_status hox__history_asked(hox__history *history, uint64_t trial, const hox_asked *asked,
                              int64_t *row);
void hox__history_told(hox__history *history, uint64_t trial, const hox_outcome *outcome,
                       int64_t *row);

/* A trial that was told PRUNED because it waited has gone on: the later word replaces the first.
 * *row: -1 when there is nothing to replace. Returns whether it had a score before. */
bool hox__history_retold(hox__history *history, uint64_t trial, const hox_outcome *outcome,
                         int64_t *row);

const hox__coordinate *hox__history_point(const hox__history *history, int64_t row, int *n);

/* at[dims]: the row as a dense vector, NaN where it is inactive. */
void hox__history_dense(const hox__history *history, int64_t row, double *at, int dims);

static inline bool hox__row_is_scored(const hox__row *row)
{
    return (row->state == HOX_TRIAL_DONE || row->state == HOX_TRIAL_PRUNED) &&
           row->score == row->score;
}

/* A strict order of told trials, the best first: feasible ones before others, these by violation;
 * done before pruned, those by how far they came; then by score; then by who came first. Trials
 * without a score are last. */
bool hox__row_better(const hox__row *a, const hox__row *b);

#endif
