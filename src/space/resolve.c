/* Names to meanings: the tree of a file becomes rules of phrases.
 *
 * A name is, in this order: a parameter of the rule it stands in, a rule, a word that its place
 * allows, a layer, a word of some domain, or (without `use`) a free word. Language.md, section 2.
 */
#include "lang/print.h"
#include "space/model.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

hox__rule *hox__rule_named(const hox_space *space, const char *name)
{
    return hox__table_gets(space->rules, name);
}

static hox__phrase *make(hox__resolver *r, hox__phrase_kind kind, const hox__expr *e, int kids)
{
    hox__phrase *p = HOX__NEW(r->space->arena, hox__phrase);
    const hox__phrase **kid = HOX__NEW_N(r->space->arena, const hox__phrase *, kids);
    if (!p || !kid) {
        r->space->failed_memory = true;
        return NULL;
    }
    p->kind = kind;
    p->id = ++r->space->n_phrases;
    p->source = r->source;
    p->place = e->place;
    p->expr = e;
    p->n = kids;
    p->kid = kid;
    p->looped = r->loop > 0;
    return p;
}

static void question(hox__resolver *r, hox__phrase *p)
{
    p->asks = true;
    p->index = r->region->questions++;
}

/* The slot of `name` in the region; a second use makes it several. */
static int name_slot(hox__resolver *r, const char *name)
{
    hox__region *g = r->region;
    for (int i = 0; i < g->names; i++)
        if (!strcmp(g->name[i], name)) {
            g->several[i] = true;
            return i;
        }
    if ((g->names & (g->names - 1)) == 0) {
        int cap = g->names ? 2 * g->names : 1;
        const char **names = HOX__NEW_N(r->space->arena, const char *, cap);
        bool *several = HOX__NEW_N(r->space->arena, bool, cap);
        if (!names || !several) {
            r->space->failed_memory = true;
            return 0;
        }
        if (g->names) {
            memcpy(names, g->name, sizeof *names * (size_t)g->names);
            memcpy(several, g->several, sizeof *several * (size_t)g->names);
        }
        g->name = names;
        g->several = several;
    }
    g->name[g->names] = name;
    g->several[g->names] = r->loop > 0;
    return g->names++;
}

/* ---- choices ---- */

static const char *shortened(hox_space *space, const hox__expr *e)
{
    enum { LONGEST = 40 };
    hox__text text = {0};
    hox__print_expr(&text, e);
    const char *s = hox__text_get(&text);
    size_t n = text.len;
    char *copy;
    if (n > LONGEST) {
        n = LONGEST - 3;
        while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
            n--;
        copy = hox__arena_printf(space->arena, "%.*s...", (int)n, s);
    } else {
        copy = hox__arena_copy(space->arena, s, n);
    }
    if (text.failed || !copy)
        space->failed_memory = true;
    hox__text_deinit(&text);
    return copy;
}

static hox_order order_of(const double *value, int n)
{
    bool geometric = n > 2;
    for (int i = 0; i + 1 < n; i++) {
        double ratio = value[1] / value[0];
        geometric = geometric && value[i] > 0 && value[i + 1] > 0 &&
                    fabs(value[i + 1] / value[i] - ratio) <= 1e-9 * fabs(ratio) && ratio != 1;
    }
    return geometric ? HOX_ORDER_LOG : HOX_ORDER_ORDINAL;
}

/* What the kind of the argument says about the order of its values: words of an ordinal kind count
 * by their places in it. */
static void order_by_kind(const hox__domain *kind, hox__phrase *p, bool numbers, double *value)
{
    if (!kind || !kind->declared)
        return;
    for (int i = 0; !numbers && i < p->n; i++) {
        const hox__phrase *kid = p->kid[i];
        const bool word = kid->kind == HOX__WORD || kid->kind == HOX__TEXT;
        const int rank = word ? hox__domain_rank(kind, kid->name) : -1;
        if (rank < 0 || kind->scale != HOX__ORDINAL)
            return;
        value[i] = rank;
    }
    p->value = kind->scale == HOX__NOMINAL ? NULL : value;
    p->order = kind->scale == HOX__NOMINAL          ? HOX_ORDER_NOMINAL
               : kind->scale == HOX__LOG && numbers ? HOX_ORDER_LOG
                                                    : HOX_ORDER_ORDINAL;
}

