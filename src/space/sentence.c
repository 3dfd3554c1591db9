/* Sentences: key, cost, parameters and the line for people. */
#include "space/sentence.h"
#include "base/alloc.h"
#include "base/digest.h"
#include "space/canonical.h"
#include <stdlib.h>
#include <string.h>

hox_sentence *hox__sentence_new(hox__derivation *d)
{
    hox_sentence *s = hox__alloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->d = d;
    s->n_parameters = -1;
    s->term = HOX__NEW_N(d->arena, const hox_term *, d->space->n_roots + 1);
    bool ok = s->term != NULL;
    for (int i = 0; ok && i < d->space->n_roots; i++)
        ok = (s->term[i] = hox__term_of(d, i)) != NULL;
    if (!ok) {
        hox__free(s);
        return NULL;
    }
    d->owners++;
    return s;
}

void hox_sentence_free(hox_sentence *s)
{
    if (!s)
        return;
    hox__derivation_release(s->d);
    hox__free(s);
}

const hox_term *hox_sentence_root(const hox_sentence *s, const char *root)
{
    for (int i = 0; i < s->d->space->n_roots; i++)
        if (!strcmp(s->d->space->root[i]->name, root))
            return s->term[i];
    return NULL;
}

hox_cost hox_sentence_cost(const hox_sentence *s)
{
    return (hox_cost){s->d->cost[0], s->d->cost[1], s->d->cost[2]};
}

char *hox_sentence_text(const hox_sentence *s, bool with_walk)
{
    hox__text t = {0};
    if (hox__sentence_print(&t, s->d, with_walk))
        return hox__text_take(&t);
    hox__text_deinit(&t);
    return NULL;
}

/* ---- key ---- */

const char *hox_sentence_key(const hox_sentence *sentence)
{
    hox_sentence *s = (hox_sentence *)(uintptr_t)sentence; /* computed when first asked for */
    if (s->key[0])
        return s->key;
    static const char *const said[] = {"net", "data", "train", "schedule", "batch"};
    bool free_words = s->d->space->free_words;
    hox__text t = {0};
    for (int i = 0; i < s->d->space->n_roots; i++) {
        const char *name = s->d->space->root[i]->name;
        bool counts = free_words && hox__is_printed(name) && !hox__is_constant_root(name);
        for (size_t k = 0; k < sizeof said / sizeof *said; k++)
            counts |= !strcmp(name, said[k]);
        if (counts) {
            hox__text_printf(&t, "%s=", name);
            if (!free_words && !strcmp(name, "net"))
                hox__canonical_network(&t, s->term[i]);
            else
                hox__canonical_term(&t, s->term[i]);
            hox__text_putc(&t, '\n');
        }
    }
    uint8_t digest[HOX__DIGEST_BYTES];
    hox__digest_of(hox__text_get(&t), t.len, digest);
    hox__digest_hex(digest, s->key);
    hox__text_deinit(&t);
    return s->key;
}

/* ---- the line for people ---- */

static void line(hox__text *out, const hox_term *t);

static void conv_line(hox__text *out, const hox_term *t)
{
    double k = hox_term_number(t, "kernel", 3), s = hox_term_number(t, "stride", 1);
    hox__text_printf(out, "conv %gx%gx", k, hox_term_number(t, "width", k));
    const hox_term *f = hox_term_get(t, "filters");
    if (f && f->kind == HOX_TERM_WORD)
        hox__text_puts(out, f->name);
    else
        hox__text_number(out, f ? f->number : 0);
    if (s != 1)
        hox__text_printf(out, "/%g", s);
}

static void call_line(hox__text *out, const hox_term *t)
{
    if (!strcmp(t->name, "conv")) {
        conv_line(out, t);
        return;
    }
    hox__text_puts(out, t->name);
    if (t->n == 0)
        return;
    const hox_term *a = t->part[0];
    if (a->kind == HOX_TERM_CHAIN || a->kind == HOX_TERM_CALL) {
        hox__text_putc(out, '(');
        for (int i = 0; i < t->n; i++) {
            if (i)
                hox__text_puts(out, " | ");
            line(out, t->part[i]);
        }
        hox__text_putc(out, ')');
    } else if (a->kind == HOX_TERM_NUMBER) {
        hox__text_putc(out, ' ');
        hox__text_printf(out, "%.4g", a->number);
    } else if (a->kind == HOX_TERM_WORD || a->kind == HOX_TERM_TEXT) {
        hox__text_printf(out, " %s", a->name);
    }
}

static void line(hox__text *out, const hox_term *t)
{
    int n;
    const hox_term *const *part = hox_term_parts(&t, &n);
    for (int i = 0; i < n; i++) {
        if (i)
            hox__text_puts(out, " > ");
        if (part[i]->kind == HOX_TERM_CALL)
            call_line(out, part[i]);
        else
            hox__canonical_term(out, part[i]);
    }
    if (n == 0)
        hox__text_puts(out, "nothing");
}

char *hox_sentence_summary(const hox_sentence *s)
{
    hox__text t = {0};
    const hox_term *net = hox_sentence_root(s, "net");
    if (net)
        line(&t, net);
    for (int i = 0; !net && i < s->d->space->n_roots; i++)
        if (hox__is_printed(s->d->space->root[i]->name) &&
            !hox__is_constant_root(s->d->space->root[i]->name)) {
            hox__text_printf(&t, "%s%s=", t.len ? " " : "", s->d->space->root[i]->name);
            line(&t, s->term[i]);
        }
    return hox__text_take(&t);
}

/* ---- parameters ---- */

static bool is_break(char c)
{
    return c == '/' || c == '.' || c == '|';
}

static bool ends_with(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = strlen(suffix);
    return n >= m && !strcmp(path + n - m, suffix) &&
           (n == m || is_break(path[n - m - 1]) || is_break(*suffix));
}

/* The shortest end of the path that no other path has. */
static const char *short_name(const hox__derivation *d, int i)
{
    const char *path = d->answer[i].path, *at = path + strlen(path);
    while (at > path) {
        do
            at--;
        while (at > path && !is_break(at[-1]));
        if (at > path && at[-1] == '|')
            continue;
        bool unique = true;
        for (int k = 0; k < d->n && unique; k++)
            unique = k == i || !ends_with(d->answer[k].path, at);
        if (unique)
            break;
    }
    return at;
}

const hox_parameter *hox_sentence_parameters(const hox_sentence *sentence, int *n)
{
    hox_sentence *s = (hox_sentence *)(uintptr_t)sentence; /* decoded when first asked for */
    const hox__derivation *d = s->d;
    if (s->n_parameters < 0) {
        s->n_parameters = 0;
        s->parameter = HOX__NEW_N(d->arena, hox_parameter, d->n + 1);
        for (int i = 0; s->parameter && i < d->n; i++) {
            const hox_answered *a = &d->answer[i];
            const char *value = NULL;
            if (a->kind == HOX_ASK_CHOICE) {
                value = d->asked[i]->phrase->text[a->answer.index];
            } else {
                hox__text t = {0};
                hox__text_number(&t,
                                 a->kind == HOX_ASK_INT ? (double)a->answer.index : a->answer.real);
                value = hox__arena_copy(d->arena, hox__text_get(&t), t.len);
                hox__text_deinit(&t);
            }
            s->parameter[i] = (hox_parameter){short_name(d, i), value ? value : ""};
            s->n_parameters++;
        }
    }
    *n = s->n_parameters;
    return s->parameter;
}
