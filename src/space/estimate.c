/* Knuth's estimate of the size of a tree, by random probes.
 *
 * D. E. Knuth, "Estimating the efficiency of backtrack programs", Mathematics of Computation 29,
 * 1975: a walk that takes answer a with probability q(a) at every question, and weighs 1 / product
 * of the q(a) when it ends well and 0 when not, has the number of good ends as its mean. Any
 * positive q will do; q in proportion to the sizes of what hangs below the answers (without masks)
 * makes the weights nearly equal, so that few probes are enough.
 */
#include "space/estimate.h"
#include "base/alloc.h"
#include "space/derive.h"
#include <math.h>
#include <string.h>

typedef struct {
    const hox_space *space;
    double *size; /* [phrases + 1] log of the walks through a phrase; NaN: not known yet */
    const hox__phrase **body; /* [phrases + 1] what a count repeats, or the graph it sizes */
    bool *busy;               /* [rules] */
    double *q;                /* [cap] scratch */
    size_t cap;
    bool rough; /* sizes were not known once */
} sizes;

static double log_sum(double a, double b)
{
    const double high = fmax(a, b), low = fmin(a, b);
    return isinf(high) ? high : high + log1p(exp(low - high));
}

static double size_of(sizes *s, const hox__phrase *p);

static double range_size(const hox__phrase *p)
{
    hox_choice c = {.kind = p->integral ? HOX_ASK_INT : HOX_ASK_REAL,
                    .low = p->low,
                    .high = p->high,
                    .step = p->integral && p->step == 0 ? 1 : p->step,
                    .is_log = p->is_log};
    return log((double)hox__question_size(&c));
}

static double repeat_size(sizes *s, const hox__phrase *p)
{
    enum { LOOK_MAX = 10000 };
    const double one = size_of(s, p->kid[0]);
    const hox__phrase *n = p->kid[1];
    double sum = -HUGE_VAL;
    if (n->kind == HOX__RANGE && n->high - n->low < LOOK_MAX) {
        for (double k = n->low; k <= n->high; k++)
            sum = log_sum(sum, k == 0 ? 0 : k * one);
    } else if (n->kind == HOX__CHOICE && n->value) {
        for (int i = 0; i < n->n; i++)
            sum = log_sum(sum, n->value[i] == 0 ? 0 : n->value[i] * one);
    } else {
        sum = (n->kind == HOX__NUMBER ? n->number : 1) * one + size_of(s, n);
    }
    return sum;
}

static double rule_size(sizes *s, const hox__phrase *p)
{
    if (s->busy[p->rule->id] || p->rule->recursive || !p->rule->body)
        return HUGE_VAL;
    s->busy[p->rule->id] = true;
    double sum = size_of(s, p->rule->body);
    for (int k = 0; k < p->rule->n; k++) {
        const hox__phrase *given = p->given[k] ? p->given[k] : p->rule->param[k].fallback;
        if (given)
            sum += size_of(s, given);
    }
    s->busy[p->rule->id] = false;
    return sum;
}

/* A graph of n nodes, layers or leaves: its networks are drawn one by one. */
static double graph_size(sizes *s, const hox__phrase *p, double n)
{
    const hox__layer *layer = p->layer;
    const hox__phrase *ends = layer->ends >= 0 ? p->given[layer->ends] : NULL;
    const bool fixed = !ends || !ends->name || !strcmp(ends->name, "fixed");
    const hox__form form = {layer->wiring, fixed ? HOX__ENDS_FIXED : HOX__ENDS_OPEN, (int)n};
    double sum = 0;
    for (int kind = 0; kind < HOX__PART_KINDS; kind++) {
        const hox__phrase *part = layer->group[kind] >= 0 ? p->given[layer->group[kind]] : NULL;
        const int parts = hox__form_parts(&form, (hox__part_kind)kind);
        if (part && parts)
            sum += (part->kind == HOX__LIST ? 1 : parts) * size_of(s, part);
    }
    return sum;
}

static double wired_size(sizes *s, const hox__phrase *p)
{
    const hox__phrase *n = p->given[p->layer->count];
    double sum = -HUGE_VAL;
    if (n && n->kind == HOX__NUMBER)
        return graph_size(s, p, n->number);
    if (n && n->kind == HOX__RANGE)
        for (double k = n->low; k <= n->high && k <= HOX__FORM_MAX; k++)
            sum = log_sum(sum, graph_size(s, p, k));
    else if (n && n->kind == HOX__CHOICE && n->value)
        for (int i = 0; i < n->n; i++)
            sum = log_sum(sum, graph_size(s, p, n->value[i]));
    return isinf(sum) ? 0 : sum;
}