static bool label_choice(hox__resolver *r, hox__phrase *p, const hox__expr *e)
{
    hox_space *space = r->space;
    double *weight = HOX__NEW_N(space->arena, double, p->n);
    double *value = HOX__NEW_N(space->arena, double, p->n);
    p->text = HOX__NEW_N(space->arena, const char *, p->n);
    if (!weight || !value || !p->text)
        return !(space->failed_memory = true);
    bool numbers = true;
    for (int i = 0; i < p->n; i++) {
        const hox__phrase *kid = p->kid[i];
        weight[i] = 1;
        if (e->kind == HOX__EXPR_CHOICE && e->weight && e->weight[i].spelled)
            weight[i] = e->weight[i].value;
        if (!(weight[i] > 0) || !isfinite(weight[i]))
            hox__diagnose(space->list, r->source, e->kid[i]->place, "E0310",
                          "a weight must be positive, not %g", weight[i]);
        numbers = numbers && kid && kid->kind == HOX__NUMBER;
        value[i] = kid ? kid->number : 0;
        p->text[i] = i < e->n ? shortened(space, e->kid[i]) : "nothing";
    }
    p->weight = weight;
    p->order = HOX_ORDER_NOMINAL;
    if (numbers) {
        p->value = value;
        p->order = order_of(value, p->n);
    }
    order_by_kind(r->expected, p, numbers, value);
    return true;
}

static hox__phrase *resolve_choice(hox__resolver *r, const hox__expr *e)
{
    if (e->n == 1)
        return hox__resolve(r, e->kid[0]);
    hox__phrase *p = make(r, HOX__CHOICE, e, e->n);
    if (!p)
        return NULL;
    question(r, p);
    for (int i = 0; i < e->n; i++)
        if (!(p->kid[i] = hox__resolve(r, e->kid[i])))
            return NULL;
        else
            p->uses_params |= p->kid[i]->uses_params;
    return label_choice(r, p, e) ? p : NULL;
}

static hox__phrase *resolve_option(hox__resolver *r, const hox__expr *e)
{
    hox__phrase *p = make(r, HOX__CHOICE, e, 2);
    if (!p)
        return NULL;
    question(r, p);
    p->kid[0] = hox__resolve(r, e->kid[0]);
    p->kid[1] = make(r, HOX__CHAIN, e, 0);
    if (!p->kid[0] || !p->kid[1])
        return NULL;
    p->uses_params = p->kid[0]->uses_params;
    return label_choice(r, p, e) ? p : NULL;
}

/* ---- numbers and ranges ---- */

static int decimals(const hox__literal *l)
{
    const char *point = l->spelled ? strchr(l->spelled, '.') : NULL;
    const char *e = l->spelled ? strpbrk(l->spelled, "eE") : NULL;
    int digits = 0, power = 0;
    for (const char *c = point ? point + 1 : ""; *c >= '0' && *c <= '9'; c++)
        digits++;
    if (e)
        sscanf(e + 1, "%d", &power);
    digits -= power;
    return digits < 0 ? 0 : digits > 18 ? 18 : digits;
}

static bool check_range(hox__resolver *r, const hox__expr *e, const hox__phrase *p)
{
    if (p->low > p->high) {
        hox_diagnostic *d = hox__diagnose(r->space->list, r->source, e->place, "E0311",
                                          "empty range, %g is greater than %g", p->low, p->high);
        hox__diagnose_help(r->space->list, d, "write `%s .. %s`", e->ends->high.spelled,
                           e->number.spelled);
        if (!e->has_step && !e->has_centre)
            hox__diagnose_fix(r->space->list, d, true, "%s%s%s .. %s",
                              e->is_budget ? "budget " : "", e->is_log ? "log " : "",
                              e->ends->high.spelled, e->number.spelled);
        return false;
    }
    const char *wrong = NULL;
    double value = 0;
    if (p->is_log && p->low <= 0)
        wrong = "a `log` range needs positive ends, not %g", value = p->low;
    else if (e->has_step && (p->is_log ? p->step <= 1 : p->step <= 0))
        wrong = p->is_log ? "the factor of a `log` range must be greater than 1, not %g"
                          : "a step must be positive, not %g",
        value = p->step;
    else if (e->has_centre && (p->centre < p->low || p->centre > p->high))
        wrong = "the centre %g lies outside the range", value = p->centre;
    else if (e->has_centre && p->integral && p->centre != floor(p->centre))
        wrong = "the centre of a range of whole numbers is whole, not %g", value = p->centre;
    else if (fabs(p->low) > 9e15 || fabs(p->high) > 9e15)
        wrong = p->integral ? "whole numbers go to 9e15, not %g" : NULL,
        value = fabs(p->high) > 9e15 ? p->high : p->low;
    if (!wrong)
        return true;
    hox_diagnostic *d = hox__diagnose(r->space->list, r->source, e->place, "E0312", "%s",
                                      "a range that cannot be drawn");
    char text[160];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, wrong, value);
