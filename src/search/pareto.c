#include "search/pareto.h"
#include "base/alloc.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool hox__dominates(int m, const double *a, const double *b)
{
    bool better = false;
    for (int i = 0; i < m; i++) {
        if (a[i] < b[i])
            return false;
        better |= a[i] > b[i];
    }
    return better;
}

/* ---- ranks ---- */

typedef struct {
    int m;
    const double *score, *violation;
} order;

/* The first objective falling, then the second, ..., then by number. */
static int lexically(const void *a, const void *b, void *ctx)
{
    const order *o = ctx;
    const int i = *(const int *)a, j = *(const int *)b;
    const double *x = o->score + (long)i * o->m, *y = o->score + (long)j * o->m;
    for (int k = 0; k < o->m; k++)
        if (x[k] != y[k])
            return x[k] > y[k] ? -1 : 1;
    return (i > j) - (i < j);
}

/* index[n] is sorted lexically, so only earlier ones dominate. In two dimensions the last of a
 * front is its highest in the second objective: it alone decides, and fronts are searched by
 * halving (Jensen 2003). */
static void rank_flat(const order *o, const int *index, int n, int *rank, int *last)
{
    int fronts = 0;
    for (int i = 0; i < n; i++) {
        int low = 0, high = fronts;
        while (low < high) {
            const int middle = (low + high) / 2;
            if (hox__dominates(o->m, o->score + (long)last[middle] * o->m,
                               o->score + (long)index[i] * o->m))
                low = middle + 1;
            else
                high = middle;
        }
        rank[index[i]] = low;
        last[low] = index[i];
        fronts += low == fronts;
    }
}

static void rank_deep(const order *o, const int *index, int n, int *rank)
{
    for (int i = 0; i < n; i++) {
        int r = 0;
        for (int j = 0; j < i; j++)
            if (rank[index[j]] >= r && hox__dominates(o->m, o->score + (long)index[j] * o->m,
                                                      o->score + (long)index[i] * o->m))
                r = rank[index[j]] + 1;
        rank[index[i]] = r;
    }
}

static int by_violation(const void *a, const void *b, void *ctx)
{
    const order *o = ctx;
    const double x = o->violation[*(const int *)a], y = o->violation[*(const int *)b];
    return (x > y) - (x < y);
}

static void rank_violators(const order *o, int *index, int n, int first, int *rank)
{
    qsort_r(index, (size_t)n, sizeof *index, by_violation, (void *)(uintptr_t)o);
    for (int i = 0; i < n; i++) {
        first += i > 0 && o->violation[index[i]] != o->violation[index[i - 1]];
        rank[index[i]] = first;
    }
}

hox_status hox__pareto_rank(int n, int m, const double *score, const double *violation, int *rank)
{
    order o = {m, score, violation};
    int *index = hox__alloc((size_t)n, sizeof *index), *last = hox__alloc((size_t)n, sizeof *last);
    int feasible = 0, others = n, worst = -1;
    if (!index || !last) {
        hox__free(index);
        hox__free(last);
        return HOX_ERR_MEMORY;
    }
    for (int i = 0; i < n; i++)
        index[!violation || violation[i] <= 0 ? feasible++ : --others] = i;
    if (feasible)
        qsort_r(index, (size_t)feasible, sizeof *index, lexically, &o);
    if (m <= 2)
        rank_flat(&o, index, feasible, rank, last);
    else
        rank_deep(&o, index, feasible, rank);
    for (int i = 0; i < feasible; i++)
        worst = rank[index[i]] > worst ? rank[index[i]] : worst;
    if (n > feasible)
        rank_violators(&o, index + feasible, n - feasible, worst + 1, rank);
    hox__free(index);
    hox__free(last);
    return HOX_OK;
}

/* ---- crowding ---- */

typedef struct {
    int m, objective;
    const double *score;
    const int *member;
} column;

static double entry(const column *c, int i)
{
    return c->score[(long)c->member[i] * c->m + c->objective];
}

static int by_column(const void *a, const void *b, void *ctx)
{
    const column *c = ctx;
    const int i = *(const int *)a, j = *(const int *)b;
    const double x = entry(c, i), y = entry(c, j);
    return x != y ? (x > y) - (x < y) : (i > j) - (i < j);
}

hox_status hox__pareto_crowding(int m, const double *score, const int *member, int k,
                                double *distance)
{
    int *index = hox__alloc((size_t)k, sizeof *index);
    if (!index)
        return HOX_ERR_MEMORY;
    for (int i = 0; i < k; i++) {
        index[i] = i;
        distance[i] = 0;
    }
    for (int j = 0; j < m && k > 0; j++) {
        column c = {m, j, score, member};
        qsort_r(index, (size_t)k, sizeof *index, by_column, &c);
        const double range = entry(&c, index[k - 1]) - entry(&c, index[0]);
        distance[index[0]] = distance[index[k - 1]] = HUGE_VAL;
        for (int i = 1; i < k - 1 && range > 0; i++)
            distance[index[i]] += (entry(&c, index[i + 1]) - entry(&c, index[i - 1])) / range;
    }
    hox__free(index);
    return HOX_OK;
}

