#include "study/values.h"
#include "base/number.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 256 };

static const char *const reserved[] = {"seed", "trial", "dir", "budget", "slot", "study", NULL};

bool hox__value_is_reserved(const char *name)
{
    for (int i = 0; reserved[i]; i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

/* Roots that say how the study works and are no values. */
static bool is_silent(const char *root)
{
    static const char *const silent[] = {"objective", "command", "search", "walk", NULL};
    for (int i = 0; silent[i]; i++)
        if (strcmp(silent[i], root) == 0)
            return true;
    return false;
}

/* ---- finding ---- */

static const hox_term *part_named(const hox_term *term, const char *name, size_t n)
{
    char label[NAME_MAX_BYTES];
    if (!term || term->kind != HOX_TERM_CALL || n >= sizeof label)
        return NULL;
    memcpy(label, name, n);
    label[n] = '\0';
    for (int i = 0; i < term->n; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", i);
        if (strcmp(*term->label[i] ? term->label[i] : number, label) == 0)
            return term->part[i];
    }
    return NULL;
}

const hox_term *hox__value_find(const hox__values *v, const char *name)
{
    char head[NAME_MAX_BYTES];
    const hox_term *term = NULL;
    const char *at = name;
    while (!term && *at) { /* a rule may be called stage.1 */
        at += strcspn(at, ".");
        if ((size_t)(at - name) >= sizeof head)
            return NULL;
        snprintf(head, sizeof head, "%.*s", (int)(at - name), name);
        term = is_silent(head) ? NULL : hox_sentence_root(v->sentence, head);
        at += !term && *at == '.';
    }
    while (term && *at == '.') {
        const size_t n = strcspn(at + 1, ".");
        if (n == 4 && strncmp(at + 1, "name", 4) == 0 && !at[5] &&
            !part_named(term, "name", 4)) /* the branch itself */
            return term->kind == HOX_TERM_CALL || term->kind == HOX_TERM_WORD ? term : NULL;
        term = part_named(term, at + 1, n);
        at += n + 1;
    }
    return term && term->kind == HOX_TERM_CHAIN && term->n == 0 ? NULL : term;
}

/* ---- printing ---- */

static bool put_number(double x, const char *format, hox__text *out)
{
    if (!format) {
        hox__text_number(out, x);
        return true;
    }
    const char kind = format[strlen(format) - 1];
    char text[512], whole[32];
    const bool is_whole = kind == 'd' || kind == 'x';
    if (is_whole && !(x >= -9e18 && x <= 9e18))
        return false;
    snprintf(whole, sizeof whole, "%.*sj%c", (int)strlen(format) - 1, format, kind);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* checked in placeholders.c */
    if (is_whole)
        snprintf(text, sizeof text, whole, (intmax_t)x);
    else
        snprintf(text, sizeof text, format, x);
#pragma GCC diagnostic pop
    hox__text_puts(out, text);
    return true;
}

bool hox__value_print(const hox__values *v, const hox_term *term, const char *format,
                      hox__text *out)
{
    switch (term->kind) {
    case HOX_TERM_NUMBER:
        return put_number(term->number, format, out);
    case HOX_TERM_RANGE: /* the budget */
        return put_number(v->budget > 0 ? v->budget : term->number, format, out);
    case HOX_TERM_WORD:
    case HOX_TERM_TEXT:
    case HOX_TERM_CALL:
        hox__text_puts(out, term->name);
        return true;
    case HOX_TERM_LIST:
    case HOX_TERM_CHAIN:
        break;
    }
    for (int i = 0; i < term->n; i++) {
        if (i)
            hox__text_putc(out, term->kind == HOX_TERM_LIST ? ',' : ' ');
        if (!hox__value_print(v, term->part[i], format, out))
            return false;
    }
    return true;
}

static bool reserved_value(const hox__values *v, const hox__piece *place, hox__text *out)
{
    if (strcmp(place->name, "seed") == 0)
        hox__text_printf(out, "%" PRIu64, v->seed);
    else if (strcmp(place->name, "trial") == 0)
        hox__text_printf(out, "%" PRIu64, v->trial);
    else if (strcmp(place->name, "slot") == 0)
        hox__text_printf(out, "%d", v->slot);
    else if (strcmp(place->name, "dir") == 0)
        hox__text_puts(out, v->dir ? v->dir : ".");
    else if (strcmp(place->name, "study") == 0)
        hox__text_puts(out, v->study ? v->study : "");
    else if (v->budget > 0)
        return put_number(v->budget, place->format, out);
    else
        return false;
    return true;
}

static bool value_of(void *ctx, const hox__piece *place, hox__text *out)
{
    const hox__values *v = ctx;
    const hox_term *term = hox__value_find(v, place->name);
    if (!term && hox__value_is_reserved(place->name))
        return reserved_value(v, place, out);
    return term && hox__value_print(v, term, place->format, out);
}

static bool part_of(void *ctx, const hox__piece *place, int i, hox__text *out)
{
    const hox__values *v = ctx;
    const hox_term *term = hox__value_find(v, place->name);
    if (!term)
        return false;
    if (term->kind != HOX_TERM_CHAIN && term->kind != HOX_TERM_LIST)
        return i == 0 && hox__value_print(v, term, place->format, out);
    return i < term->n && hox__value_print(v, term->part[i], place->format, out);
}

hox__filler hox__values_filler(const hox__values *values)
{
    return (hox__filler){value_of, part_of, (void *)(uintptr_t)values};
}

/* ---- all of them ---- */

void hox__values_each(const hox__values *v,
                      void (*each)(void *ctx, const char *name, const hox_term *term), void *ctx)
{
    const char *root;
    for (int i = 0; (root = hox_space_root(v->space, i)) != NULL; i++) {
        const hox_term *term = is_silent(root) ? NULL : hox_sentence_root(v->sentence, root);
        if (!term || (term->kind == HOX_TERM_CHAIN && term->n == 0))
            continue;
        each(ctx, root, term);
        for (int k = 0; term->kind == HOX_TERM_CALL && k < term->n; k++) {
            char name[NAME_MAX_BYTES];
            if (*term->label[k])
                snprintf(name, sizeof name, "%s.%s", root, term->label[k]);
            else
                snprintf(name, sizeof name, "%s.%d", root, k);
            each(ctx, name, term->part[k]);
        }
    }
}

typedef struct {
    const hox__values *values;
    hox__json *json;
} json_writer;

static void put_json(void *ctx, const char *name, const hox_term *term)
{
    const json_writer *w = ctx;
    hox__text text = {0};
    if (term->kind == HOX_TERM_NUMBER || term->kind == HOX_TERM_RANGE) {
        const bool granted = term->kind == HOX_TERM_RANGE && w->values->budget > 0;
        hox__json_number(w->json, name, granted ? w->values->budget : term->number);
    } else if (term->kind == HOX_TERM_LIST || term->kind == HOX_TERM_CHAIN) {
        hox__json_begin_array(w->json, name);
        for (int i = 0; i < term->n; i++)
            put_json(ctx, NULL, term->part[i]);
        hox__json_end_array(w->json);
    } else {
        hox__value_print(w->values, term, NULL, &text);
        hox__json_text(w->json, name, hox__text_get(&text));
    }
    hox__text_deinit(&text);
}

void hox__values_json(const hox__values *values, hox__json *json)
{
    json_writer w = {values, json};
    hox__values_each(values, put_json, &w);
}