#pragma GCC diagnostic pop
    hox__diagnose_label(r->space->list, d, "%s", text);
    return false;
}

static hox__phrase *number(hox__resolver *r, const hox__expr *e, const hox__literal *l)
{
    hox__phrase *p = make(r, HOX__NUMBER, e, 0);
    if (p) {
        p->number = l->value;
        p->integral = l->value == floor(l->value);
    }
    return p;
}

static hox__phrase *resolve_range(hox__resolver *r, const hox__expr *e)
{
    if (!e->is_range && !e->is_budget)
        return number(r, e, &e->number);
    hox__phrase *p = make(r, e->is_budget ? HOX__BUDGET : HOX__RANGE, e, 0);
    if (!p)
        return NULL;
    p->low = e->number.value;
    p->high = e->is_range ? e->ends->high.value : p->low;
    p->is_log = e->is_log;
    p->integral = e->number.integral && (!e->is_range || e->ends->high.integral) &&
                  (!e->has_step || e->ends->step.integral);
    p->step = e->has_step ? e->ends->step.value : p->integral && !p->is_log ? 1 : 0;
    p->has_centre = e->has_centre;
    p->centre = e->has_centre ? e->ends->centre.value : 0;
    int a = decimals(&e->number), b = e->has_step ? decimals(&e->ends->step) : 0;
    p->decimals = a > b ? a : b;
    if (!check_range(r, e, p))
        return NULL;
    if (p->kind == HOX__RANGE && p->low == p->high)
        return number(r, e, &e->number);
    if (p->kind == HOX__RANGE)
        question(r, p);
    return p;
}

/* ---- names and calls ---- */

static int param_index(const hox__resolver *r, const char *name)
{
    for (int k = 0; k < r->n_params; k++)
        if (!strcmp(r->param[k].name, name))
            return k;
    return -1;
}

static void add_names(const hox__table *table, const char **names, size_t *n, size_t max)
{
    for (size_t i = 0; i < hox__table_count(table) && *n < max; i++) {
        const char *key;
        hox__table_at(table, i, &key, NULL);
        names[(*n)++] = key;
    }
}

void hox__unknown(hox_space *space, const hox__source *source, hox__place place, const char *what,
                  const char *name, const hox__resolver *r)
{
    enum { NAMES_MAX = 4096 };
    const char **names = HOX__NEW_N(space->arena, const char *, NAMES_MAX);
    size_t n = 0;
    if (space->lacks_words)
        return;
    hox_diagnostic *d =
        hox__diagnose(space->list, source, place, "E0207", "unknown %s `%s`", what, name);
    if (space->n_uses)
        hox__diagnose_label(space->list, d, "not in vocabulary `%s`",
                            hox__base_name(space, space->use[0]->name));
    if (!names)
        return;
    for (int k = 0; r && k < r->n_params; k++)
        names[n++] = r->param[k].name;
    add_names(space->rules, names, &n, NAMES_MAX);
    add_names(space->layers, names, &n, NAMES_MAX);
    add_names(space->words, names, &n, NAMES_MAX);
    if (n < NAMES_MAX)
        names[n++] = "nothing";
    const char *near = hox__nearest(name, names, n);
    if (near) {
        hox__diagnose_help(space->list, d, "did you mean `%s`?", near);
        hox__diagnose_fix(space->list, d, false, "%s", near);
    }
}

void hox__not_yet(hox_space *space, const hox__source *source, hox__place place, const char *what)
{
    hox__diagnose(space->list, source, place, "E0404", "%s not available yet", what);
}

static hox__phrase *word(hox__resolver *r, const hox__expr *e)
{
    hox__phrase *p = make(r, HOX__WORD, e, 0);
    if (p)
        p->name = e->name;
    return p;
}

