#include "search/sample.h"
#include "base/number.h"
#include <math.h>
#include <stdlib.h>

typedef struct {
    const hox__history *h;
} order;

static int by_rank(const void *a, const void *b, void *ctx)
{
    const hox__row *row = ((const order *)ctx)->h->row;
    const hox__row *x = &row[*(const int64_t *)a], *y = &row[*(const int64_t *)b];
    return hox__row_better(y, x) - hox__row_better(x, y);
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Of n rows, the best first: two fifths are the best, one fifth the latest, the rest an even sample
 * of what is between. Sorted by number. */
static void thin(const hox__history *h, int64_t *row, int n, int most, bool *taken)
{
    int kept = 0, latest = most / 5;
    int64_t last = h->rows;
    for (int i = 0; i < 2 * most / 5; i++)
        taken[i] = ++kept > 0;
    for (; latest > 0; latest--) { /* the largest number below `last` that is not taken */
        int found = -1;
        for (int i = 0; i < n; i++)
            if (!taken[i] && row[i] < last && (found < 0 || row[i] > row[found]))
                found = i;
        if (found < 0)
            break;
        last = row[found];
        taken[found] = ++kept > 0;
    }
    const int left = n - kept, want = most - kept;
    for (int i = 0, seen = 0; i < n; i++)
        if (!taken[i]) {
            taken[i] = (int64_t)(seen + 1) * want / left > (int64_t)seen * want / left;
            seen++;
        }
    int m = 0;
    for (int i = 0; i < n; i++)
        if (taken[i])
            row[m++] = row[i];
    qsort(row, (size_t)m, sizeof *row, by_number);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, by_value);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

/* Values to be made small. Losses that left all bounds are cut off at median + 5 (median - best);
 * what failed or broke a constraint is as bad as the worst; what was pruned is no better than the
 * median, for it was in the worse part. */
static void values_of(const hox__history *h, hox__sample *s, double *sorted)
{
    int n = 0;
    for (int i = 0; i < s->n; i++) {
        const hox__row *r = &h->row[s->row[i]];
        if (hox__row_is_scored(r) && r->violation == 0)
            sorted[n++] = -r->score;
    }
    const double middle = n ? median(sorted, n) : 0, best = n ? sorted[0] : 0;
    const double cut = middle > best ? middle + 5 * (middle - best) : HUGE_VAL;
    const double worst = n ? fmin(sorted[n - 1], cut) : 0;
    for (int i = 0; i < s->n; i++) {
        const hox__row *r = &h->row[s->row[i]];
        const bool good = hox__row_is_scored(r) && r->violation == 0;
        double y = good ? fmin(-r->score, cut) : worst;
        if (good && r->state == HOX_TRIAL_PRUNED)
            y = fmax(y, middle);
        s->y[i] = y;
    }
}

static void standardize(hox__sample *s)
{
    double sum = 0, square = 0;
    for (int i = 0; i < s->n; i++)
        sum += s->y[i];
    s->mean = s->n ? sum / s->n : 0;
    for (int i = 0; i < s->n; i++)
        square += (s->y[i] - s->mean) * (s->y[i] - s->mean);
    s->sd = square > 0 ? sqrt(square / s->n) : 1;
    for (int i = 0; i < s->n; i++)
        s->y[i] = (s->y[i] - s->mean) / s->sd;
}

static hox__sample *new_sample(hox__arena *arena, const hox__history *h, int most, bool seconds)
{
    hox__sample *s = HOX__NEW(arena, hox__sample);
    const size_t rows = (size_t)h->rows + 1;
    int64_t *row = HOX__NEW_N(arena, int64_t, rows);
    bool *taken = HOX__NEW_N(arena, bool, rows);
    if (!s || !row || !taken)
        return NULL;
    s->row = row;
    for (int64_t i = 0; i < h->rows; i++)
        if (hox__trial_is_over(h->row[i].state) && (!seconds || h->row[i].seconds > 0))
            row[s->n++] = i;
    if (s->n > most) {
        order by = {h};
        qsort_r(row, (size_t)s->n, sizeof *row, by_rank, &by);
        thin(h, row, s->n, most, taken);
        s->n = most;
    }
    s->y = HOX__NEW_N(arena, double, (size_t)s->n + 1);
    return s->y ? s : NULL;
}

hox__sample *hox__sample_scores(hox__arena *arena, const hox__history *h, int most)
{
    hox__sample *s = new_sample(arena, h, most, false);
    double *sorted = s ? HOX__NEW_N(arena, double, (size_t)s->n + 1) : NULL;
    if (!sorted)
        return NULL;
    values_of(h, s, sorted);
    standardize(s);
    return s;
}

hox__sample *hox__sample_seconds(hox__arena *arena, const hox__history *h, int most)
{
    hox__sample *s = new_sample(arena, h, most, true);
    for (int i = 0; s && i < s->n; i++)
        s->y[i] = hox__log(h->row[s->row[i]].seconds);
    if (s)
        standardize(s);
    return s;
}