/* ---- hypervolume ---- */

/* Rows as heights above the reference, the last objective falling. */
static int by_last(const void *a, const void *b, void *ctx)
{
    const int m = *(const int *)ctx;
    const double x = ((const double *)a)[m - 1], y = ((const double *)b)[m - 1];
    return (x < y) - (x > y);
}

static double volume_1(int n, const double *h, int stride)
{
    double most = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, h[(long)i * stride]);
    return most;
}

/* Sorted by the second objective: each adds the strip by which it is wider than those above. */
static double volume_2(int n, const double *h)
{
    double sum = 0, width = 0;
    for (int i = 0; i < n; i++) {
        const double x = h[2 * i], y = h[2 * i + 1];
        if (x > width) {
            sum += (x - width) * y;
            width = x;
        }
    }
    return sum;
}

static hox_status volume_of(int n, int m, double *h, double *volume);

/* From the top down: the area of what lies above, times the way to the next. */
static hox_status volume_3(int n, const double *h, double *volume)
{
    hox_status status = HOX_OK;
    double *flat = hox__alloc((size_t)n, 2 * sizeof *flat);
    if (!flat)
        return HOX_ERR_MEMORY;
    *volume = 0;
    for (int i = 0; i < n && status == HOX_OK; i++) {
        int two = 2;
        double area = 0;
        for (int j = 0; j <= i; j++)
            memcpy(flat + 2 * j, h + 3 * j, 2 * sizeof *flat);
        qsort_r(flat, (size_t)i + 1, 2 * sizeof *flat, by_last, &two);
        area = volume_2(i + 1, flat);
        *volume += area * (h[3 * i + 2] - (i + 1 < n ? h[3 * i + 5] : 0));
    }
    hox__free(flat);
    return status;
}

/* What row i covers and no later row does: its box less what the others cover of it. */
static hox_status volume_deep(int n, int m, const double *h, double *volume)
{
    hox_status status = HOX_OK;
    double *limited = hox__alloc((size_t)n, (size_t)m * sizeof *limited);
    if (!limited)
        return HOX_ERR_MEMORY;
    *volume = 0;
    for (int i = 0; i < n && status == HOX_OK; i++) {
        double box = 1, shared = 0;
        int kept = 0;
        for (int k = 0; k < m; k++)
            box *= h[(long)i * m + k];
        for (int j = i + 1; j < n; j++) {
            double *row = limited + (long)kept * m;
            bool inside = false;
            for (int k = 0; k < m; k++)
                row[k] = fmin(h[(long)i * m + k], h[(long)j * m + k]);
            for (int q = 0; q < kept && !inside; q++)
                inside = memcmp(limited + (long)q * m, row, (size_t)m * sizeof *row) == 0 ||
                         hox__dominates(m, limited + (long)q * m, row);
            kept += !inside;
        }
        status = volume_of(kept, m, limited, &shared);
        *volume += box - shared;
    }
    hox__free(limited);
    return status;
}

/* h [n, m]: all heights positive; sorted in place. */
static hox_status volume_of(int n, int m, double *h, double *volume)
{
    *volume = 0;
    if (n == 0)
        return HOX_OK;
    qsort_r(h, (size_t)n, (size_t)m * sizeof *h, by_last, &m);
    if (m > 3)
        return volume_deep(n, m, h, volume);
    if (m == 3)
        return volume_3(n, h, volume);
    *volume = m == 2 ? volume_2(n, h) : volume_1(n, h, 1);
    return HOX_OK;
}

/* Keeps the rows of h that nothing dominates, each once. */
static hox_status keep_front(int *n, int m, double *h)
{
    int *rank = hox__alloc((size_t)*n, sizeof *rank), kept = 0;
    hox_status status = rank ? hox__pareto_rank(*n, m, h, NULL, rank) : HOX_ERR_MEMORY;
    for (int i = 0; status == HOX_OK && i < *n; i++)
        if (rank[i] == 0)
            memmove(h + (long)kept++ * m, h + (long)i * m, (size_t)m * sizeof *h);
    hox__free(rank);
    *n = kept;
    return status;
}

hox_status hox__hypervolume(int n, int m, const double *score, const double *reference,
                            double *volume)
{
    int kept = 0;
    *volume = 0;
    double *h = hox__alloc((size_t)n, (size_t)m * sizeof *h);
    if (!h)
        return HOX_ERR_MEMORY;
    for (int i = 0; i < n; i++) {
        bool above = true;
        for (int k = 0; k < m; k++) {
            h[(long)kept * m + k] = score[(long)i * m + k] - reference[k];
            above &= h[(long)kept * m + k] > 0;
        }
        kept += above;
    }
    hox_status status = keep_front(&kept, m, h);
    if (status == HOX_OK)
        status = volume_of(kept, m, h, volume);
    hox__free(h);
    return status;
}