static hox__phrase *param_use(hox__resolver *r, const hox__expr *e, int k)
{
    hox__phrase *p = make(r, HOX__PARAM, e, 0);
    if (!p)
        return NULL;
    p->index = k;
    p->name = e->name;
    p->rule = r->rule;
    p->uses_params = true;
    return p;
}

/* Opens a region of its own for an argument. */
static hox__phrase *resolve_apart(hox__resolver *r, const hox__expr *e, const hox__domain *expected)
{
    hox__resolver inner = *r;
    hox__region *region = HOX__NEW(r->space->arena, hox__region);
    if (!region) {
        r->space->failed_memory = true;
        return NULL;
    }
    inner.region = region;
    inner.expected = expected;
    inner.loop = 0;
    hox__phrase *p = hox__resolve(&inner, e);
    if (p) {
        p->opens = region;
        if (p->asks)
            p->whole = true;
    }
    return p;
}

/* Which parameter the i-th argument sets; -1 after an error. */
static int argument_of(hox__resolver *r, const hox__expr *e, int i, const hox__parameter *param,
                       int n)
{
    hox_space *space = r->space;
    if (!e->label[i]) {
        if (i < n)
            return i;
        if (n && param[n - 1].several)
            return n - 1;
        hox__diagnose(space->list, r->source, e->kid[i]->place, e->name ? "E0307" : "E0301",
                      "`%s` takes %d argument%s", e->name, n, n == 1 ? "" : "s");
        return -1;
    }
    for (int k = 0; k < n; k++)
        if (!strcmp(param[k].name, e->label[i]))
            return k;
    const char *names[64];
    size_t known = 0;
    for (int k = 0; k < n && known < 64; k++)
        names[known++] = param[k].name;
    hox_diagnostic *d = hox__diagnose(space->list, r->source, e->label_place[i], "E0307",
                                      "`%s` has no parameter `%s`", e->name, e->label[i]);
    const char *near = hox__nearest(e->label[i], names, known);
    if (near) {
        hox__diagnose_help(space->list, d, "did you mean `%s`?", near);
        hox__diagnose_fix(space->list, d, false, "%s", near);
    } else if (known) {
        hox__text text = {0};
        for (size_t k = 0; k < known; k++)
            hox__text_printf(&text, "%s`%s`", k ? ", " : "", names[k]);
        hox__diagnose_help(space->list, d, "it has %s", hox__text_get(&text));
        hox__text_deinit(&text);
    }
    return -1;
}

static bool resolve_arguments(hox__resolver *r, const hox__expr *e, hox__phrase *p,
                              const hox__parameter *param, int n, bool is_layer)
{
    hox_space *space = r->space;
    p->given = HOX__NEW_N(space->arena, const hox__phrase *, n);
    p->param = HOX__NEW_N(space->arena, int, p->n);
    if (!p->given || !p->param)
        return !(space->failed_memory = true);
    p->label = e->label;
    bool ok = true;
    for (int i = 0; i < p->n; i++) {
        int k = p->param[i] = argument_of(r, e, i, param, n);
        if (k < 0) {
            ok = false;
            continue;
        }
        if (p->given[k] && !param[k].several) {
            hox__diagnose(space->list, r->source, e->kid[i]->place, "E0307", "`%s` is given twice",
                          param[k].name);
            ok = false;
            continue;
        }
        if (is_layer && param[k].is_network && !p->layer->wiring) {
            const hox__domain *outer = r->expected;
            r->expected = NULL;
            p->kid[i] = hox__resolve(r, e->kid[i]);
            r->expected = outer;
        } else {
            p->kid[i] = resolve_apart(r, e->kid[i],
                                      is_layer && !param[k].is_network ? &param[k].domain : NULL);
        }
        p->given[k] = p->kid[i];
        if (!p->kid[i])
            ok = false;
        else
            p->uses_params |= p->kid[i]->uses_params;
    }
    for (int k = 0; ok && k < n; k++)
        if (!p->given[k] && !param[k].fallback_expr &&
            !(is_layer && param[k].several && e->kind == HOX__EXPR_NAME)) {
            hox_diagnostic *d = hox__diagnose(space->list, r->source,
                                              e->kind == HOX__EXPR_CALL ? e->name_place : e->place,
                                              "E0306", "`%s` needs `%s`", e->name, param[k].name);
            if (param[k].domain.printed)
                hox__diagnose_help(space->list, d, "write `%s(%s: ...)`; `%s` is %s", e->name,
                                   param[k].name, param[k].name, param[k].domain.printed);
            ok = false;
        }
    return ok;
}

