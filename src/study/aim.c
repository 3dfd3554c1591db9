#include "study/aim.h"
#include "base/text.h"
#include "study/json_read.h"
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

typedef struct {
    hox__aim *aim;
    hox__arena *arena;
    hox__goal next;
    bool expecting; /* after maximize or minimize: a metric must come */
    hox_error *err;
} reader;

static hox_status wrong(reader *r, const char *what, const char *which)
{
    return hox_fail_code(r->err, HOX_ERR_ARGUMENT, "E0303",
                         "`objective`: %s%.60s\nwrite `maximize accuracy`, `minimize mean of last "
                         "5 loss`, or several of them",
                         what, which);
}

static hox_status add_goal(reader *r, const char *name)
{
    hox__aim *aim = r->aim;
    if (!r->expecting && aim->goals > 0)
        return wrong(r, "`maximize` or `minimize` must stand before ", name);
    if (aim->goals == HOX__AIMS_MAX)
        return wrong(r, "too many metrics, one of them ", name);
    r->next.metric = hox__arena_copy(r->arena, name, strlen(name));
    if (!r->next.metric)
        return hox_fail_code(r->err, HOX_ERR_MEMORY, "E0901", "no memory for the objective");
    aim->goal[aim->goals++] = r->next;
    r->next = (hox__goal){.maximize = true};
    r->expecting = false;
    return HOX_OK;
}

/* below(memory: 2e9), above(recall: 0.5) */
static hox_status add_bounds(reader *r, const hox_term *call)
{
    hox__aim *aim = r->aim;
    const bool above = strcmp(call->name, "above") == 0;
    if (!above && strcmp(call->name, "below") != 0)
        return wrong(r, "there is no ", call->name);
    for (int i = 0; i < call->n; i++) {
        if (call->part[i]->kind != HOX_TERM_NUMBER || !*call->label[i])
            return wrong(r, "a bound is a metric and a number, `below(memory: 2e9)`, not ",
                         call->name);
        if (aim->bounds == HOX__BOUNDS_MAX)
            return wrong(r, "too many bounds, one of them on ", call->label[i]);
        const char *name = hox__arena_copy(r->arena, call->label[i], strlen(call->label[i]));
        if (!name)
            return hox_fail_code(r->err, HOX_ERR_MEMORY, "E0901", "no memory for the objective");
        aim->bound[aim->bounds++] = (hox__bound){name, above, call->part[i]->number};
    }
    return HOX_OK;
}

static hox_status read_word(reader *r, const hox_term *word)
{
    const char *name = word->name ? word->name : "";
    if (word->kind == HOX_TERM_NUMBER) {
        if (!(word->number >= 1 && word->number <= HOX__MEAN_MAX))
            return wrong(r, "the mean of so many: a number from 1 on", "");
        r->next.reduce = (int64_t)word->number;
    } else if (word->kind == HOX_TERM_CALL) {
        return add_bounds(r, word);
    } else if (word->kind == HOX_TERM_TEXT) {
        return add_goal(r, name);
    } else if (word->kind != HOX_TERM_WORD) {
        return wrong(r, "it holds more than words", "");
    } else if (strcmp(name, "maximize") == 0 || strcmp(name, "minimize") == 0) {
        if (r->expecting)
            return wrong(r, "a metric must stand before ", name);
        r->next.maximize = name[1] == 'a';
        r->expecting = true;
    } else if (strcmp(name, "best") == 0) {
        r->next.reduce = -1;
    } else if (strcmp(name, "mean") != 0 && strcmp(name, "of") != 0 && strcmp(name, "last") != 0) {
        return add_goal(r, name);
    }
    return HOX_OK;
}

hox_status hox__aim_read(const hox_term *term, const char *usual, hox__arena *arena, hox__aim *aim,
                         hox_error *err)
{
    reader r = {.aim = aim, .arena = arena, .next = {.maximize = true}, .err = err};
    int n = 0;
    *aim = (hox__aim){.goals = 0};
    const hox_term *const *part = term ? hox_term_parts(&term, &n) : NULL;
    hox_status status = HOX_OK;
    for (int i = 0; i < n && status == HOX_OK; i++)
        status = read_word(&r, part[i]);
    if (status == HOX_OK && r.expecting && aim->goals > 0)
        return wrong(&r, "a metric is missing at its end", "");
    if (status == HOX_OK && aim->goals == 0) /* `maximize` alone, `best`, or nothing at all */
        status = add_goal(&r, usual);
    return status;
}

static void put_name(hox__text *out, const char *name)
{
    const bool plain = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789_.") == strlen(name);
    hox__text_printf(out, plain ? " %s" : " \"%s\"", name);
}

const char *hox__aim_text(const hox__aim *aim, hox__arena *arena)
{
    hox__text text = {0};
    for (int i = 0; i < aim->goals; i++) {
        const hox__goal *g = &aim->goal[i];
        hox__text_printf(&text, "%s%simize", i ? " " : "", g->maximize ? "max" : "min");
        if (g->reduce < 0)
            hox__text_puts(&text, " best");
        else if (g->reduce > 0)
            hox__text_printf(&text, " mean of last %" PRId64, g->reduce);
        put_name(&text, g->metric);
    }
    for (int i = 0; i < aim->bounds; i++) {
        const hox__bound *b = &aim->bound[i];
        hox__text_printf(&text, " %s(%s: ", b->above ? "above" : "below", b->metric);
        hox__text_number(&text, b->value);
        hox__text_putc(&text, ')');
    }
    const char *kept = text.failed ? NULL : hox__arena_copy(arena, text.data, text.len);
    hox__text_deinit(&text);
    return kept;
}

double hox__aim_violation(const hox__aim *aim, const double *value)
{
    double sum = 0;
    for (int i = 0; i < aim->bounds; i++) {
        const hox__bound *b = &aim->bound[i];
        const double miss = b->above ? b->value - value[i] : value[i] - b->value;
        sum += isnan(miss) ? (double)INFINITY : fmax(miss, 0);
    }
    return sum;
}

int hox__aim_scores(const hox__aim *aim, const char *text, double *value)
{
    json_t *list = text && *text ? hox__json_read(text, strlen(text), NULL) : NULL;
    const int n = (int)json_array_size(list);
    for (int i = 0; i < n && i < aim->goals; i++) {
        const json_t *x = json_array_get(list, (size_t)i);
        value[i] = json_is_number(x) ? json_number_value(x) : (double)NAN;
    }
    json_decref(list);
    return n;
}
