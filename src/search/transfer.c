#include "search/transfer.h"
#include "base/alloc.h"
#include <math.h>
#include <stdlib.h>

static const double DISTANCE = 0.1; /* root of the mean squared difference of two proposals */

hox_status hox__transfer_init(hox__transfer *t, const hox_space *space)
{
    *t = (hox__transfer){0};
    return hox__history_init(&t->old, space);
}

void hox__transfer_deinit(hox__transfer *t)
{
    hox__history_deinit(&t->old);
    hox__free(t->order);
    *t = (hox__transfer){0};
}

hox_status hox__transfer_add(hox__transfer *t, const hox_asked *asked, double score)
{
    const uint64_t number = (uint64_t)t->old.rows;
    const hox_outcome outcome = {.state = isnan(score) ? HOX_TRIAL_FAILED : HOX_TRIAL_DONE,
                                 .score = score};
    const hox_status status = hox__history_asked(&t->old, number, asked, NULL);
    if (status == HOX_OK)
        hox__history_told(&t->old, number, &outcome, NULL);
    return status;
}

/* ---- which, and in which order ---- */

static int by_rank(const void *a, const void *b, void *ctx)
{
    const hox__row *row = ctx;
    const hox__row *x = &row[*(const int64_t *)a], *y = &row[*(const int64_t *)b];
    return hox__row_better(y, x) - hox__row_better(x, y);
}

/* Mean over the questions that either was asked; 1 where one of them was not, or the branch
 * differs.
 */
static double squared_distance(const hox__coder *coder, const double *x, const double *y)
{
    double sum = 0;
    int n = 0;
    for (int i = 0; i < coder->dims; i++) {
        if (isnan(x[i]) && isnan(y[i]))
            continue;
        n++;
        if (isnan(x[i]) || isnan(y[i]))
            sum += 1;
        else
            sum += coder->dim[i].nominal ? x[i] != y[i] : (x[i] - y[i]) * (x[i] - y[i]);
    }
    return n ? sum / n : 0;
}

static bool is_far(const hox__transfer *t, int64_t row, double *x, double *y)
{
    const int dims = t->old.coder.dims;
    hox__history_dense(&t->old, row, x, dims);
    for (int i = 0; i < t->n; i++) {
        hox__history_dense(&t->old, t->order[i], y, dims);
        if (squared_distance(&t->old.coder, x, y) < DISTANCE * DISTANCE)
            return false;
    }
    return true;
}

hox_status hox__transfer_ready(hox__transfer *t)
{
    const size_t rows = (size_t)t->old.rows, dims = (size_t)t->old.coder.dims;
    int64_t *all = hox__alloc(rows, sizeof *all);
    double *point = hox__alloc(2 * dims, sizeof *point);
    t->order = hox__alloc(HOX__TRANSFER_MOST, sizeof *t->order);
    const bool room = all && point && t->order;
    for (size_t i = 0; room && i < rows; i++)
        all[i] = (int64_t)i;
    if (room && rows)
        qsort_r(all, rows, sizeof *all, by_rank, t->old.row);
    for (size_t i = 0; room && i < rows && t->n < HOX__TRANSFER_MOST; i++)
        if (hox__row_is_scored(&t->old.row[all[i]]) && is_far(t, all[i], point, point + dims))
            t->order[t->n++] = all[i];
    hox__free(all);
    hox__free(point);
    return room ? HOX_OK : HOX_ERR_MEMORY;
}

/* ---- events ---- */

void hox__transfer_asked(hox__transfer *t, uint64_t trial, int proposal)
{
    hox__trust_asked(&t->trust, trial, proposal >= 0);
    if (proposal >= t->next)
        t->next = proposal + 1;
}

void hox__transfer_told(hox__transfer *t, uint64_t trial, const hox_outcome *outcome)
{
    hox__trust_told(&t->trust, trial, outcome);
}

/* ---- proposals ---- */

/* The second of every three trials, so that the first is the default sentence as ever. */
int hox__transfer_next(const hox__transfer *t)
{
    const bool turn = t->trust.n % HOX__TRANSFER_EVERY == 1 && t->next < t->n;
    return turn && hox__trust_holds(&t->trust) ? t->next : -1;
}

hox_status hox__transfer_propose(const hox__transfer *t, int proposal, hox_walk *walk, hox_rng *rng,
                                 hox_error *err)
{
    const int dims = t->old.coder.dims;
    double *at = hox__alloc((size_t)dims, sizeof *at);
    if (!at)
        return hox_fail(err, HOX_ERR_MEMORY, "no memory for a proposal of an earlier study");
    hox__history_dense(&t->old, t->order[proposal], at, dims);
    const hox_status status = hox__decode(&t->old.coder, at, dims, walk, rng, NULL, err);
    hox__free(at);
    return status;
}
