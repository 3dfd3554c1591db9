/* Recursion: every rule needs a way out, and the expected size must be finite unless a requirement
 * bounds it. The least size of each phrase is a least fixpoint; the expected number of uses is the
 * spectral radius of the matrix of expected uses, by power iteration.
 */
#include "base/alloc.h"
#include "space/model.h"
#include <math.h>
#include <string.h>

static hox__phrase *own(const hox__phrase *p)
{
    return (hox__phrase *)(uintptr_t)p;
}

/* ---- least sizes ---- */

static double least_count(const hox__phrase *p)
{
    if (p->kind == HOX__NUMBER)
        return p->number;
    if (p->kind == HOX__RANGE)
        return p->low;
    double least = p->kind == HOX__CHOICE ? HUGE_VAL : 1;
    for (int i = 0; p->kind == HOX__CHOICE && i < p->n; i++)
        least = fmin(least, least_count(p->kid[i]));
    return least;
}

static double least(const hox__phrase *p)
{
    double sum = p->kind == HOX__LAYER;
    if (p->kind == HOX__RULE) {
        sum = p->rule->least;
    } else if (p->kind == HOX__CHOICE) {
        sum = HUGE_VAL;
        for (int i = 0; i < p->n; i++)
            sum = fmin(sum, least(p->kid[i]));
    } else if (p->kind == HOX__REPEAT) {
        double n = least_count(p->kid[1]), body = least(p->kid[0]);
        sum = n > 0 ? n * body : 0;
    } else {
        for (int i = 0; i < p->n; i++)
            sum += least(p->kid[i]);
    }
    own(p)->least = sum;
    return sum;
}

static bool pass(hox_space *space)
{
    bool changed = false;
    for (int i = 0; i < space->n_rules; i++) {
        hox__rule *rule = space->rule[i];
        double now = rule->body ? least(rule->body) : 0;
        changed |= now < rule->least;
        rule->least = fmin(rule->least, now);
    }
    return changed;
}

/* ---- cycles and expected uses ---- */

/* The matrix of expected uses by rows; most of it is zero. */
typedef struct {
    int to;
    double times;
} use;
typedef struct {
    int n, count, cap;
    int *first; /* [n + 1] where the uses of each rule begin */
    use *use;   /* [count] */
    bool failed;
} matrix;

static void add_use(matrix *m, int to, double times)
{
    for (int i = m->count; i > m->first[m->n]; i--)
        if (m->use[i - 1].to == to) {
            m->use[i - 1].times += times;
            return;
        }
    if (m->count == m->cap) {
        const int cap = 2 * m->cap + 64;
        use *more = hox__realloc(m->use, (size_t)cap, sizeof *more);
        if (!more) {
            m->failed = true;
            return;
        }
        m->use = more;
        m->cap = cap;
    }
    m->use[m->count++] = (use){to, times};
}

static double mean_count(const hox__phrase *p)
{
    if (p->kind == HOX__NUMBER)
        return p->number;
    if (p->kind == HOX__RANGE)
        return (p->low + p->high) / 2;
    double sum = 0, weight = 0;
    for (int i = 0; p->kind == HOX__CHOICE && i < p->n; i++) {
        sum += p->weight[i] * mean_count(p->kid[i]);
        weight += p->weight[i];
    }
    return weight > 0 ? sum / weight : 1;
}

/* Adds to the last row. */
static void count(matrix *m, const hox__phrase *p, double times)
{
    if (!p || times == 0)
        return;
    double weight = 0;
    if (p->kind == HOX__RULE)
        add_use(m, p->rule->id, times);
    for (int i = 0; p->kind == HOX__CHOICE && i < p->n; i++)
        weight += p->weight[i];
    for (int i = 0; i < p->n; i++) {
        double share = p->kind == HOX__CHOICE ? p->weight[i] / weight : 1;
        if (p->kind == HOX__REPEAT && i == 0)
            share = mean_count(p->kid[1]);
        count(m, p->kid[i], times * share);
    }
}

