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

typedef struct {
    int n;
    double *uses; /* [n * n] row: rule, column: rule it uses */
    int row;
} matrix;

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

static void count(matrix *m, const hox__phrase *p, double times)
{
    if (!p || times == 0)
        return;
    double weight = 0;
    if (p->kind == HOX__RULE)
        m->uses[m->row * m->n + p->rule->id] += times;
    for (int i = 0; p->kind == HOX__CHOICE && i < p->n; i++)
        weight += p->weight[i];
    for (int i = 0; i < p->n; i++) {
        double share = p->kind == HOX__CHOICE ? p->weight[i] / weight : 1;
        if (p->kind == HOX__REPEAT && i == 0)
            share = mean_count(p->kid[1]);
        count(m, p->kid[i], times * share);
    }
}

/* Rules that can reach themselves, by walking the matrix. */
static bool reaches(const matrix *m, int from, int to, bool *seen)
{
    for (int j = 0; j < m->n; j++) {
        if (m->uses[from * m->n + j] == 0 || seen[j])
            continue;
        if (j == to)
            return true;
        seen[j] = true;
        if (reaches(m, j, to, seen))
            return true;
    }
    return false;
}

static double radius(const matrix *m, double *v, double *next)
{
    enum { ROUNDS = 200 };
    double grown = 0;
    for (int i = 0; i < m->n; i++)
        v[i] = 1;
    for (int k = 0; k < ROUNDS; k++) {
        grown = 0;
        for (int i = 0; i < m->n; i++) {
            next[i] = 1e-12;
            for (int j = 0; j < m->n; j++)
                next[i] += m->uses[i * m->n + j] * v[j];
            grown = fmax(grown, next[i]);
        }
        for (int i = 0; i < m->n; i++)
            v[i] = next[i] / grown;
    }
    return grown;
}

static bool bounded(const hox_space *space)
{
    for (int m = 0; m < HOX__METRICS; m++)
        if (isfinite(space->bound[m]))
            return true;
    return false;
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

static void expected(hox_space *space, matrix *m)
{
    double *v = hox__alloc(2 * (size_t)m->n + 1, sizeof *v);
    bool *seen = hox__alloc((size_t)m->n + 1, sizeof *seen), any = false;
    if (!v || !seen) {
        space->failed_memory = true;
    } else {
        for (int i = 0; i < m->n; i++) {
            memset(seen, 0, (size_t)m->n * sizeof *seen);
            space->rule[i]->recursive = reaches(m, i, i, seen);
            any |= space->rule[i]->recursive;
        }
        for (int i = 0; any && i < m->n * m->n; i++) /* what is not recursive cannot grow */
            if (!space->rule[i / m->n]->recursive || !space->rule[i % m->n]->recursive)
                m->uses[i] = 0;
        double rho = any ? radius(m, v, v + m->n) : 0;
        if (any && rho >= 1 - 1e-9 && !bounded(space))
            explain(space, rho);
    }
    hox__free(v);
    hox__free(seen);
}

void hox__check_recursion(hox_space *space)
{
    enum { RULES_MAX = 2000 }; /* beyond, the matrix is too large; the derivation's limits hold */
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
    matrix m = {space->n_rules, NULL, 0};
    if (m.n == 0 || m.n > RULES_MAX)
        return;
    m.uses = hox__alloc((size_t)m.n * (size_t)m.n, sizeof *m.uses);
    if (!m.uses) {
        space->failed_memory = true;
        return;
    }
    for (m.row = 0; m.row < m.n; m.row++)
        count(&m, space->rule[m.row]->body, 1);
    expected(space, &m);
    hox__free(m.uses);
}
