#include "search/history.h"
#include "base/alloc.h"
#include <math.h>
#include <stdlib.h>

hox_status hox__history_init(hox__history *h, const hox_space *space)
{
    *h = (hox__history){0};
    return hox__coder_init(&h->coder, space);
}

void hox__history_deinit(hox__history *h)
{
    hox__coder_deinit(&h->coder);
    hox__free(h->row);
    hox__free(h->coordinate);
    hox__numbering_deinit(&h->number);
    *h = (hox__history){0};
}

/* ---- rows by trial ---- */

static int64_t find(const hox__history *h, uint64_t trial)
{
    return hox__numbering_find(&h->number, trial);
}

static hox_status grow_rows(hox__history *h)
{
    const int64_t room = h->room ? 2 * h->room : 64;
    hox__row *row = hox__realloc(h->row, (size_t)room, sizeof *row);
    if (!row)
        return HOX_ERR_MEMORY;
    h->row = row;
    if (hox__numbering_reserve(&h->number, room) != HOX_OK)
        return HOX_ERR_MEMORY;
    h->room = room;
    return HOX_OK;
}

static hox_status reserve(hox__history *h, int n)
{
    if (h->rows == h->room && grow_rows(h) != HOX_OK)
        return HOX_ERR_MEMORY;
    if (h->coordinates + n <= h->coordinate_room)
        return HOX_OK;
    const int64_t room = 2 * h->coordinate_room + n + 256;
    hox__coordinate *grown = hox__realloc(h->coordinate, (size_t)room, sizeof *grown);
    if (!grown)
        return HOX_ERR_MEMORY;
    h->coordinate = grown;
    h->coordinate_room = room;
    return HOX_OK;
}

/* ---- events ---- */

static int by_dim(const void *a, const void *b)
{
    return ((const hox__coordinate *)a)->dim - ((const hox__coordinate *)b)->dim;
}

hox_status hox__history_asked(hox__history *h, uint64_t trial, const hox_asked *asked, int64_t *row)
{
    int n;
    if (row)
        *row = find(h, trial);
    if (find(h, trial) >= 0)
        return HOX_OK; /* asked before: nothing new */
    if (reserve(h, asked->n) != HOX_OK ||
        hox__encode(&h->coder, asked, h->coordinate + h->coordinates, &n) != HOX_OK)
        return HOX_ERR_MEMORY;
    if (n)
        qsort(h->coordinate + h->coordinates, (size_t)n, sizeof *h->coordinate, by_dim);
    h->row[h->rows] = (hox__row){.trial = trial,
                                 .state = HOX_TRIAL_RUNNING,
                                 .score = (double)NAN,
                                 .first = h->coordinates,
                                 .n = n};
    h->coordinates += n;
    hox__numbering_put(&h->number, trial, h->rows);
    h->pending++;
    if (row)
        *row = h->rows;
    h->rows++;
    return HOX_OK;
}

/* What came of a trial, which counts from now on. */
static void fill(hox__history *h, hox__row *r, const hox_outcome *outcome)
{
    r->state = outcome->state;
    r->budget = outcome->budget;
    r->seconds = outcome->seconds;
    r->violation = outcome->violation > 0 ? outcome->violation : 0;
    const bool scored = outcome->state == HOX_TRIAL_DONE || outcome->state == HOX_TRIAL_PRUNED;
    r->score = scored && isfinite(outcome->score) ? outcome->score : (double)NAN;
    if (hox__row_is_scored(r))
        h->scored++;
    else if (r->state != HOX_TRIAL_CANCELLED)
        h->failed++;
}

void hox__history_told(hox__history *h, uint64_t trial, const hox_outcome *outcome, int64_t *row)
{
    const int64_t i = find(h, trial);
    const bool known = i >= 0 && h->row[i].state == HOX_TRIAL_RUNNING;
    if (row)
        *row = known ? i : -1;
    if (!known)
        return;
    h->pending--;
    fill(h, &h->row[i], outcome);
}

bool hox__history_retold(hox__history *h, uint64_t trial, const hox_outcome *outcome, int64_t *row)
{
    const int64_t i = find(h, trial);
    hox__row *r = i >= 0 ? &h->row[i] : NULL;
    *row = -1;
    if (!r || r->state != HOX_TRIAL_PRUNED || outcome->state == HOX_TRIAL_CANCELLED ||
        (outcome->state == HOX_TRIAL_PRUNED && outcome->budget <= r->budget))
        return false;
    const bool scored = hox__row_is_scored(r);
    *row = i;
    h->scored -= scored;
    h->failed -= !scored;
    fill(h, r, outcome);
    return scored;
}

/* ---- reading ---- */

const hox__coordinate *hox__history_point(const hox__history *h, int64_t row, int *n)
{
    *n = h->row[row].n;
    return h->coordinate + h->row[row].first;
}

void hox__history_dense(const hox__history *h, int64_t row, double *at, int dims)
{
    int n;
    const hox__coordinate *point = hox__history_point(h, row, &n);
    for (int i = 0; i < dims; i++)
        at[i] = (double)NAN;
    for (int i = 0; i < n; i++)
        if (point[i].dim < dims)
            at[point[i].dim] = point[i].at;
}

bool hox__row_better(const hox__row *a, const hox__row *b)
{
    const bool a_scored = hox__row_is_scored(a), b_scored = hox__row_is_scored(b);
    if (a_scored != b_scored)
        return a_scored;
    if (a->violation != b->violation)
        return a->violation < b->violation;
    const bool a_done = a->state == HOX_TRIAL_DONE, b_done = b->state == HOX_TRIAL_DONE;
    if (a_scored && a_done != b_done)
        return a_done;
    if (a_scored && !a_done && a->budget != b->budget)
        return a->budget > b->budget;
    if (a_scored && a->score != b->score)
        return a->score > b->score;
    return a->trial < b->trial;
}
