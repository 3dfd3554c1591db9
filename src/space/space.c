/* Loading a space: parse, bind names, check, find out what it begins with. */
#include "base/alloc.h"
#include "base/digest.h"
#include "lang/print.h"
#include "space/reach.h"
#include "space/sentence.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPACE_MAX = 1 << 30 };

/* The tree of a text takes some forty times its bytes: room at once spares the growing. */
static hox_space *space_new(size_t text, hox_diagnostics *list, const hox_space_options *options)
{
    enum { TREE = 48 };
    hox__arena *arena = hox__arena_new_sized(SPACE_MAX, text < SPACE_MAX / TREE ? TREE * text : 0);
    hox_space *space = arena ? HOX__NEW(arena, hox_space) : NULL;
    if (!space) {
        hox__arena_free(arena);
        return NULL;
    }
    space->arena = arena;
    space->list = list;
    space->options = options;
    for (int m = 0; m < HOX__METRICS; m++)
        space->bound[m] = HUGE_VAL;
    space->words = hox__table_new();
    space->layers = hox__table_new();
    space->kinds = hox__table_new();
    space->rules = hox__table_new();
    pthread_mutex_init(&space->parking, NULL);
    if (space->words && space->layers && space->kinds && space->rules)
        return space;
    hox_space_free(space);
    return NULL;
}

void hox_space_free(hox_space *space)
{
    if (!space)
        return;
    for (int i = 0; space->fixed && i < space->n_roots; i++)
        hox__derivation_release(space->fixed[i].derivation);
    hox__derivation_release(space->frozen);
    hox__reach_free(space->parked);
    hox__table_free(space->words);
    hox__table_free(space->layers);
    hox__table_free(space->kinds);
    hox__table_free(space->rules);
    pthread_mutex_destroy(&space->parking);
    hox__arena_free(space->arena);
}

static bool hash(hox_space *space)
{
    hox__text t = {0};
    hox__print_tree(&t, space->tree);
    uint8_t digest[HOX__DIGEST_BYTES];
    hox__digest_of(hox__text_get(&t), t.len, digest);
    hox__digest_hex(digest, space->hash);
    bool ok = !t.failed;
    hox__text_deinit(&t);
    return ok;
}

static bool wrong(const hox_space *space)
{
    return space->failed_memory || hox_diagnostics_errors(space->list) > 0;
}

static void empty_file(hox_space *space)
{
    hox_diagnostic *d = hox__diagnose(space->list, &space->tree->source, (hox__place){0, 1},
                                      "E0201", "this file holds no rule to begin with");
    hox__diagnose_help(space->list, d, "write at least `net = ...`, or `command = \"...\"`");
}

/* Each step needs the ones before it to be right. */
static void load(hox_space *space, const char *name, const char *text, size_t n)
{
    space->tree = hox__parse(space->arena, name, text, n, space->list);
    space->text = hox__arena_copy(space->arena, text, n);
    if (!space->tree || !space->text || !hash(space)) {
        space->failed_memory = true;
        return;
    }
    if (wrong(space) || !hox__scope_load(space) || !hox__resolve_rules(space) || wrong(space))
        return;
    hox__check_roots(space);
    hox__check_sorts(space);
    if (!wrong(space))
        hox__check_values(space);
    hox__check_requirements(space);
    for (int m = 0; m < HOX__METRICS; m++)
        space->is_bounded |= isfinite(space->bound[m]);
    if (wrong(space))
        return;
    hox__check_recursion(space);
    hox__mark_phrases(space);
    if (wrong(space))
        return;
    hox__freeze_constants(space);
    if (space->n_roots == 0 && !space->n_uses) {
        empty_file(space);
        return;
    }
    hox__find_facts(space, space->options);
    hox__find_floors(space);
    hox__warn_unchecked(space);
    if (!wrong(space))
        hox__check_shapes(space, space->list);
}

