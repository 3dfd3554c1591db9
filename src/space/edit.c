/* Edits of sentences, one guide each. */
#include "space/edit.h"
#include "base/alloc.h"
#include "base/number.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static hox_status refuse(hox_error *err, const char *format, const char *what)
{
    char text[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, format, what);
#pragma GCC diagnostic pop
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0408", "%s", text);
}

static int question_at(const hox_walk *w, const char *path)
{
    for (int i = 0; i < w->d->n; i++)
        if (w->d->answer[i].path == path || !strcmp(w->d->answer[i].path, path))
            return i;
    return -1;
}

/* ---- values ---- */

hox_status hox_edit_set(const hox_walk *from, const char *path, hox_answer answer, hox_rng *rng,
                        hox_walk *to, hox_error *err)
{
    const int i = question_at(from, path);
    if (i < 0)
        return refuse(err, "the sentence has no question %.150s", path);
    struct hox__guide g = {.example = from->d,
                           .forced = from->d->asked[i],
                           .answer = answer,
                           .by_path = true,
                           .rng = rng};
    return hox__guided(to, &g, err);
}

static bool near(const hox_choice *c, double x, double old, double within)
{
    if (x == old)
        return false;
    if (within < 1)
        return true;
    const double low = old >= 0 ? old / within : old * within,
                 high = old >= 0 ? old * within : old / within;
    (void)c;
    return x >= low && x <= high;
}

/* Values of a grid, of counts, of ordinal choices: the candidates in order. */
static int values_of(const hox_choice *c, double *value, hox_answer *answer, int most)
{
    int n = 0;
    if (c->kind == HOX_ASK_CHOICE) {
        for (int i = 0; i < c->n && n < most; i++)
            if (c->mask[i]) {
                value[n] = c->value ? c->value[i] : i;
                answer[n++] = (hox_answer){.index = i};
            }
        return n;
    }
    double x = c->low;
    for (int k = 0; x <= c->high * (1 + 1e-12) && n < most; k++) {
        const hox_answer a = c->kind == HOX_ASK_REAL
                                 ? (hox_answer){.real = fmin(x, c->high)}
                                 : (hox_answer){.index = (int64_t)floor(x + 0.5)};
        if (hox_choice_admits(c, a)) {
            value[n] = x;
            answer[n++] = a;
        }
        const bool factor = c->is_log && c->step > 1;
        x = factor ? x * c->step : c->low + (k + 1) * (c->step > 0 && !c->is_log ? c->step : 1);
    }
    return n;
}

static bool next_values(const double *value, int n, double old, hox_rng *rng, int *pick)
{
    int below = -1, above = -1;
    for (int i = 0; i < n; i++) {
        if (value[i] < old && (below < 0 || value[i] > value[below]))
            below = i;
        if (value[i] > old && (above < 0 || value[i] < value[above]))
            above = i;
    }
    if (below < 0 && above < 0)
        return false;
    *pick = below < 0 ? above : above < 0 ? below : hox_rng_below(rng, 2) ? above : below;
    return true;
}

static bool neighbour_of_values(const hox_choice *c, hox_answer old, double within, hox_rng *rng,
                                hox_answer *out)
{
    enum { MOST = 8192 };
    double *value = hox__alloc(MOST, sizeof *value);
    hox_answer *answer = hox__alloc(MOST, sizeof *answer);
    const double x = c->kind == HOX_ASK_REAL ? old.real
                     : c->kind == HOX_ASK_CHOICE
                         ? (c->value ? c->value[old.index] : (double)old.index)
                         : (double)old.index;
    const bool words = c->kind == HOX_ASK_CHOICE && !c->value;
    const int n = value && answer ? values_of(c, value, answer, MOST) : 0;
    int fits = 0, pick = 0;
    for (int i = 0; i < n; i++)
        fits += words ? answer[i].index != old.index : near(c, value[i], x, within);
    bool ok = fits > 0;
    if (ok && !words && within < 1) {
        ok = next_values(value, n, x, rng, &pick);
    } else if (ok) {
        int k = (int)hox_rng_below(rng, (uint32_t)fits);
        for (pick = 0;; pick++)
            if ((words ? answer[pick].index != old.index : near(c, value[pick], x, within)) &&
                k-- == 0)
                break;
    }
    if (ok)
        *out = answer[pick];
    hox__free(value);
    hox__free(answer);
    return ok;
}

