/* Playing a strategy against scores that a test makes up: no network, no file, no clock. */
#ifndef TESTS_PLAYER_H
#define TESTS_PLAYER_H

#include "base/alloc.h"
#include "search/strategy.h"
#include "space/spaces.h"
#include <math.h>
#include <stdio.h>

enum { SETTINGS_MAX = 64 };

/* The settings of `text`, "evolution(population: 5)"; NULL or the bare name: the defaults. */
static inline hox_status settings_of(const hox_strategy *method, const char *text,
                                     hox_value value[SETTINGS_MAX], hox_error *err)
{
    char line[512];
    snprintf(line, sizeof line, "search = %s\n", text ? text : method->name);
    hox_space *space = load(line);
    const hox_status status = hox__settings_read(method->setting, method->settings,
                                                 hox_space_constant(space, "search"), value, err);
    for (int i = 0; status == HOX_OK && i < method->settings; i++)
        if (value[i].word) { /* words of the caller's die with the space; those of the table stay */
            static char words[SETTINGS_MAX][32];
            snprintf(words[i], sizeof words[i], "%s", value[i].word);
            value[i].word = words[i];
        }
    hox_space_free(space);
    return status;
}

typedef struct {
    const hox_strategy *method;
    const hox_space *space;
    void *state;
    hox_walk *walk;
    hox_rng root;
    uint64_t trials; /* asked so far */
} player;

static inline hox_status player_begin(player *p, const hox_strategy *method, const hox_space *space,
                                      const char *settings, uint64_t seed, hox_error *err)
{
    hox_value value[SETTINGS_MAX] = {{0}};
    *p = (player){.method = method, .space = space, .root = hox_rng_seed(seed)};
    hox_status status = settings_of(method, settings, value, err);
    if (status == HOX_OK)
        status = method->begin(space, value, seed, &p->state, err);
    if (status == HOX_OK) {
        p->walk = hox_walk_new(space, NULL);
        assert_non_null(p->walk);
    }
    return status;
}

static inline player player_new(const hox_strategy *method, const hox_space *space,
                                const char *settings, uint64_t seed)
{
    player p;
    hox_error err = {0};
    if (player_begin(&p, method, space, settings, seed, &err) != HOX_OK)
        fail_msg("%s: %s", method->name, err.message);
    return p;
}

static inline void player_end(player *p)
{
    p->method->end(p->state);
    hox_walk_free(p->walk);
}

/* Derives trial `trial` on p->walk. */
static inline hox_status player_suggest(player *p, uint64_t trial, hox_error *err)
{
    hox_rng rng = hox_rng_child(&p->root, "trial", trial);
    hox_walk_restart(p->walk);
    return p->method->suggest(p->state, trial, p->walk, &rng, err);
}

/* What stands on p->walk is asked as the next trial; returns its number. */
static inline hox_status player_ask(player *p, uint64_t *trial)
{
    hox_asked asked;
    asked.answer = hox_walk_answers(p->walk, &asked.n);
    *trial = p->trials++;
    return p->method->asked ? p->method->asked(p->state, *trial, &asked) : HOX_OK;
}

static inline hox_status player_tell(player *p, uint64_t trial, const hox_outcome *outcome)
{
    return p->method->told ? p->method->told(p->state, trial, outcome) : HOX_OK;
}

static inline hox_outcome done(double score)
{
    return (hox_outcome){.state = HOX_TRIAL_DONE, .score = score, .seconds = 1};
}

/* Suggests, asks, scores by `score` of the answers, tells. */
typedef double (*scorer)(void *ctx, const hox_answered *answer, int n);
static inline double player_step(player *p, scorer score, void *ctx)
{
    hox_error err = {0};
    uint64_t trial;
    if (player_suggest(p, p->trials, &err) != HOX_OK)
        fail_msg("%s, trial %d: %s", p->method->name, (int)p->trials, err.message);
    assert_int_equal(player_ask(p, &trial), HOX_OK);
    int n;
    const hox_answered *answer = hox_walk_answers(p->walk, &n);
    const hox_outcome outcome = done(score(ctx, answer, n));
    assert_int_equal(player_tell(p, trial, &outcome), HOX_OK);
    return outcome.score;
}

/* The best of `trials` steps. */
static inline double player_best(player *p, int trials, scorer score, void *ctx)
{
    double best = -HUGE_VAL;
    for (int i = 0; i < trials; i++)
        best = fmax(best, player_step(p, score, ctx));
    return best;
}

/* Is the last component of the path `name`? */
static inline bool path_ends(const char *path, const char *name)
{
    const size_t n = strlen(path), m = strlen(name);
    return n >= m && strcmp(path + n - m, name) == 0 &&
           (n == m || strchr("/.|", path[n - m - 1]) != NULL);
}

#endif
