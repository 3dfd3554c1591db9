/* How fast the language is: random sentences a second, parsing in MB/s. One core.
 * usage: bench-language sentences FILE.hox SECONDS | parse FILE.hox SECONDS */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/io.h"
#include "lang/diagnose.h"
#include "lang/tree.h"
#include <hox/space.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what)
{
    fprintf(stderr, "bench-language: %s\n", what);
    return 1;
}

/* Walks drawn from the prior, requirements checked, until the time is over. */
static int sentences(const char *name, const char *text, size_t n, double seconds)
{
    hox_diagnostics *list = hox_diagnostics_new();
    hox_space *space = NULL;
    if (hox_space_load(name, text, n, NULL, list, &space) != HOX_OK)
        return fail("the file is not right");
    hox_walk *walk = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(1);
    int64_t drawn = 0, walks = 0, asked = 0;
    const double start = hox__clock_cpu_s();
    double now = start;
    while (now - start < seconds) {
        for (int k = 0; k < 100; k++) {
            int attempts, answers;
            hox_walk_restart(walk);
            if (hox_walk_derive(walk, hox_answer_prior, &rng, &attempts, NULL) != HOX_OK)
                return fail("no sentence");
            hox_walk_answers(walk, &answers);
            asked += answers;
            walks += attempts;
            drawn++;
        }
        now = hox__clock_cpu_s();
    }
    printf("sentences\t%s\t%.0f/s\t%.2f walks each\t%.1f answers each\n", name,
           (double)drawn / (now - start), (double)walks / (double)drawn,
           (double)asked / (double)drawn);
    hox_walk_free(walk);
    hox_space_free(space);
    hox_diagnostics_free(list);
    return 0;
}

/* The file `times` over in one text, parsed again and again until the time is over. */
static int parse(const char *name, const char *text, size_t n, double seconds, size_t times)
{
    char *all = hox__alloc(times * (n + 1) + 1, 1);
    if (!all)
        return fail("no memory");
    for (size_t i = 0; i < times; i++) {
        memcpy(all + i * (n + 1), text, n);
        all[i * (n + 1) + n] = '\n';
    }
    int64_t parses = 0;
    const double start = hox__clock_cpu_s();
    double now = start;
    while (now - start < seconds) {
        hox_diagnostics *list = hox_diagnostics_new();
        hox__arena *arena = hox__arena_new_sized((size_t)1 << 30, 24 * times * n);
        if (!hox__parse(arena, name, all, times * (n + 1), list) || hox_diagnostics_errors(list))
            return fail("the file does not parse");
        hox__arena_free(arena);
        hox_diagnostics_free(list);
        parses++;
        now = hox__clock_cpu_s();
    }
    printf("parse\t%s\t%.1f MB/s\n", name,
           (double)parses * (double)(times * (n + 1)) / (now - start) / 1e6);
    hox__free(all);
    return 0;
}

int main(int argc, char **argv)
{
    char *text = NULL;
    size_t n = 0;
    hox_error err = {0};
    if (argc != 4)
        return fail("sentences|parse FILE.hox SECONDS");
    if (hox__file_read(argv[2], 1 << 24, &text, &n, &err) != HOX_OK)
        return fail(err.message);
    const double seconds = atof(argv[3]);
    const int code = strcmp(argv[1], "parse") == 0 ? parse(argv[2], text, n, seconds, 1) ||
                                                         parse(argv[2], text, n, seconds, 100)
                                                   : sentences(argv[2], text, n, seconds);
    hox__free(text);
    return code;
}
