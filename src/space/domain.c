/* Domains of parameters: `int 1..4096`, `odd 1..15`, `yes | no`, `network`.
 *
 * A domain is a union of alternatives; a kind stands for the alternatives of its own body, each
 * with the kind's `where` added. Language.md, section 4. Its scale, default and unit follow from
 * how it is written, `log 1e-6 .. 1.0 ~ 0.1`, or are said by a call around it,
 * `ordinal("-O0" | "-O1", default: "-O1", unit: "level")`: docs/decisions/0002.
 */
#include "base/number.h"
#include "lang/print.h"
#include "space/model.h"
#include <math.h>
#include <string.h>

enum { ALTERNATIVES_MAX = 256 };

typedef struct {
    hox_space *space;
    const hox__source *source;
    int n;
    hox__alternative list[ALTERNATIVES_MAX];
    hox__domain about;       /* scale, default and unit as far as they were said */
    const hox__domain *kind; /* the only thing named, or NULL */
} reader;

static bool add(reader *r, hox__place place, hox__alternative a)
{
    if (r->n == ALTERNATIVES_MAX) {
        hox__diagnose(r->space->list, r->source, place, "E0304",
                      "a domain has at most %d alternatives", ALTERNATIVES_MAX);
        return false;
    }
    r->list[r->n++] = a;
    return true;
}

/* One word alone gives no choice: it is a kind that is not there. */
static bool unknown_kind(reader *r, const hox__expr *e)
{
    enum { KINDS_MAX = 256 };
    const char *known[KINDS_MAX];
    size_t n = 0;
    for (; n < KINDS_MAX && n < hox__table_count(r->space->kinds); n++)
        hox__table_at(r->space->kinds, n, &known[n], NULL);
    hox_diagnostic *d =
        hox__diagnose(r->space->list, r->source, e->place, "E0207", "unknown kind `%s`", e->name);
    const char *near = hox__nearest(e->name, known, n);
    if (near)
        hox__diagnose_fix(r->space->list, d, false, "%s", near);
    if (near)
        hox__diagnose_help(r->space->list, d, "did you mean `%s`?", near);
    else
        hox__diagnose_help(r->space->list, d, "declare it above: `kind %s = int 1..8`", e->name);
    return false;
}

static bool read_name(reader *r, const hox__expr *e, bool alone)
{
    static const struct {
        const char *name;
        hox__base base;
    } bases[] = {{"int", HOX__IS_INT},         {"real", HOX__IS_REAL},
                 {"word", HOX__IS_ANY_WORD},   {"text", HOX__IS_ANY_TEXT},
                 {"network", HOX__IS_NETWORK}, {"list", HOX__IS_LIST}};
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        if (!strcmp(e->name, bases[i].name))
            return add(r, e->place, (hox__alternative){.base = bases[i].base});
    const hox__domain *kind = hox__table_gets(r->space->kinds, e->name);
    if (!kind && alone)
        return unknown_kind(r, e);
    if (!kind) {
        if (!hox__table_puts(r->space->words, e->name, (void *)(uintptr_t)e->name))
            return !(r->space->failed_memory = true);
        return add(r, e->place, (hox__alternative){.base = HOX__IS_WORD, .name = e->name});
    }
    r->kind = r->n ? NULL : kind;
    for (int i = 0; i < kind->n; i++)
        if (!add(r, e->place, kind->alternative[i]))
            return false;
    return true;
}

/* A kind's own range is narrowed, never widened. */
static void narrow(hox__alternative *a, const hox__expr *range)
{
    const double low = range->number.value, high = range->is_range ? range->ends->high.value : low;
    a->low = a->has_range ? fmax(a->low, low) : low;
    a->high = a->has_range ? fmin(a->high, high) : high;
    a->has_range = true;
    if (range->has_step) {
        a->step = range->ends->step.value;
        a->is_log = range->is_log;
    }
}

