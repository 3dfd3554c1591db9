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

/* ---- no way out ---- */

/* The cycle that rule i is on: told from its first rule in the file. */
static void tell_cycle(hox_space *space, const int *next, int i, bool *told)
{
    enum { NAMES_MAX = 10 };
    hox__text way = {0};
    int first = i;
    for (int k = next[i]; k != i; k = next[k])
        first = k < first ? k : first;
    if (told[first])
        return;
    told[first] = true;
    int names = 0;
    for (int k = first; (k != first || !names) && names < NAMES_MAX; k = next[k], names++)
        hox__text_printf(&way, "%s -> ", space->rule[k]->name);
    const hox__rule *rule = space->rule[first];
    hox__text_puts(&way, names < NAMES_MAX ? rule->name : "...");
    hox_diagnostic *d = hox__diagnose(space->list, rule->source, rule->item->name_place, "E0313",
                                      "`%s` uses itself and has no way out", rule->name);
    hox__diagnose_label(space->list, d, "%s", hox__text_get(&way));
    hox__diagnose_help(space->list, d, "give it a branch that does not: `%s = ... | nothing`",
                       rule->name);
    hox__text_deinit(&way);
}

/* Following what has no way out from rule to rule one comes into a cycle. */
static void no_way_out(hox_space *space, const matrix *m)
{
    int *next = hox__alloc((size_t)m->n + 1, sizeof *next);
    bool *told = hox__alloc((size_t)m->n + 1, sizeof *told);
    space->failed_memory |= !next || !told;
    for (int i = 0; next && i < m->n; i++) {
        next[i] = i;
        for (int u = m->first[i + 1] - 1; u >= m->first[i]; u--)
            if (isinf(space->rule[m->use[u].to]->least))
                next[i] = m->use[u].to;
    }
    for (int i = 0; next && told && i < m->n; i++) {
        int at = i;
        for (int k = 0; isinf(space->rule[i]->least) && k < m->n; k++)
            at = next[at];
        if (isinf(space->rule[i]->least))
            tell_cycle(space, next, at, told);
    }
    hox__free(next);
    hox__free(told);
}

/* A layer's body has no choices: one that is made of itself never ends. */
static bool is_made_of_itself(void *ctx, const hox__phrase *p)
{
    hox_space *space = ctx;
    hox__layer *layer = (hox__layer *)(uintptr_t)(p->kind == HOX__LAYER ? p->layer : NULL);
    if (!layer || !layer->body || layer->looked == HOX__LOOKED)
        return true;
    if (layer->looked == HOX__LOOKING) {
        layer->looked = HOX__LOOKED;
        hox_diagnostic *d =
            hox__diagnose(space->list, layer->source, layer->item->name_place, "E0313",
                          "`%s` is made of itself and has no way out", layer->name);
        hox__diagnose_help(space->list, d,
                           "a layer's body holds no choice; a rule may: `%s = ... | nothing`",
                           layer->name);
        return false;
    }
    layer->looked = HOX__LOOKING;
    const bool ends = hox__phrase_visit(layer->body, is_made_of_itself, space);
    layer->looked = HOX__LOOKED;
    return ends;
}

void hox__check_recursion(hox_space *space)
{
    enum { RULES_MAX = 2000 }; /* beyond, only the derivation's limits hold */
    for (int i = 0; i < space->n_rules; i++)
        space->rule[i]->least = HUGE_VAL;
    while (pass(space))
        ;
    hox__space_visit(space, is_made_of_itself, space);
    if (space->n_rules == 0 || space->n_rules > RULES_MAX)
        return;
    matrix m = {.first = hox__alloc((size_t)space->n_rules + 1, sizeof *m.first)};
    if (m.first)
        fill(&m, space);
    if (!m.first || m.failed) {
        space->failed_memory = true;
    } else {
        no_way_out(space, &m);
        expected(space, &m);
    }
    hox__free(m.first);
    hox__free(m.use);
}