static double size_of(sizes *s, const hox__phrase *p)
{
    if (!isnan(s->size[p->id]))
        return s->size[p->id];
    double sum = p->kind == HOX__CHOICE ? -HUGE_VAL : 0;
    if (p->kind == HOX__RULE) {
        sum = rule_size(s, p);
    } else if (p->kind == HOX__RANGE) {
        sum = range_size(p);
    } else if (p->kind == HOX__REPEAT) {
        sum = repeat_size(s, p);
    } else if (p->kind == HOX__LAYER && p->layer->wiring) {
        sum = wired_size(s, p);
    } else {
        for (int i = 0; i < p->n; i++) {
            const double kid = size_of(s, p->kid[i]);
            sum = p->kind == HOX__CHOICE ? log_sum(sum, kid) : sum + kid;
        }
    }
    return s->size[p->id] = sum;
}

static bool note_body(void *ctx, const hox__phrase *p)
{
    sizes *s = ctx;
    if (p->kind == HOX__REPEAT)
        s->body[p->kid[1]->id] = p->kid[0];
    if (p->kind == HOX__LAYER && p->layer->wiring && p->given[p->layer->count])
        s->body[p->given[p->layer->count]->id] = p;
    return true;
}

static bool sizes_init(sizes *s, const hox_space *space)
{
    const size_t n = (size_t)space->n_phrases + 1;
    *s = (sizes){.space = space};
    s->size = hox__alloc(n, sizeof *s->size);
    s->body = hox__alloc(n, sizeof(*s->body));
    s->busy = hox__alloc((size_t)space->n_rules + 1, sizeof *s->busy);
    if (!s->size || !s->body || !s->busy)
        return false;
    for (size_t i = 0; i < n; i++)
        s->size[i] = (double)NAN;
    hox__space_visit(space, note_body, s);
    return true;
}

static void sizes_deinit(sizes *s)
{
    hox__free(s->size);
    hox__free(s->body);
    hox__free(s->busy);
    hox__free(s->q);
}

/* ---- one probe ---- */

/* log of the weight of the k-th answer: the walks below it, as far as they are known. */
static double log_weight(sizes *s, const hox_walk *w, int64_t k)
{
    const hox__phrase *p = w->node->phrase, *body = s->body[p->id];
    const double answer = hox__question_answer(&w->choice, k);
    if (body) {
        const double times = p->value ? p->value[(int)answer] : answer;
        if (body->kind == HOX__LAYER && body->layer->wiring)
            return graph_size(s, body, times);
        const double one = size_of(s, body);
        return isinf(one) || times == 0 ? 0 : times * one;
    }
    if (p->kind != HOX__CHOICE)
        return 0;
    const double below = size_of(s, p->kid[(int)answer]);
    return isinf(below) ? log(p->weight[(int)answer]) : below;
}

/* Are the sizes below all known? Else the declared weights have to do. */
static bool sized(sizes *s, const hox_walk *w, int64_t n)
{
    for (int64_t k = 0; w->node->phrase->kind == HOX__CHOICE && k < n; k++)
        if (isinf(size_of(s, w->node->phrase->kid[(int)hox__question_answer(&w->choice, k)])))
            return false;
    return true;
}

static bool room(sizes *s, int64_t n)
{
    if ((size_t)n <= s->cap)
        return true;
    double *q = hox__realloc(s->q, (size_t)n, sizeof *q);
    if (!q)
        return false;
    s->q = q;
    s->cap = (size_t)n;
    return true;
}

/* Draws an answer; *weight grows by -log q. */
static double draw(sizes *s, const hox_walk *w, hox_rng *rng, double *weight)
{
    enum { LOOK_MAX = 100000 };
    const hox_choice *c = &w->choice;
    const int64_t n = hox__question_size(c);
    const double u = hox_rng_unit(rng);
    if (c->kind == HOX_ASK_REAL)
        return hox_choice_draw(c, rng).real;
    if (n > LOOK_MAX || !room(s, n)) {
        *weight += log((double)n);
        return hox__question_answer(c, (int64_t)(u * (double)n));
    }
    const bool known = sized(s, w, n);
    s->rough |= !known;
    double most = -HUGE_VAL, sum = 0, at = 0;
    for (int64_t k = 0; k < n; k++) {
        s->q[k] = known ? log_weight(s, w, k)
                        : log(w->node->phrase->weight[(int)hox__question_answer(c, k)]);
        most = fmax(most, s->q[k]);
    }
    for (int64_t k = 0; k < n; k++)
        sum += exp(s->q[k] - most);
    int64_t pick = n - 1;
    for (int64_t k = 0; k < n; k++)
        if ((at += exp(s->q[k] - most)) > u * sum) {
            pick = k;
            break;
        }
    *weight += log(sum) + most - s->q[pick];
    return hox__question_answer(c, pick);
}