static hox__phrase *rule_use(hox__resolver *r, const hox__expr *e, hox__rule *rule)
{
    hox__phrase *p = make(r, HOX__RULE, e, e->kind == HOX__EXPR_CALL ? e->n : 0);
    if (!p)
        return NULL;
    p->rule = rule;
    p->name = rule->base;
    p->index = name_slot(r, rule->base);
    p->next_site = rule->site;
    rule->site = p;
    if (rule->n == 0 && p->n > 0) {
        hox__diagnose(r->space->list, r->source, e->place, "E0301", "`%s` has no parameters",
                      rule->name);
        return NULL;
    }
    return resolve_arguments(r, e, p, rule->param, rule->n, false) ? p : NULL;
}

static hox__phrase *layer_use(hox__resolver *r, const hox__expr *e, hox__layer *layer)
{
    hox__phrase *p = make(r, HOX__LAYER, e, e->kind == HOX__EXPR_CALL ? e->n : 0);
    if (!p)
        return NULL;
    p->layer = layer;
    p->name = layer->name;
    p->index = name_slot(r, layer->name);
    layer->used = true;
    return resolve_arguments(r, e, p, layer->param, layer->n, true) ? p : NULL;
}

static hox__phrase *free_call(hox__resolver *r, const hox__expr *e)
{
    hox__phrase *p = make(r, HOX__FREE, e, e->n);
    if (!p)
        return NULL;
    p->name = e->name;
    p->label = e->label;
    p->index = name_slot(r, e->name);
    for (int i = 0; i < e->n; i++) {
        if (!(p->kid[i] = resolve_apart(r, e->kid[i], NULL)))
            return NULL;
        p->uses_params |= p->kid[i]->uses_params;
    }
    return p;
}

static hox__phrase *resolve_name(hox__resolver *r, const hox__expr *e)
{
    hox_space *space = r->space;
    bool call = e->kind == HOX__EXPR_CALL;
    int k = param_index(r, e->name);
    if (k >= 0 && !call)
        return param_use(r, e, k);
    if (!strcmp(e->name, "nothing") && !call)
        return make(r, HOX__CHAIN, e, 0);
    hox__rule *rule = hox__rule_named(space, e->name);
    if (rule && (!r->free_words || space->free_words))
        return rule_use(r, e, rule);
    if (!call && r->expected && !r->free_words && hox__domain_has_word(r->expected, e->name))
        return word(r, e);
    hox__layer *layer = r->free_words ? NULL : hox__layer_named(space, e->name);
    if (layer)
        return layer_use(r, e, layer);
    if (r->free_words && call && hox__foreign_word(space, r->source, e))
        return NULL;
    if (r->free_words)
        return call ? free_call(r, e) : word(r, e);
    if (!call && (hox__table_gets(space->words, e->name) || !strcmp(e->name, "same") ||
                  !strcmp(e->name, "classes")))
        return word(r, e);
    if (hox__foreign_word(space, r->source, e))
        return NULL;
    bool scalar = r->expected && !hox__domain_has_base(r->expected, HOX__IS_NETWORK);
    hox__unknown(space, r->source, call ? e->name_place : e->place,
                 call     ? "layer"
                 : scalar ? "word"
                          : "name",
                 e->name, r);
    return NULL;
}

/* ---- the rest ---- */

static hox__phrase *with_kids(hox__resolver *r, hox__phrase_kind kind, const hox__expr *e)
{
    hox__phrase *p = make(r, kind, e, e->n);
    bool ok = p != NULL;
    for (int i = 0; p && i < e->n; i++) {
        p->kid[i] = hox__resolve(r, e->kid[i]);
        if (p->kid[i])
            p->uses_params |= p->kid[i]->uses_params;
        else
            ok = false; /* the others may have mistakes of their own */
    }
    return ok ? p : NULL;
}

/* x{geometric(0..8, 0.5)}: one more copy with probability 0.5, and again, up to 8. A choice of the
 * numbers with the weights 1, p, p^2, ...: the last has what is left over, as if it were cut off.
 */