bool hox_choice_neighbour(const hox_choice *c, hox_answer old, double within, hox_rng *rng,
                          hox_answer *answer)
{
    if (c->kind != HOX_ASK_REAL || c->step > 0)
        return neighbour_of_values(c, old, within, rng, answer);
    const double x = old.real, u = hox_rng_unit(rng);
    double low, high;
    if (c->is_log) {
        const double f = within > 1 ? within : 1.1;
        low = fmax(c->low, x / f);
        high = fmin(c->high, x * f);
        answer->real = hox__exp(hox__log(low) + u * (hox__log(high) - hox__log(low)));
    } else {
        /* a tenth of the range, or a factor */
        const double step = within > 1 ? 0 : (c->high - c->low) / 10;
        low = fmax(c->low, step > 0 ? x - step : fmin(x / within, x * within));
        high = fmin(c->high, step > 0 ? x + step : fmax(x / within, x * within));
        answer->real = low + u * (high - low);
    }
    answer->real = fmin(fmax(answer->real, low), high);
    return low < high;
}

/* The question as it was asked on the way of `from`. */
static hox_status question_of(const hox_walk *from, int i, hox_walk *to, const hox_choice **c,
                              hox_error *err)
{
    hox_walk_restart(to);
    for (int k = 0; k < i; k++) {
        if (!hox_walk_next(to))
            return refuse(err, "%s", to->why);
        const hox_status status = hox_walk_answer(to, from->d->answer[k].answer, err);
        if (status != HOX_OK)
            return status;
    }
    *c = hox_walk_next(to);
    return *c ? HOX_OK : refuse(err, "%s", to->why);
}

hox_status hox_edit_nudge(const hox_walk *from, const char *path, double within, hox_rng *rng,
                          hox_walk *to, hox_error *err)
{
    const int i = question_at(from, path);
    const hox_choice *c;
    hox_answer answer;
    if (i < 0)
        return refuse(err, "the sentence has no question %.150s", path);
    const hox_status status = question_of(from, i, to, &c, err);
    if (status != HOX_OK)
        return status;
    if (!hox_choice_neighbour(c, from->d->answer[i].answer, within, rng, &answer))
        return refuse(err, "%.150s has no other value near", path);
    return hox_edit_set(from, path, answer, rng, to, err);
}

/* ---- subtrees ---- */

static bool begins(const char *path, const char *with)
{
    const size_t n = strlen(with);
    return !strncmp(path, with, n) && (n == 0 || !path[n] || strchr("/.|[", path[n]));
}

hox_status hox_edit_redraw(const hox_walk *from, const char *path, hox_rng *rng, hox_walk *to,
                           hox_error *err)
{
    bool *redrawn = hox__alloc((size_t)from->d->n + 1, sizeof *redrawn), any = false;
    if (!redrawn)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for an edit");
    for (int i = 0; i < from->d->n; i++)
        any |= redrawn[i] = begins(from->d->answer[i].path, path);
    struct hox__guide g = {.example = from->d, .redrawn = redrawn, .rng = rng};
    const hox_status status = !any ? refuse(err, "the sentence has no question below %.150s", path)
                                   : hox__guided(to, &g, err);
    hox__free(redrawn);
    return status;
}

/* ---- elements ---- */

typedef struct {
    int left;
    const hox__node *node, *question;
    const hox__derivation *d;
} place_search;

static const hox__node *count_of(const hox__node *node)
{
    if (node->phrase->kind == HOX__REPEAT)
        return hox__count_question(node->count);
    if (node->wired)
        return hox__count_question(node->call->thunk[node->phrase->layer->count].node);
    return NULL;
}

static bool asked_before(const hox__derivation *d, const hox__node *node)
{
    for (int i = 0; i < d->n; i++)
        if (d->asked[i] == node)
            return true;
    return false;
}

/* Every repetition and graph once, in the order of the tree. */
static bool find_place(place_search *s, const hox__node *node)
{
    const hox__node *q = node ? count_of(node) : NULL;
    if (!node)
        return false;
    if (q && asked_before(s->d, q) && s->left-- == 0) {
        s->node = node;
        s->question = q;
        return true;
    }
    if (node->again)
        return false;
    for (int i = 0; i < node->n; i++)
        if (find_place(s, node->kid[i]))
            return true;
    return false;
}

static bool place_at(const hox_walk *w, int k, place_search *s)
{
    *s = (place_search){.left = k, .d = w->d};
    for (int i = 0; i < w->space->n_roots; i++)
        if (find_place(s, w->d->root[i]))
            return true;
    return false;
}

static const char *path_of(const hox_walk *w, const hox__node *question)
{
    for (int i = 0; i < w->d->n; i++)
        if (w->d->asked[i] == question)
            return w->d->answer[i].path;
    return "";
}

static int elements(const hox__node *node)
{
    return node->wired ? hox__wired_form(node)->n : node->n;
}

bool hox_walk_places(const hox_walk *walk, int k, hox_places *places)
{
    place_search s;
    if (!place_at(walk, k, &s))
        return false;
    const hox__path *where = s.node->wired ? hox__frame_path(walk->d, s.node->call->frame) : NULL;
    *places = (hox_places){.path = path_of(walk, s.question),
                           .elements = elements(s.node),
                           .edges = s.node->wired &&
                                    hox__form_parts(hox__wired_form(s.node), HOX__PART_EDGE) > 0,
                           .where = where ? where->text : NULL};
    return true;
}