static hox__expr *literal(reader *r, const hox__expr *range)
{
    hox__expr *e = HOX__NEW(r->space->arena, hox__expr);
    if (!e) {
        r->space->failed_memory = true;
        return NULL;
    }
    e->kind = HOX__EXPR_NUMBER;
    e->place = range->place;
    e->number = range->ends->centre;
    return e;
}

static bool empty_range(reader *r, const hox__expr *e)
{
    const double high = e->is_range ? e->ends->high.value : e->number.value;
    if (e->number.value <= high)
        return false;
    hox_diagnostic *d = hox__diagnose(r->space->list, r->source, e->place, "E0311",
                                      "empty range, %g is greater than %g", e->number.value, high);
    hox__diagnose_help(r->space->list, d, "write `%s .. %s`", e->ends->high.spelled,
                       e->number.spelled);
    return true;
}

/* What a range says beside its ends. */
static bool read_range(reader *r, const hox__expr *e)
{
    if (empty_range(r, e))
        return false;
    if (e->is_log)
        r->about.scale = HOX__LOG;
    r->about.declared |= e->is_log;
    if (e->has_centre && !(r->about.fallback = literal(r, e)))
        return false;
    return true;
}

/* ordinal(domain, default: x, unit: "s") */
static const struct {
    const char *name;
    hox__scale scale;
} scales[] = {{"nominal", HOX__NOMINAL},
              {"ordinal", HOX__ORDINAL},
              {"linear", HOX__LINEAR},
              {"log", HOX__LOG}};

static bool read(reader *r, const hox__expr *e);

static bool read_call(reader *r, const hox__expr *e, hox__scale scale)
{
    bool domain = false;
    for (int i = 0; i < e->n; i++) {
        const char *label = e->label[i] ? e->label[i] : "";
        bool ok = true;
        if (!*label && !domain) {
            domain = ok = read(r, e->kid[i]);
            if (!ok)
                return false;
        } else if (!strcmp(label, "default")) {
            r->about.fallback = e->kid[i];
        } else if (!strcmp(label, "unit") && e->kid[i]->kind == HOX__EXPR_STRING) {
            r->about.unit = e->kid[i]->name;
        } else {
            hox_diagnostic *d =
                hox__diagnose(r->space->list, r->source, e->kid[i]->place, "E0307",
                              "`%s` takes a domain, `default: x` and `unit: \"s\"`", e->name);
            hox__diagnose_help(r->space->list, d,
                               "write `%s(real 0..10, default: 1.0, unit: \"ms\")`", e->name);
            return false;
        }
    }
    r->about.scale = scale;
    r->about.declared = true;
    if (!domain)
        hox__diagnose(r->space->list, r->source, e->place, "E0306", "`%s` needs a domain", e->name);
    return domain;
}

static bool read(reader *r, const hox__expr *e)
{
    int before = r->n;
    switch (e->kind) {
    case HOX__EXPR_CHOICE:
        for (int i = 0; i < e->n; i++)
            if (!(e->kid[i]->kind == HOX__EXPR_NAME ? read_name(r, e->kid[i], false)
                                                    : read(r, e->kid[i])))
                return false;
        return true;
    case HOX__EXPR_GROUP:
        return read(r, e->kid[0]);
    case HOX__EXPR_NAME:
        return read_name(r, e, true);
    case HOX__EXPR_STRING:
        return add(r, e->place, (hox__alternative){.base = HOX__IS_TEXT, .name = e->name});
    case HOX__EXPR_NUMBER:
        return add(r, e->place, (hox__alternative){.base = HOX__IS_NUMBER, .low = e->number.value});
    case HOX__EXPR_RANGE: {
        bool whole = e->number.integral && (!e->is_range || e->ends->high.integral);
        hox__alternative a = {.base = whole ? HOX__IS_INT : HOX__IS_REAL};
        narrow(&a, e);
        return add(r, e->place, a) && read_range(r, e);
    }
    case HOX__EXPR_CALL:
        for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
            if (before == 0 && !strcmp(e->name, scales[i].name))
                return read_call(r, e, scales[i].scale);
        break;
    case HOX__EXPR_CHAIN:
        if (e->n == 2 && e->kid[0]->kind == HOX__EXPR_NAME && e->kid[1]->kind == HOX__EXPR_RANGE &&
            read_name(r, e->kid[0], true) && read_range(r, e->kid[1])) {
            for (int i = before; i < r->n; i++)
                narrow(&r->list[i], e->kid[1]);
            return true;
        }
        break;
    default:
        break;
    }
    hox_diagnostic *d =
        hox__diagnose(r->space->list, r->source, e->place, "E0305", "this is not a domain");
    hox__diagnose_help(r->space->list, d,
                       "a domain is a base (int real word text network list, or a kind), a range, "
                       "both, or words: `int 1..8`, `yes | no`");
    return false;
}