static hox_status status_of(const hox_diagnostics *list)
{
    const hox_diagnostic *d = NULL;
    for (int i = 0; (d = hox_diagnostics_get(list, i)); i++)
        if (d->code[0] == 'E')
            break;
    if (!d || !strncmp(d->code, "E01", 3))
        return HOX_ERR_SYNTAX;
    if (!strcmp(d->code, "E0403"))
        return HOX_ERR_EMPTY;
    return !strncmp(d->code, "E040", 4) && strcmp(d->code, "E0404") ? HOX_ERR_SHAPE
                                                                    : HOX_ERR_SYNTAX;
}

static hox_status load_with(const char *name, const char *text, size_t n,
                            const hox_space_options *options, hox_diagnostics *list,
                            hox_space **out)
{
    hox_space *space = space_new(n, list, options);
    if (!space)
        return HOX_ERR_MEMORY;
    load(space, name, text, n);
    hox_status status = space->failed_memory ? HOX_ERR_MEMORY
                        : wrong(space)       ? status_of(list)
                                             : HOX_OK;
    space->list = NULL;
    space->options = NULL;
    if (status == HOX_OK)
        *out = space;
    else
        hox_space_free(space);
    return status;
}

hox_status hox_space_load(const char *name, const char *text, size_t n,
                          const hox_space_options *options, hox_diagnostics *list, hox_space **out)
{
    *out = NULL;
    if (list)
        return load_with(name, text, n, options, list, out);
    hox_diagnostics *unread = hox_diagnostics_new();
    const hox_status status =
        unread ? load_with(name, text, n, options, unread, out) : HOX_ERR_MEMORY;
    hox_diagnostics_free(unread);
    return status;
}

/* ---- what it says ---- */

const char *hox_space_text(const hox_space *space)
{
    return space->text;
}

const char *hox_space_hash(const hox_space *space)
{
    return space->hash;
}

bool hox_space_is_sentence(const hox_space *space)
{
    return space->is_sentence;
}

const hox_facts *hox_space_facts(const hox_space *space)
{
    return &space->facts;
}

bool hox_space_has(const hox_space *space, const char *root)
{
    for (int i = 0; i < space->n_roots; i++)
        if (!strcmp(space->root[i]->name, root))
            return true;
    return false;
}

const char *hox_space_root(const hox_space *space, int i)
{
    return i >= 0 && i < space->n_roots ? space->root[i]->name : NULL;
}

const hox_term *hox_space_constant(const hox_space *space, const char *root)
{
    for (int i = 0; i < space->n_roots; i++)
        if (!strcmp(space->root[i]->name, root))
            return space->fixed[i].term;
    return NULL;
}

bool hox_space_budget(const hox_space *space, double *low, double *high, const char **root)
{
    if (!space->budget)
        return false;
    *low = space->budget->low;
    *high = space->budget->high;
    *root = space->budget_root ? space->budget_root->name : "";
    return true;
}

/* ---- how large ---- */

typedef struct frame {
    const hox__phrase *call;
    const struct frame *outer;
} frame;

typedef struct {
    const hox_space *space;
    int reals, depth;
    bool *once;
    const frame *in; /* the call of the rule that is looked into */
} counter;

static double sum10(double a, double b)
{
    double high = fmax(a, b), low = fmin(a, b);
    return isinf(high) ? high : high + log10(1 + pow(10, low - high));
}

static double count(counter *c, const hox__phrase *p);

static double count_range(counter *c, const hox__phrase *p)
{
    if (!p->integral && p->step == 0) {
        c->reals++;
        return 0;
    }
    double n = p->is_log && p->step > 1 ? floor(log(p->high / p->low) / log(p->step) + 1e-9) + 1
               : p->step > 0            ? floor((p->high - p->low) / p->step + 1e-9) + 1
                                        : p->high - p->low + 1;
    return log10(n);
}

/* The argument that a parameter stands for, and where that is written. */
static const hox__phrase *argument(const hox__phrase *p, const frame **in)
{
    while (p && p->kind == HOX__PARAM && *in && p->rule == (*in)->call->rule) {
        const hox__phrase *given = (*in)->call->given[p->index];
        p = given ? given : p->rule->param[p->index].fallback;
        if (given)
            *in = (*in)->outer;
    }
    return p;
}