/* log of the probe's weight; -HUGE_VAL when it came to nothing. */
static double probe(sizes *s, hox_walk *w, hox_rng *rng, bool *real)
{
    double weight = 0;
    int asked = 0;
    hox_walk_restart(w);
    for (;;) {
        hox__derive_run(w);
        if (!w->asking || w->dead)
            break;
        if (++asked > HOX__QUESTIONS_MAX) {
            hox__derive_dead(w, w->node->phrase, "a derivation asks too many questions");
            break;
        }
        hox__question_prepare(w);
        if (w->dead)
            break;
        real[w->node->phrase->id] |= w->choice.kind == HOX_ASK_REAL;
        hox__derive_answered(w, draw(s, w, rng, &weight));
    }
    return w->finished && !w->dead && hox__requirements_hold(w) ? weight : -HUGE_VAL;
}

/* Mean and interval from log weights, scaled by the largest. Where every probe was legal the
 * variance says nothing of walks that are not: up to 3 in n have been missed (19 in 20). Returns
 * how far the interval reaches, in parts of the mean. */
static double summarise(const double *weight, int64_t n, hox__tally *out)
{
    double most = -HUGE_VAL, mean = 0, squares = 0;
    out->probes = n;
    out->legal = 0;
    for (int64_t i = 0; i < n; i++) {
        most = fmax(most, weight[i]);
        out->legal += !isinf(weight[i]);
    }
    if (isinf(most)) {
        out->log10 = out->low = out->high = -HUGE_VAL;
        return HUGE_VAL;
    }
    for (int64_t i = 0; i < n; i++)
        mean += exp(weight[i] - most) / (double)n;
    for (int64_t i = 0; i < n; i++)
        squares += pow(exp(weight[i] - most) - mean, 2);
    const double error = n > 1 ? sqrt(squares / (double)(n - 1) / (double)n) : mean;
    const double missed = out->legal == n ? fmin(1, 3 / (double)n) : 0;
    const double reach = fmax(1.96 * error, missed * mean);
    const double least = fmax(mean - reach, exp(-most)); /* at least one was met */
    out->log10 = (most + log(mean)) / log(10);
    out->low = (most + log(least)) / log(10);
    out->high = (most + log(mean + 1.96 * error)) / log(10);
    return reach / mean;
}

/* Looks at the interval after FIRST probes and after each doubling, at no other time: who looks
 * often enough is once lucky, and has an interval that is too narrow. Probes that know no sizes
 * rarely meet what is large, so theirs is not believed before the end. */
static void probe_all(sizes *s, hox_walk *w, const hox__count_options *options, double *weight,
                      bool *real, hox__tally *out)
{
    enum { FIRST = 256 };
    const hox_rng root = hox_rng_seed(options->seed);
    int64_t done = 0, look = FIRST;
    while (done < options->probes && !w->no_memory) {
        const int64_t until = look < options->probes ? look : options->probes;
        for (; done < until && !w->no_memory; done++) {
            hox_rng rng = hox_rng_child(&root, "probe", (uint64_t)done);
            weight[done] = probe(s, w, &rng, real);
        }
        if (summarise(weight, done, out) <= options->narrow && !s->rough)
            break;
        look *= 2;
    }
    out->rough = s->rough;
    for (uint32_t i = 0; i <= s->space->n_phrases; i++)
        out->reals += real[i];
}

hox_status hox__estimate(const hox_space *space, const hox__count_options *options, hox__tally *out,
                         hox_error *err)
{
    sizes s;
    hox_walk *w = hox_walk_new(space, NULL);
    double *weight = hox__alloc((size_t)options->probes + 1, sizeof *weight);
    bool *real = hox__alloc((size_t)space->n_phrases + 1, sizeof *real);
    bool ok = sizes_init(&s, space) && w && weight && real;
    if (ok)
        probe_all(&s, w, options, weight, real, out);
    ok = ok && !w->no_memory;
    sizes_deinit(&s);
    hox_walk_free(w);
    hox__free(weight);
    hox__free(real);
    return ok ? HOX_OK : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for counting");
}

bool hox__size_is_infinite(const hox_space *space)
{
    for (int m = 0; m < HOX__METRICS; m++)
        if (isfinite(space->bound[m]))
            return false;
    for (int i = 0; i < space->n_rules; i++)
        if (space->rule[i]->recursive && space->rule[i]->used)
            return true;
    return false;
}