bool hox__domain_has_literal(const hox__domain *domain, const hox__expr *e)
{
    if (e->kind == HOX__EXPR_NUMBER)
        return hox__domain_has_number(domain, e->number.value, e->number.integral);
    return e->kind == HOX__EXPR_NAME
               ? hox__domain_has_word(domain, e->name)
               : e->kind == HOX__EXPR_STRING && hox__domain_has_text(domain, e->name);
}

/* What was not said: from the kind it names, or else from its values. */
static void settle(const reader *r, hox__domain *domain)
{
    const hox__domain *kind = r->kind && r->n == r->kind->n ? r->kind : NULL;
    if (kind && !domain->unit)
        domain->unit = kind->unit;
    if (kind && !domain->fallback && kind->fallback &&
        hox__domain_has_literal(domain, kind->fallback))
        domain->fallback = kind->fallback;
    if (domain->declared)
        return;
    domain->declared = kind && kind->declared;
    domain->scale = kind ? kind->scale : HOX__LINEAR;
    for (int i = 0; !kind && i < domain->n; i++) {
        const hox__base base = domain->alternative[i].base;
        if (base == HOX__IS_NUMBER && domain->scale == HOX__LINEAR)
            domain->scale = HOX__ORDINAL;
        else if (base != HOX__IS_INT && base != HOX__IS_REAL && base != HOX__IS_NUMBER)
            domain->scale = HOX__NOMINAL;
    }
}

bool hox__domain_read(hox_space *space, const hox__source *source, const hox__expr *expr,
                      hox__domain *domain)
{
    reader r = {.space = space, .source = source};
    if (!read(&r, expr))
        return false;
    hox__alternative *kept = HOX__NEW_N(space->arena, hox__alternative, r.n);
    hox__text text = {0};
    hox__print_expr(&text, expr);
    char *printed =
        text.failed ? NULL : hox__arena_copy(space->arena, hox__text_get(&text), text.len);
    hox__text_deinit(&text);
    if (!kept || !printed)
        return !(space->failed_memory = true);
    memcpy(kept, r.list, sizeof *kept * (size_t)r.n);
    *domain = r.about;
    domain->n = r.n;
    domain->alternative = kept;
    domain->printed = printed;
    settle(&r, domain);
    return true;
}

/* ---- tests on `it` ---- */

typedef struct {
    bool is_word, truth;
    double number;
    const char *word;
} it_value;

static it_value it_test(const hox__test *t, it_value it);

static bool it_compare(const char *op, it_value a, it_value b)
{
    if (a.is_word || b.is_word) {
        bool same = a.is_word && b.is_word && !strcmp(a.word, b.word);
        return *op == '!' ? !same : same;
    }
    switch (*op) {
    case '=':
        return a.number == b.number;
    case '!':
        return a.number != b.number;
    case '<':
        return op[1] ? a.number <= b.number : a.number < b.number;
    default:
        return op[1] ? a.number >= b.number : a.number > b.number;
    }
}

static double it_number(char op, double a, double b)
{
    switch (op) {
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    case '/':
        return a / b;
    default:
        return b == 0 ? (double)NAN : a - b * floor(a / b);
    }
}