static bool place_of(const hox_walk *w, const char *path, place_search *s)
{
    for (int k = 0; place_at(w, k, s); k++)
        if (!strcmp(path_of(w, s->question), path))
            return true;
    return false;
}

/* Nodes of a dag between fixed ends are the elements 2 .. n-1 of its form. */
static hox_status moved(const hox_walk *from, const char *path, int at, int by, int like,
                        hox_rng *rng, const hox__row *content, hox_walk *to, hox_error *err)
{
    place_search s;
    hox_answer answer;
    if (!place_of(from, path, &s))
        return refuse(err, "%.150s is not the number of elements of a repetition or a graph", path);
    const int n = elements(s.node);
    if (at < 0 || at > n - (by < 0) || like >= n)
        return refuse(err, "%.150s has no element of that number", path);
    if (!hox__count_answer(s.question, n + by, &answer))
        return refuse(err, by > 0 ? "%.150s cannot be more" : "%.150s cannot be less", path);
    struct hox__guide g = {.example = from->d,
                           .forced = s.question,
                           .answer = answer,
                           .shift = {s.node, at, by, like},
                           .content = content,
                           .rng = rng};
    return hox__guided(to, &g, err);
}

hox_status hox_edit_insert(const hox_walk *from, const char *path, int at, int like, hox_rng *rng,
                           hox_walk *to, hox_error *err)
{
    return moved(from, path, at, 1, like, rng, NULL, to, err);
}

hox_status hox_edit_delete(const hox_walk *from, const char *path, int at, hox_rng *rng,
                           hox_walk *to, hox_error *err)
{
    return moved(from, path, at, -1, -1, rng, NULL, to, err);
}

hox_status hox__edit_insert_content(const hox_walk *from, const char *path, int at,
                                    const hox__row *content, hox_rng *rng, hox_walk *to,
                                    hox_error *err)
{
    return moved(from, path, at, 1, -1, rng, content, to, err);
}

/* ---- edges ---- */

typedef struct {
    hox__derivation *d;
    const char *path;
    const hox__node *edge;
    int left; /* or the so-manieth that is there, or not */
    bool there;
} edge_search;

static bool find_edge(edge_search *s, const hox__node *node)
{
    if (!node)
        return false;
    const hox__form *form = node->wired ? hox__wired_form(node) : NULL;
    for (int i = 0; form && i < hox__form_parts(form, HOX__PART_EDGE); i++) {
        const hox__path *p = s->path ? hox__frame_path(s->d, node->kid[i]->frame) : NULL;
        const bool it = s->path ? p && !strcmp(p->text, s->path)
                                : hox__node_is_none(node->kid[i]) != s->there && s->left-- == 0;
        if (it) {
            s->edge = node->kid[i];
            return true;
        }
    }
    for (int i = 0; !node->again && i < node->n; i++)
        if (find_edge(s, node->kid[i]))
            return true;
    return false;
}

static const hox__node *edge_named(const hox_walk *w, const char *path)
{
    edge_search s = {w->d, path, NULL, 0, false};
    for (int i = 0; i < w->space->n_roots; i++)
        if (find_edge(&s, w->d->root[i]))
            break;
    return s.edge;
}

/* The question that decides between an edge and none. */
static const hox__node *edge_question(const hox__node *edge)
{
    while (edge->n && edge->phrase->kind != HOX__CHOICE && edge->n == 1)
        edge = edge->kid[0];
    return edge->phrase->kind == HOX__CHOICE && edge->answered ? edge : NULL;
}

static bool is_nowhere(const hox__phrase *p)
{
    if (p->kind == HOX__LAYER)
        return p->layer->out == HOX__OUT_NOWHERE;
    return p->kind == HOX__RULE && is_nowhere(p->rule->body);
}

static hox_status edge_answer(const hox__node *q, bool there, const hox__row *content, hox_rng *rng,
                              hox_answer *answer, hox_error *err)
{
    int fits = 0;
    (void)content;
    for (int i = 0; i < q->phrase->n; i++)
        fits += is_nowhere(q->phrase->kid[i]) != there;
    if (!fits)
        return refuse(err, "the edge cannot be %s", there ? "anything but none" : "none");
    int k = fits > 1 && rng ? (int)hox_rng_below(rng, (uint32_t)fits) : 0;
    for (int i = 0;; i++)
        if (is_nowhere(q->phrase->kid[i]) != there && k-- == 0) {
            answer->index = i;
            return HOX_OK;
        }
}