static hox__phrase *resolve_geometric(hox__resolver *r, const hox__expr *e)
{
    enum { COUNT_MAX = 1000 };
    const hox__expr *range = e->n == 2 ? e->kid[0] : NULL, *more = e->n == 2 ? e->kid[1] : NULL;
    const bool counts = range && range->kind == HOX__EXPR_RANGE && range->number.integral &&
                        range->ends->high.integral && !range->has_step && !range->is_log &&
                        range->number.value >= 0 && range->ends->high.value > range->number.value &&
                        range->ends->high.value - range->number.value < COUNT_MAX;
    if (!counts || more->kind != HOX__EXPR_NUMBER ||
        !(more->number.value > 0 && more->number.value < 1)) {
        hox_diagnostic *d = hox__diagnose(r->space->list, r->source, e->place, "E0309",
                                          "`geometric` takes a range of counts and a probability");
        hox__diagnose_help(r->space->list, d,
                           "write `geometric(0..8, 0.5)`: one more with probability 0.5");
        return NULL;
    }
    hox__phrase *p =
        make(r, HOX__CHOICE, e, (int)(range->ends->high.value - range->number.value) + 1);
    double *weight = p ? HOX__NEW_N(r->space->arena, double, p->n) : NULL;
    double *value = p ? HOX__NEW_N(r->space->arena, double, p->n) : NULL;
    if (p)
        p->text = HOX__NEW_N(r->space->arena, const char *, p->n);
    if (!weight || !value || !p->text) {
        r->space->failed_memory = true;
        return NULL;
    }
    question(r, p);
    double w = 1;
    for (int i = 0; i < p->n; i++, w *= more->number.value) {
        const hox__literal literal = {.value = range->number.value + i, .integral = true};
        p->kid[i] = number(r, range, &literal);
        p->text[i] = hox__arena_printf(r->space->arena, "%g", literal.value);
        weight[i] = i + 1 < p->n ? w * (1 - more->number.value) : w;
        value[i] = literal.value;
        if (!p->kid[i] || !p->text[i])
            return NULL;
    }
    p->weight = weight;
    p->value = value;
    p->order = HOX_ORDER_ORDINAL;
    return p;
}

static bool is_geometric(const hox__resolver *r, const hox__expr *e)
{
    return e->kind == HOX__EXPR_CALL && !strcmp(e->name, "geometric") &&
           !hox__rule_named(r->space, e->name) && !hox__layer_named(r->space, e->name);
}

static hox__phrase *resolve_repeat(hox__resolver *r, const hox__expr *e)
{
    hox__phrase *p = make(r, HOX__REPEAT, e, 2);
    if (!p)
        return NULL;
    const hox__domain *outer = r->expected;
    r->expected = NULL;
    p->kid[1] =
        is_geometric(r, e->kid[1]) ? resolve_geometric(r, e->kid[1]) : hox__resolve(r, e->kid[1]);
    r->loop++;
    p->kid[0] = hox__resolve(r, e->kid[0]);
    r->loop--;
    r->expected = outer;
    if (!p->kid[0] || !p->kid[1])
        return NULL;
    p->uses_params = p->kid[0]->uses_params || p->kid[1]->uses_params;
    return p;
}

hox__phrase *hox__resolve(hox__resolver *r, const hox__expr *e)
{
    switch (e->kind) {
    case HOX__EXPR_CHOICE:
        return resolve_choice(r, e);
    case HOX__EXPR_CHAIN:
        return with_kids(r, HOX__CHAIN, e);
    case HOX__EXPR_BINARY: {
        hox__phrase *p = with_kids(r, HOX__BINARY, e);
        if (p)
            p->op = e->op;
        return p;
    }
    case HOX__EXPR_REPEAT:
        return resolve_repeat(r, e);
    case HOX__EXPR_OPTION:
        return resolve_option(r, e);
    case HOX__EXPR_NAME:
    case HOX__EXPR_CALL:
        return resolve_name(r, e);
    case HOX__EXPR_NUMBER:
        return number(r, e, &e->number);
    case HOX__EXPR_RANGE:
        return resolve_range(r, e);
    case HOX__EXPR_STRING: {
        hox__phrase *p = make(r, HOX__TEXT, e, 0);
        if (p)
            p->name = e->name;
        return p;
    }
    case HOX__EXPR_GROUP:
        return hox__resolve(r, e->kid[0]);
    case HOX__EXPR_LIST:
        return with_kids(r, HOX__LIST, e);
    }
    return NULL;
}
