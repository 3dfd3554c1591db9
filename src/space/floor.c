/* The least that a phrase costs whatever its shapes: layers on the shortest way through it, and
 * uses of counted rules. A recursion that is looked into again costs at least that, so that
 * branches whose smallest completion no longer fits are masked. Least fixpoint, from above.
 */
#include "space/cost.h"
#include "space/model.h"
#include <math.h>
#include <string.h>

static void put(const hox__phrase *phrase, const double floor[HOX__METRICS])
{
    hox__phrase *p = (hox__phrase *)(uintptr_t)phrase; /* found once, while the space is built */
    memcpy(p->floor, floor, sizeof p->floor);
}

static void add(double *sum, const double *more, double times)
{
    for (int m = 0; m < HOX__METRICS; m++)
        sum[m] += times > 0 ? times * more[m] : 0;
}

static double least_count(const hox__phrase *p)
{
    double least = p->kind == HOX__CHOICE && p->value ? p->value[0] : 0;
    if (p->kind == HOX__NUMBER)
        return p->number;
    if (p->kind == HOX__RANGE)
        return p->low;
    for (int i = 0; p->kind == HOX__CHOICE && p->value && i < p->n; i++)
        least = fmin(least, p->value[i]);
    return least;
}

static void find(const hox_space *space, const hox__phrase *p, double floor[HOX__METRICS]);

/* Networks side by side: the deepest counts; what stands on a graph's edges and nodes may be dead.
 */
static void layer(const hox_space *space, const hox__phrase *p, double floor[HOX__METRICS])
{
    const hox__layer *l = p->layer;
    double part[HOX__METRICS];
    for (int i = 0; i < p->n; i++) {
        find(space, p->kid[i], part);
        const bool network = p->param[i] >= 0 && l->param[p->param[i]].is_network;
        if (!network || l->wiring)
            continue;
        part[HOX__DEPTH] = fmax(part[HOX__DEPTH] - floor[HOX__DEPTH], 0);
        add(floor, part, 1);
    }
    if (l->parts < 0 && !l->body && space->facts.height > 0 && hox__cost_deepens(l->cost))
        floor[HOX__DEPTH] += 1;
}

static void choice(const hox_space *space, const hox__phrase *p, double floor[HOX__METRICS])
{
    double kid[HOX__METRICS];
    for (int m = 0; m < HOX__METRICS; m++)
        floor[m] = HUGE_VAL;
    for (int i = 0; i < p->n; i++) {
        find(space, p->kid[i], kid);
        for (int m = 0; m < HOX__METRICS; m++)
            floor[m] = fmin(floor[m], kid[m]);
    }
}

static void find(const hox_space *space, const hox__phrase *p, double floor[HOX__METRICS])
{
    double kid[HOX__METRICS];
    memset(floor, 0, HOX__METRICS * sizeof *floor);
    if (p->kind == HOX__CHOICE) {
        choice(space, p, floor);
    } else if (p->kind == HOX__RULE) {
        if (!p->rule->once) /* a shared draw is no less, but it may be made elsewhere */
            memcpy(floor, p->rule->floor, sizeof p->rule->floor);
        if (p->rule->counter)
            floor[p->rule->counter] += 1;
        for (int i = 0; i < p->n; i++) /* arguments cost where they are used */
            find(space, p->kid[i], kid);
    } else if (p->kind == HOX__LAYER) {
        layer(space, p, floor);
    } else if (p->kind == HOX__REPEAT || p->kind == HOX__COPIES || p->kind == HOX__BINARY) {
        const bool repeat = p->kind == HOX__REPEAT;
        find(space, p->kid[!repeat], kid);
        if (p->kind != HOX__BINARY || p->op == '*')
            add(floor, kid, least_count(p->kid[repeat]));
        find(space, p->kid[repeat], kid);
    } else {
        for (int i = 0; i < p->n; i++) {
            find(space, p->kid[i], kid);
            add(floor, kid, 1);
        }
    }
    put(p, floor);
}

static bool pass(hox_space *space)
{
    bool changed = false;
    for (int i = 0; i < space->n_rules; i++) {
        hox__rule *rule = space->rule[i];
        double floor[HOX__METRICS] = {0};
        if (rule->body)
            find(space, rule->body, floor);
        for (int m = 0; m < HOX__METRICS; m++) {
            changed |= floor[m] < rule->floor[m];
            rule->floor[m] = fmin(rule->floor[m], floor[m]);
        }
    }
    return changed;
}

void hox__find_floors(hox_space *space)
{
    for (int i = 0; i < space->n_rules; i++)
        for (int m = 0; m < HOX__METRICS; m++)
            space->rule[i]->floor[m] = HUGE_VAL;
    while (pass(space))
        ;
}
