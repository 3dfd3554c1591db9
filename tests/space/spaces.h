/* Loading spaces in tests. */
#ifndef TESTS_SPACES_H
#define TESTS_SPACES_H

#include "hoxtest.h"
#include "space/embedded.h"
#include <hox/space.h>
#include <string.h>

static inline hox_space *load_n(const char *name, const char *text, size_t n)
{
    hox_diagnostics *list = hox_diagnostics_new();
    hox_space *space = NULL;
    if (hox_space_load(name, text, n, NULL, list, &space) != HOX_OK) {
        char *why = hox_diagnostics_text(list, false);
        print_error("%s", why);
        hox_text_free(why);
    }
    hox_diagnostics_free(list);
    assert_non_null(space);
    return space;
}

static inline hox_space *load(const char *text)
{
    return load_n("t.hox", text, strlen(text));
}

static inline hox_space *shipped(const char *path)
{
    const hox__embedded_file *file = hox__embedded(path);
    assert_non_null(file);
    return load_n(path, file->text, file->n);
}

static inline hox_sentence *finish(hox_walk *walk)
{
    hox_error err = {0};
    hox_sentence *s = NULL;
    if (hox_walk_finish(walk, &s, &err) != HOX_OK)
        print_error("%s\n", err.message);
    assert_non_null(s);
    return s;
}

static inline hox_sentence *derive(const hox_space *space, hox_answerer answer, void *ctx)
{
    hox_walk *walk = hox_walk_new(space, NULL);
    hox_error err = {0};
    if (hox_walk_derive(walk, answer, ctx, NULL, &err) != HOX_OK)
        print_error("%s\n", err.message);
    hox_sentence *s = finish(walk);
    hox_walk_free(walk);
    return s;
}

/* Calls `each` for every sentence of a space without ranges of reals, in the order of an odometer,
 * ignoring masks when `all`; returns how many walks came to an end, legal or not. */
static inline int enumerate(const hox_space *space, int *legal)
{
    enum { DEEP = 64 };
    int64_t digit[DEEP] = {0}, ends = 0;
    hox_walk *w = hox_walk_new(space, NULL);
    *legal = 0;
    for (;; ends++) {
        int n = 0;
        int64_t size[DEEP], low[DEEP];
        hox_walk_restart(w);
        const hox_choice *c;
        while ((c = hox_walk_next(w))) {
            assert_true(n < DEEP);
            size[n] = c->kind == HOX_ASK_CHOICE ? c->n : (int64_t)(c->high - c->low) + 1;
            low[n] = c->kind == HOX_ASK_CHOICE ? 0 : (int64_t)c->low;
            if (hox_walk_answer(w, (hox_answer){.index = low[n] + digit[n]}, NULL) != HOX_OK) {
                n++;
                goto next; /* masked */
            }
            n++;
        }
        hox_sentence *s = NULL;
        if (hox_walk_finish(w, &s, NULL) == HOX_OK)
            ++*legal;
        hox_sentence_free(s);
    next:
        for (int i = n; i < DEEP; i++)
            digit[i] = 0;
        while (n > 0 && ++digit[n - 1] == size[n - 1])
            digit[--n] = 0;
        if (n == 0)
            break;
    }
    hox_walk_free(w);
    return (int)ends + 1;
}

#endif