hox_status hox__edit_edge_content(const hox_walk *from, const hox__node *edge, bool there,
                                  const hox__row *content, hox_rng *rng, hox_walk *to,
                                  hox_error *err)
{
    const hox__node *q = edge_question(edge);
    struct hox__guide g = {.example = from->d, .rng = rng};
    if (!q)
        return refuse(err, "%s", "whether that edge is there is not a question");
    if (hox__node_is_none(edge) != there)
        return refuse(err, "the edge is %s", there ? "there already" : "not there");
    if (content) {
        g.filled = edge;
        g.content = content;
        return hox__guided(to, &g, err);
    }
    const hox_status status = edge_answer(q, there, content, rng, &g.answer, err);
    g.forced = q;
    return status == HOX_OK ? hox__guided(to, &g, err) : status;
}

hox_status hox_edit_edge(const hox_walk *from, const char *path, bool there, hox_rng *rng,
                         hox_walk *to, hox_error *err)
{
    const hox__node *edge = edge_named(from, path);
    if (!edge)
        return refuse(err, "the sentence has no edge %.150s", path);
    return hox__edit_edge_content(from, edge, there, NULL, rng, to, err);
}

const hox__node *hox__edge_at(const hox_walk *w, bool there, int k)
{
    edge_search s = {w->d, NULL, NULL, k, there};
    for (int i = 0; i < w->space->n_roots; i++)
        if (find_edge(&s, w->d->root[i]))
            break;
    return s.edge;
}

/* ---- crossover ---- */

typedef struct {
    const char *rule;
    const hox__rule *of; /* this one */
    int left, n;
    const hox__node *use;
} use_search;

static void find_uses(use_search *s, const hox__node *node)
{
    if (!node || s->use)
        return;
    const hox__phrase *p = node->phrase;
    if (p->kind == HOX__RULE && !node->again && !p->rule->once && (!s->of || s->of == p->rule) &&
        (!s->rule || !strcmp(s->rule, p->rule->base))) {
        s->n++;
        if (s->left-- == 0) {
            s->use = node;
            return;
        }
    }
    for (int i = 0; !node->again && i < node->n; i++)
        find_uses(s, node->kid[i]);
    for (int k = 0; p->kind == HOX__LAYER && node->call && k < node->call->n; k++)
        find_uses(s, node->call->thunk[k].node);
}

static use_search uses(const hox_walk *w, const char *rule, const hox__rule *of, int k)
{
    use_search s = {rule, of, k, 0, NULL};
    for (int i = 0; i < w->space->n_roots; i++)
        find_uses(&s, w->d->root[i]);
    return s;
}

hox_status hox_edit_cross(const hox_walk *from, const hox_walk *other, const char *rule,
                          hox_rng *rng, hox_walk *to, hox_error *err)
{
    enum { NONE = -1, TRIES = 16 };
    const int n = uses(from, rule, NULL, NONE).n;
    for (int t = 0; n && t < TRIES; t++) {
        const hox__node *mine = uses(from, rule, NULL, (int)hox_rng_below(rng, (uint32_t)n)).use;
        const int m = uses(other, NULL, mine->phrase->rule, NONE).n;
        if (m == 0)
            continue;
        const hox__node *theirs =
            uses(other, NULL, mine->phrase->rule, (int)hox_rng_below(rng, (uint32_t)m)).use;
        struct hox__guide g = {.example = from->d, .swapped = mine, .with = theirs, .rng = rng};
        return hox__guided(to, &g, err);
    }
    return refuse(err, "%s", "the sentences use no rule in common");
}

/* ---- distance ---- */

static double between(const hox_answered *a, const hox_answered *b, const hox__node *q)
{
    const hox__phrase *p = q->phrase;
    if (a->kind != b->kind)
        return 1;
    if (a->kind == HOX_ASK_CHOICE) {
        if (!p->value)
            return a->answer.index != b->answer.index;
        return p->n > 1 ? fabs((double)(a->answer.index - b->answer.index)) / (p->n - 1) : 0;
    }
    const double x = a->kind == HOX_ASK_REAL ? a->answer.real : (double)a->answer.index;
    const double y = b->kind == HOX_ASK_REAL ? b->answer.real : (double)b->answer.index;
    if (p->high <= p->low)
        return 0;
    return p->is_log ? fabs(hox__log(x / y)) / hox__log(p->high / p->low)
                     : fabs(x - y) / (p->high - p->low);
}

double hox_walk_distance(const hox_walk *a, const hox_walk *b)
{
    double sum = 0;
    int all = a->d->n + b->d->n;
    for (int i = 0; i < a->d->n; i++) {
        const int k = question_at(b, a->d->answer[i].path);
        sum += k < 0 ? 1 : between(&a->d->answer[i], &b->d->answer[k], a->d->asked[i]);
        all -= k >= 0;
    }
    for (int k = 0; k < b->d->n; k++)
        sum += question_at(a, b->d->answer[k].path) < 0;
    return all > 0 ? sum / all : 0;
}