static double most_of(const hox__phrase *p, const frame *in)
{
    p = argument(p, &in);
    double most = p && p->kind == HOX__NUMBER  ? p->number
                  : p && p->kind == HOX__RANGE ? p->high
                                               : 1;
    for (int i = 0; p && p->kind == HOX__CHOICE && i < p->n; i++)
        most = fmax(most, most_of(p->kid[i], in));
    return most;
}

static double count_repeat(counter *c, const hox__phrase *p)
{
    double one = count(c, p->kid[0]), sum = -HUGE_VAL;
    const frame *in = c->in;
    const hox__phrase *n = argument(p->kid[1], &in);
    if (p->kid[1]->kind == HOX__PARAM) /* asked where the argument is counted */
        return most_of(n, in) * one;
    if (n->kind == HOX__RANGE && n->high - n->low < 1000) {
        for (double k = n->low; k <= n->high; k++)
            sum = sum10(sum, k * one);
        return sum;
    }
    if (n->kind == HOX__CHOICE && n->value) {
        for (int i = 0; i < n->n; i++)
            sum = sum10(sum, n->value[i] * one);
        return sum;
    }
    return (n->kind == HOX__NUMBER ? n->number : 1) * one + count(c, n);
}

static double count_rule(counter *c, const hox__phrase *p)
{
    enum { DEEP = 100 };
    if (p->rule->once && c->once[p->rule->id])
        return 0;
    c->once[p->rule->id] = p->rule->once;
    if (p->rule->recursive || ++c->depth > DEEP)
        return HUGE_VAL;
    const frame here = {p, c->in};
    c->in = &here;
    double sum = count(c, p->rule->body);
    c->in = here.outer;
    for (int k = 0; k < p->rule->n; k++) {
        const hox__phrase *given = p->given[k] ? p->given[k] : p->rule->param[k].fallback;
        if (given)
            sum += count(c, given);
    }
    c->depth--;
    return sum;
}

/* A graph: each part at all its places. */
static double count_wired(counter *c, const hox__phrase *p)
{
    const hox__layer *layer = p->layer;
    const hox__phrase *n = p->given[layer->count];
    const hox__form form = {layer->wiring, HOX__ENDS_OPEN,
                            (int)fmin(most_of(n, c->in), HOX__FORM_MAX)};
    double sum = 0;
    for (int i = 0; i < p->n; i++) {
        double times = 1;
        for (int g = 0; g < HOX__PART_KINDS; g++)
            if (layer->group[g] == p->param[i])
                times = hox__form_parts(&form, (hox__part_kind)g);
        if (p->kid[i]->kind != HOX__LIST)
            sum += times * count(c, p->kid[i]);
    }
    return sum;
}

static double count(counter *c, const hox__phrase *p)
{
    if (p->kind == HOX__LAYER && p->layer->wiring)
        return count_wired(c, p);
    if (p->kind == HOX__RULE)
        return count_rule(c, p);
    if (p->kind == HOX__RANGE)
        return count_range(c, p);
    if (p->kind == HOX__REPEAT)
        return count_repeat(c, p);
    double sum = p->kind == HOX__CHOICE ? -HUGE_VAL : 0;
    for (int i = 0; i < p->n; i++) {
        double kid = count(c, p->kid[i]);
        sum = p->kind == HOX__CHOICE ? sum10(sum, kid) : sum + kid;
    }
    return sum;
}

double hox_space_size_log10(const hox_space *space, int *reals)
{
    counter c = {.space = space, .once = hox__alloc((size_t)space->n_rules + 1, sizeof(bool))};
    double sum = 0;
    for (int i = 0; c.once && i < space->n_roots; i++)
        sum += count(&c, space->root[i]->body);
    hox__free(c.once);
    if (reals)
        *reals = c.reals;
    return sum;
}
