/* Sorts and values: what can be said to be wrong before anything is derived. */
#include "base/text.h"
#include "space/model.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- sorts ---- */

static hox__sort meet(hox__sort a, hox__sort b)
{
    return a == HOX__SORT_UNKNOWN || a == b ? b : b == HOX__SORT_UNKNOWN ? a : HOX__SORT_MIXED;
}

static hox__sort param_sort(hox_space *space, const hox__phrase *p)
{
    hox__sort s = HOX__SORT_UNKNOWN;
    if (!p->rule)
        return s;
    const hox__parameter *param = &p->rule->param[p->index];
    if (param->fallback)
        s = hox__phrase_sort(space, param->fallback);
    for (const hox__phrase *site = p->rule->site; site; site = site->next_site)
        if (site->given && site->given[p->index])
            s = meet(s, hox__phrase_sort(space, site->given[p->index]));
    return s;
}

static hox__sort find_sort(hox_space *space, const hox__phrase *p)
{
    hox__sort s = HOX__SORT_UNKNOWN;
    switch (p->kind) {
    case HOX__NUMBER:
    case HOX__RANGE:
    case HOX__BUDGET:
        return HOX__SORT_NUMBER;
    case HOX__WORD:
        return HOX__SORT_WORD;
    case HOX__TEXT:
        return HOX__SORT_TEXT;
    case HOX__LIST:
        return HOX__SORT_LIST;
    case HOX__LAYER:
    case HOX__CHAIN:
    case HOX__REPEAT:
    case HOX__COPIES:
        return space->free_words ? HOX__SORT_UNKNOWN : HOX__SORT_NETWORK;
    case HOX__FREE:
        return s;
    case HOX__CHOICE:
        for (int i = 0; i < p->n; i++)
            s = meet(s, hox__phrase_sort(space, p->kid[i]));
        return s;
    case HOX__BINARY:
        return p->op == '*' && hox__phrase_sort(space, p->kid[1]) == HOX__SORT_NETWORK
                   ? HOX__SORT_NETWORK
                   : HOX__SORT_NUMBER;
    case HOX__RULE:
        return p->rule->body ? hox__phrase_sort(space, p->rule->body) : s;
    case HOX__PARAM:
        return param_sort(space, p);
    }
    return s;
}

hox__sort hox__phrase_sort(hox_space *space, const hox__phrase *phrase)
{
    hox__phrase *p = (hox__phrase *)(uintptr_t)phrase; /* found once, while the space is built */
    if (p->sort == HOX__SORT_UNKNOWN && !p->sorting) {
        p->sorting = true;
        p->sort = find_sort(space, p);
        p->sorting = false;
    }
    return p->sort;
}

static const char *sort_name(hox__sort s)
{
    static const char *const name[] = {"a value", "a number",  "a word",          "a text",
                                       "a list",  "a network", "of several sorts"};
    return name[s];
}

static void wrong_sort(hox_space *space, const hox__phrase *p, const char *wants)
{
    hox__diagnose(space->list, p->source, p->place, "E0305", "%s stands where %s is wanted",
                  sort_name(p->sort), wants);
}

static bool check_sort(void *ctx, const hox__phrase *p)
{
    hox_space *space = ctx;
    hox__phrase_sort(space, p);
    if (space->free_words || p->expr == NULL)
        return true;
    for (int i = 0; i < p->n; i++) {
        hox__sort s = hox__phrase_sort(space, p->kid[i]);
        bool copies = p->kind == HOX__BINARY && p->sort == HOX__SORT_NETWORK && i == 1;
        if (p->kind == HOX__BINARY && !copies && s != HOX__SORT_NUMBER && s != HOX__SORT_UNKNOWN)
            wrong_sort(space, p->kid[i], "a number");
        if (p->kind == HOX__REPEAT && s != HOX__SORT_UNKNOWN &&
            s != (i ? HOX__SORT_NUMBER : HOX__SORT_NETWORK))
            wrong_sort(space, p->kid[i], i ? "a count" : "a network");
        if (p->kind == HOX__CHAIN &&
            !(s == HOX__SORT_NETWORK || s == HOX__SORT_UNKNOWN || s == HOX__SORT_MIXED))
            wrong_sort(space, p->kid[i], "a network");
        if (p->kind == HOX__REPEAT && i == 1 && p->kid[i]->kind == HOX__NUMBER &&
            (p->kid[i]->number < 0 || p->kid[i]->number != floor(p->kid[i]->number)))
            hox__diagnose(space->list, p->source, p->kid[i]->place, "E0309",
                          "a count is a whole number of at least 0, not %g", p->kid[i]->number);
    }
    return true;
}

void hox__check_sorts(hox_space *space)
{
    for (int i = 0; i < space->n_rules; i++) {
        const hox__rule *rule = space->rule[i];
        if (hox__is_constant_root(rule->name))
            continue;
        for (int k = 0; k < rule->n; k++)
            hox__phrase_visit(rule->param[k].fallback, check_sort, space);
        hox__phrase_visit(rule->body, check_sort, space);
    }
}

/* ---- values ---- */

typedef struct {
    hox_space *space;
    const hox__layer *layer;
    const hox__parameter *param;
    int depth;
} place;

