/* Mistakes are pointed at: of 1,000 single-token mutations of the shipped files, a token dropped,
 * doubled or swapped with the next, at least 900 have the caret of an error within one token of the
 * damage. Mutations that leave a right file are not counted. */
#include "hoxtest.h"
#include "lang/lexer.h"
#include "space/embedded.h"
#include <hox/rng.h>
#include <hox/space.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 32, TOKENS_MAX = 4096, TEXT_MAX = 1 << 16, MUTATIONS = 1000 };

typedef struct {
    const char *text;
    size_t n;
    int tokens;
    hox__place place[TOKENS_MAX];
} file;

/* Tokens that stand for bytes: SEP and END do not. */
static void lex(file *f, const char *text, size_t n)
{
    hox__arena *arena = hox__arena_new((size_t)16 << 20);
    hox_diagnostics *list = hox_diagnostics_new();
    hox__source source = {"t.hox", text, n};
    size_t count;
    const hox__token *t = hox__lex(arena, &source, list, &count);
    assert_non_null(t);
    f->text = text;
    f->n = n;
    f->tokens = 0;
    for (size_t i = 0; i < count; i++)
        if (t[i].place.length && f->tokens < TOKENS_MAX)
            f->place[f->tokens++] = t[i].place;
    hox_diagnostics_free(list);
    hox__arena_free(arena);
}

typedef enum { DROP, DOUBLE, SWAP } mutation;

static size_t put(char *out, size_t n, const char *from, size_t length)
{
    memcpy(out + n, from, length);
    return n + length;
}

/* The text with token k changed. */
static size_t mutate(const file *f, int k, mutation how, char *out)
{
    const hox__place a = f->place[k], b = f->place[k + 1];
    size_t n = put(out, 0, f->text, a.byte), behind = a.byte + a.length;
    if (how == SWAP) {
        n = put(out, n, f->text + b.byte, b.length);
        n = put(out, n, f->text + behind, b.byte - behind);
        n = put(out, n, f->text + a.byte, a.length);
        behind = b.byte + b.length;
    } else if (how == DOUBLE) {
        n = put(out, n, f->text + a.byte, a.length);
        out[n++] = ' ';
        n = put(out, n, f->text + a.byte, a.length);
    }
    n = put(out, n, f->text + behind, f->n - behind);
    out[n] = '\0';
    return n;
}

/* How many tokens lie between the byte and the damaged ones, which begin with token k. */
static int distance(const file *mutated, int k, mutation how, size_t byte)
{
    const int first = how == DROP ? k - 1 : k, last = how == DROP ? k : k + 1;
    int at = 0;
    while (at + 1 < mutated->tokens && mutated->place[at + 1].byte <= byte)
        at++;
    return at < first ? first - at : at > last ? at - last : 0;
}

/* -1: the mutation is a right file; else the distance of the nearest error. */
static int nearest(const char *text, size_t n, int k, mutation how, file *scratch)
{
    hox_diagnostics *list = hox_diagnostics_new();
    hox_space *space = NULL;
    hox_space_load("t.hox", text, n, NULL, list, &space);
    int best = -1;
    if (hox_diagnostics_errors(list))
        lex(scratch, text, n);
    const hox_diagnostic *d;
    for (int i = 0; (d = hox_diagnostics_get(list, i)) != NULL; i++)
        if (d->code[0] == 'E') {
            const int far = distance(scratch, k, how, d->span.byte);
            best = best < 0 || far < best ? far : best;
        }
    hox_space_free(space);
    hox_diagnostics_free(list);
    return best;
}

static void carets_are_near(void **state)
{
    (void)state;
    static file files[FILES_MAX], scratch;
    static char text[TEXT_MAX];
    static const char *const how_named[] = {"drop", "double", "swap"};
    int n = 0, near = 0, done = 0;
    for (const hox__embedded_file *f = hox__embedded_files; f->path && n < FILES_MAX; f++)
        if (!strncmp(f->path, "spaces/", 7) && 2 * f->n < TEXT_MAX)
            lex(&files[n++], f->text, f->n);
    hox_rng rng = hox_rng_seed(20);
    while (done < MUTATIONS) {
        const file *f = &files[(int)(hox_rng_unit(&rng) * n)];
        const int k = (int)(hox_rng_unit(&rng) * (f->tokens - 1));
        const mutation how = (mutation)(hox_rng_unit(&rng) * 3);
        const size_t length = mutate(f, k, how, text);
        const int far = nearest(text, length, k, how, &scratch);
        if (far < 0)
            continue;
        done++;
        near += far <= 1;
        if (far > 1 && getenv("HOX_VERBOSE"))
            print_message("%s %.*s: %d tokens away\n%.60s\n", how_named[how],
                          (int)f->place[k].length, f->text + f->place[k].byte, far,
                          text + (f->place[k].byte > 20 ? f->place[k].byte - 20 : 0));
    }
    print_message("%d of %d within one token\n", near, done);
    assert_true(near >= 9 * MUTATIONS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(carets_are_near)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