static void fill(matrix *m, const hox_space *space)
{
    while (m->n < space->n_rules) {
        m->first[m->n] = m->count;
        count(m, space->rule[m->n]->body, 1);
        m->n++;
    }
    m->first[m->n] = m->count;
}

/* Rules that can reach themselves, by walking the matrix. */
static bool reaches(const matrix *m, int from, int to, bool *seen)
{
    for (int i = m->first[from]; i < m->first[from + 1]; i++) {
        const int j = m->use[i].to;
        if (j == to)
            return true;
        if (seen[j])
            continue;
        seen[j] = true;
        if (reaches(m, j, to, seen))
            return true;
    }
    return false;
}

/* Of the part of the matrix between recursive rules: what is not recursive cannot grow. */
static double radius(const matrix *m, const hox_space *space, double *v, double *next)
{
    enum { ROUNDS = 200 };
    double grown = 0;
    for (int i = 0; i < m->n; i++)
        v[i] = 1;
    for (int k = 0; k < ROUNDS; k++) {
        grown = 0;
        for (int i = 0; i < m->n; i++) {
            next[i] = 1e-12;
            for (int u = m->first[i]; space->rule[i]->recursive && u < m->first[i + 1]; u++)
                if (space->rule[m->use[u].to]->recursive)
                    next[i] += m->use[u].times * v[m->use[u].to];
            grown = fmax(grown, next[i]);
        }
        for (int i = 0; i < m->n; i++)
            v[i] = next[i] / grown;
    }
    return grown;
}

static void explain(hox_space *space, double rho)
{
    for (int i = 0; i < space->n_rules; i++) {
        hox__rule *rule = space->rule[i];
        if (!rule->recursive || !rule->used)
            continue;
        hox_diagnostic *d = hox__diagnose(space->list, rule->source, rule->item->name_place,
                                          "E0314", "`%s` grows without end on average", rule->name);
        hox__diagnose_label(space->list, d, "each use opens %.3g more", rho);
        hox__diagnose_help(
            space->list, d,
            "give the way out more weight with `@`, or add `require depth(net) <= 20`");
        return;
    }
}

static void expected(hox_space *space, const matrix *m)
{
    double *v = hox__alloc(2 * (size_t)m->n + 1, sizeof *v);
    bool *seen = hox__alloc((size_t)m->n + 1, sizeof *seen), any = false;
    if (!v || !seen) {
        space->failed_memory = true;
    } else {
        for (int i = 0; i < m->n; i++) {
            if (m->first[i] == m->first[i + 1])
                continue;
            memset(seen, 0, (size_t)m->n * sizeof *seen);
            space->rule[i]->recursive = reaches(m, i, i, seen);
            any |= space->rule[i]->recursive;
        }
        double rho = any ? radius(m, space, v, v + m->n) : 0;
        if (any && rho >= 1 - 1e-9 && !space->is_bounded)
            explain(space, rho);
    }
    hox__free(v);
    hox__free(seen);
}

void hox__check_recursion(hox_space *space)
{
    enum { RULES_MAX = 2000 }; /* beyond, only the derivation's limits hold */
    for (int i = 0; i < space->n_rules; i++)
        space->rule[i]->least = HUGE_VAL;
    while (pass(space))
        ;
    for (int i = 0; i < space->n_rules; i++) {
        hox__rule *rule = space->rule[i];
        if (rule->body && isinf(rule->least))
            hox__diagnose(space->list, rule->source, rule->item->name_place, "E0313",
                          "`%s` uses itself and has no way out", rule->name);
    }
    if (space->n_rules == 0 || space->n_rules > RULES_MAX)
        return;
    matrix m = {.first = hox__alloc((size_t)space->n_rules + 1, sizeof *m.first)};
    if (m.first)
        fill(&m, space);
    if (!m.first || m.failed)
        space->failed_memory = true;
    else
        expected(space, &m);
    hox__free(m.first);
    hox__free(m.use);
}