static void outside(const place *at, const hox__phrase *p, double value)
{
    hox_diagnostic *d;
    char text[64];
    snprintf(text, sizeof text, "%g", value);
    if (p->kind == HOX__NUMBER || p->kind == HOX__RANGE || p->kind == HOX__BUDGET)
        d = hox__diagnose(at->space->list, p->source, p->place, "E0304",
                          "`%s` of `%s` cannot be %s", at->param->name, at->layer->name, text);
    else
        d = hox__diagnose(at->space->list, p->source, p->place, "E0305",
                          "`%s` of `%s` cannot be %s%s%s", at->param->name, at->layer->name,
                          p->kind == HOX__LAYER ? "the layer `" : "`",
                          p->name ? p->name : sort_name(p->sort), "`");
    hox__diagnose_label(at->space->list, d, "wants %s", at->param->domain.printed);
}

static void drawn_evenly(const place *at, const hox__phrase *p)
{
    hox_diagnostic *d = hox__diagnose(at->space->list, p->source, p->place, "W0302",
                                      "`%s` of `%s` is logarithmic, but this range is drawn evenly",
                                      at->param->name, at->layer->name);
    const hox__expr *e = p->expr;
    hox__diagnose_fix(at->space->list, d, false, "log %s .. %s", e->number.spelled,
                      e->ends->high.spelled);
}

static void check_range(const place *at, const hox__phrase *p)
{
    enum { LOOK_MAX = 4096 };
    const hox__domain *domain = &at->param->domain;
    double step = p->integral ? (p->step > 1 && !p->is_log ? p->step : 1) : 0;
    double ends[2] = {p->low, p->high};
    for (int i = 0; i < 2; i++)
        if (!hox__domain_has_number(domain, ends[i], p->integral)) {
            outside(at, p, ends[i]);
            return;
        }
    for (double x = p->low; step > 0 && x <= p->high && x < p->low + LOOK_MAX; x += step)
        if (!hox__domain_has_number(domain, x, true)) {
            outside(at, p, x);
            return;
        }
    if (domain->declared && domain->scale == HOX__LOG && !p->is_log && p->low > 0 &&
        p->high > 4 * p->low)
        drawn_evenly(at, p);
}

static void check_word(const place *at, const hox__phrase *p)
{
    bool size = (!strcmp(p->name, "same") && (at->param->sets >= 0 || at->layer->item->body)) ||
                !strcmp(p->name, "classes");
    if (!(size && hox__domain_numbers(&at->param->domain)) &&
        !hox__domain_has_word(&at->param->domain, p->name))
        outside(at, p, 0);
}

static void check_argument(place *at, const hox__phrase *p)
{
    enum { DEEP = 64 };
    if (!p || at->depth > DEEP)
        return;
    at->depth++;
    const hox__domain *domain = &at->param->domain;
    switch (p->kind) {
    case HOX__NUMBER:
        if (!hox__domain_has_number(domain, p->number, p->integral))
            outside(at, p, p->number);
        break;
    case HOX__BUDGET:
    case HOX__RANGE:
        check_range(at, p);
        break;
    case HOX__WORD:
        check_word(at, p);
        break;
    case HOX__TEXT:
        if (!hox__domain_has_text(domain, p->name))
            outside(at, p, 0);
        break;
    case HOX__LAYER:
        if (p->n || !hox__domain_has_word(domain, p->name))
            outside(at, p, 0);
        break;
    case HOX__CHOICE:
        for (int i = 0; i < p->n; i++)
            check_argument(at, p->kid[i]);
        break;
    case HOX__RULE:
        check_argument(at, p->rule->body);
        break;
    case HOX__PARAM:
        for (const hox__phrase *s = p->rule ? p->rule->site : NULL; s; s = s->next_site)
            if (s->given)
                check_argument(at, s->given[p->index]);
        if (p->rule)
            check_argument(at, p->rule->param[p->index].fallback);
        break;
    case HOX__LIST:
        if (!hox__domain_has_base(domain, HOX__IS_LIST))
            outside(at, p, 0);
        break;
    case HOX__CHAIN:
    case HOX__REPEAT:
    case HOX__COPIES:
        wrong_sort(at->space, p, at->param->domain.printed);
        break;
    case HOX__BINARY:
    case HOX__FREE:
        break;
    }
    at->depth--;
}

/* One network for each position. */
static void check_list(hox_space *space, const hox__phrase *p)
{
    for (int i = 0; i < p->n; i++)
        if (p->kid[i]->sort != HOX__SORT_NETWORK && p->kid[i]->sort != HOX__SORT_UNKNOWN)
            wrong_sort(space, p->kid[i], "a network");
}

static bool check_call(void *ctx, const hox__phrase *p)
{
    hox_space *space = ctx;
    if (p->kind != HOX__LAYER)
        return true;
    for (int i = 0; i < p->n; i++) {
        const hox__parameter *param = &p->layer->param[p->param[i]];
        place at = {space, p->layer, param, 0};
        if (!param->is_network)
            check_argument(&at, p->kid[i]);
        else if (param->each && p->kid[i]->kind == HOX__LIST)
            check_list(space, p->kid[i]);
        else if (p->kid[i]->sort != HOX__SORT_NETWORK && p->kid[i]->sort != HOX__SORT_UNKNOWN)
            wrong_sort(space, p->kid[i], "a network");
    }
    return true;
}

/* Defaults of parameters. */
static void check_layer(hox_space *space, const hox__layer *layer)
{
    for (int k = 0; k < layer->n; k++) {
        const hox__parameter *param = &layer->param[k];
        place at = {space, layer, param, 0};
        if (param->fallback && !param->is_network && param->fallback_expr != param->domain.fallback)
            check_argument(&at, param->fallback);
    }
}

void hox__check_values(hox_space *space)
{
    for (size_t i = 0; i < hox__table_count(space->layers); i++)
        check_layer(space, hox__table_at(space->layers, i, NULL, NULL));
    hox__space_visit(space, check_call, space);
}