static it_value it_test(const hox__test *t, it_value it)
{
    switch (t->kind) {
    case HOX__TEST_NUMBER:
        return (it_value){.number = t->number.value};
    case HOX__TEST_STRING:
        return (it_value){.is_word = true, .word = t->name};
    case HOX__TEST_NAME:
        return strcmp(t->name, "it") ? (it_value){.is_word = true, .word = t->name} : it;
    case HOX__TEST_GROUP:
        return it_test(t->kid[0], it);
    case HOX__TEST_NOT:
        return (it_value){.truth = !it_test(t->kid[0], it).truth};
    case HOX__TEST_AND:
    case HOX__TEST_OR: {
        bool all = t->kind == HOX__TEST_AND, truth = all;
        for (int i = 0; i < t->n; i++)
            truth =
                all ? truth && it_test(t->kid[i], it).truth : truth || it_test(t->kid[i], it).truth;
        return (it_value){.truth = truth};
    }
    case HOX__TEST_COMPARE:
        return (it_value){
            .truth = it_compare(t->op_text, it_test(t->kid[0], it), it_test(t->kid[1], it))};
    case HOX__TEST_BINARY:
        return (it_value){.number = it_number(t->op_text[0], it_test(t->kid[0], it).number,
                                              it_test(t->kid[1], it).number)};
    case HOX__TEST_CALL:
        break;
    }
    return (it_value){0};
}

static bool where_holds(const hox__alternative *a, it_value it)
{
    for (int i = 0; i < a->n_where; i++)
        if (!it_test(a->where[i], it).truth)
            return false;
    return true;
}

static bool on_grid(const hox__alternative *a, double value)
{
    if (a->step <= 0 || (a->is_log && (a->step <= 1 || a->low <= 0)))
        return true;
    const double k =
        a->is_log ? hox__log(value / a->low) / hox__log(a->step) : (value - a->low) / a->step;
    return fabs(k - floor(k + 0.5)) < 1e-9;
}

bool hox__domain_has_number(const hox__domain *domain, double value, bool integral)
{
    for (int i = 0; i < domain->n; i++) {
        const hox__alternative *a = &domain->alternative[i];
        bool sort = a->base == HOX__IS_REAL || (a->base == HOX__IS_INT && integral) ||
                    (a->base == HOX__IS_NUMBER && value == a->low);
        if (!sort || (a->has_range && (value < a->low || value > a->high)) || !on_grid(a, value))
            continue;
        if (where_holds(a, (it_value){.number = value}))
            return true;
    }
    return false;
}

static bool has_name(const hox__domain *domain, const char *name, hox__base one, hox__base any)
{
    for (int i = 0; i < domain->n; i++) {
        const hox__alternative *a = &domain->alternative[i];
        bool sort = a->base == any || (a->base == one && !strcmp(a->name, name));
        if (sort && where_holds(a, (it_value){.is_word = true, .word = name}))
            return true;
    }
    return false;
}

bool hox__domain_has_word(const hox__domain *domain, const char *word)
{
    return has_name(domain, word, HOX__IS_WORD, HOX__IS_ANY_WORD);
}

bool hox__domain_has_text(const hox__domain *domain, const char *text)
{
    return has_name(domain, text, HOX__IS_TEXT, HOX__IS_ANY_TEXT);
}

int hox__domain_rank(const hox__domain *domain, const char *name)
{
    for (int i = 0; i < domain->n; i++)
        if (domain->alternative[i].name && !strcmp(domain->alternative[i].name, name))
            return i;
    return -1;
}

bool hox__domain_has_base(const hox__domain *domain, hox__base base)
{
    for (int i = 0; i < domain->n; i++)
        if (domain->alternative[i].base == base)
            return true;
    return false;
}

bool hox__domain_numbers(const hox__domain *domain)
{
    return hox__domain_has_base(domain, HOX__IS_INT) ||
           hox__domain_has_base(domain, HOX__IS_REAL) ||
           hox__domain_has_base(domain, HOX__IS_NUMBER);
}
