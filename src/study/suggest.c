/* What to try next: the default sentence, a suggestion of the strategy, another one when it was
 * tried before (decisions 1.4), or nothing when everything was. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/number.h"
#include "study/methods.h"
#include "study/study.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    RETRIES = 10,         /* decisions 1.4 */
    SENTENCES_MAX = 4096, /* spaces up to this size are counted when repeats begin */
};

/* ---- one suggestion ---- */

/* The key of a sentence and what it is granted. */
static hox_status key_of(const hox_study *study, const hox_sentence *sentence, char key[65],
                         hox_error *err)
{
    char budget[HOX__NUMBER_MAX];
    uint8_t bytes[HOX__DIGEST_BYTES];
    hox__digest *digest = hox__digest_new();
    if (!digest)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a suggestion");
    hox__number_print(study->budget, budget);
    hox__digest_add_text(digest, hox_sentence_key(sentence));
    hox__digest_add_text(digest, budget);
    hox__digest_get(digest, bytes);
    hox__digest_free(digest);
    hox__digest_hex(bytes, key);
    return HOX_OK;
}

static int64_t first_with(const hox_study *study, const char *key)
{
    const void *trial = hox__table_get(study->keys, key, HOX__KEY_DIGITS);
    return (int64_t)(uintptr_t)trial - 1;
}

hox_status hox__study_write_down(hox_study *study, hox__suggestion *out, hox_error *err)
{
    hox__suggestion_free(out);
    hox_status status = hox_walk_finish(study->walk, &out->sentence, err);
    if (status == HOX_OK)
        status = key_of(study, out->sentence, out->key, err);
    if (status != HOX_OK)
        return status;
    out->walk = hox_walk_text(study->walk);
    out->repeat_of = first_with(study, out->key);
    return out->walk ? HOX_OK
                     : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a suggestion");
}

static hox_status draw(hox_study *study, uint64_t trial, hox_rng rng, hox__suggestion *out,
                       hox_error *err)
{
    hox_walk_restart(study->walk);
    const hox_status status = study->strategy->suggest(study->state, trial, study->walk, &rng, err);
    return status == HOX_OK ? hox__study_write_down(study, out, err) : status;
}

static bool try_default(hox_study *study, hox__suggestion *out)
{
    hox_walk_restart(study->walk);
    return hox_walk_derive(study->walk, hox_answer_default, NULL, NULL, NULL) == HOX_OK &&
           hox__study_write_down(study, out, NULL) == HOX_OK;
}

/* ---- is anything left? ---- */

/* Calls `see` for every sentence of a small space, in the order of a grid that takes every value.
 * HOX_DONE: that was all; HOX_OK: there are more than SENTENCES_MAX. */
typedef hox_status (*seer)(void *ctx, const hox__suggestion *sentence);
static hox_status see_all(hox_study *study, seer see, void *ctx, hox_error *err)
{
    void *state = NULL;
    hox_rng rng = study->root;
    hox__suggestion s = {0};
    const hox_strategy *grid = hox__strategy_find("grid");
    const hox_value every = {.number = 1e6};
    hox_status status = grid->begin(study->space, &every, 0, &state, err);
    for (uint64_t i = 0; status == HOX_OK && i < SENTENCES_MAX; i++) {
        status = grid->suggest(state, i, study->walk, &rng, err);
        if (status == HOX_OK)
            status = hox__study_write_down(study, &s, err);
        if (status == HOX_OK)
            status = see(ctx, &s);
        hox_asked asked;
        asked.answer = hox_walk_answers(study->walk, &asked.n);
        if (status == HOX_OK)
            status = grid->asked(state, i, &asked);
    }
    hox__suggestion_free(&s);
    grid->end(state);
    return status;
}

static hox_status put_key(void *ctx, const hox__suggestion *s)
{
    hox__table *seen = ctx;
    return hox__table_put(seen, s->key, HOX__KEY_DIGITS, seen) ? HOX_OK : HOX_ERR_MEMORY;
}

/* How many different sentences a small space has, by walking all of it once. */
static hox_status count_sentences(hox_study *study, hox_error *err)
{
    int reals = 0;
    const double size = hox_space_size_log10(study->space, &reals);
    study->sentences_max = INT64_MAX;
    if (reals > 0 || !(size <= 3.6)) /* 10^3.6 = SENTENCES_MAX, nearly */
        return HOX_OK;
    hox__table *seen = hox__table_new();
    const hox_status status = seen ? see_all(study, put_key, seen, err) : HOX_ERR_MEMORY;
    if (status == HOX_DONE)
        study->sentences_max = (int64_t)hox__table_count(seen);
    hox__table_free(seen);
    return status == HOX_ERR_MEMORY
               ? hox_fail_code(err, status, "E0901", "no memory to count the sentences")
               : HOX_OK;
}

static hox_status everything_tried(hox_study *study, bool *yes, hox_error *err)
{
    hox_status status = HOX_OK;
    if (study->sentences_max == 0)
        status = count_sentences(study, err);
    *yes = (int64_t)hox__table_count(study->keys) >= study->sentences_max;
    return status;
}

/* ---- the suggestion ---- */

/* One of the sentences that were not tried, each as likely: the k-th replaces what was chosen with
 * probability 1/k. */
typedef struct {
    hox_rng rng;
    uint32_t untried;
    char *walk; /* hox_text_free() */
} lottery;

static hox_status take_part(void *ctx, const hox__suggestion *s)
{
    lottery *l = ctx;
    if (s->repeat_of >= 0 || hox_rng_below(&l->rng, ++l->untried) > 0)
        return HOX_OK;
    hox_text_free(l->walk);
    const size_t n = strlen(s->walk) + 1;
    l->walk = hox__alloc(n, 1);
    if (!l->walk)
        return HOX_ERR_MEMORY;
    memcpy(l->walk, s->walk, n);
    return HOX_OK;
}

/* In a small space what was not tried is found by looking, not by luck. */
static hox_status draw_untried(hox_study *study, const hox_rng *rng, hox__suggestion *out,
                               hox_error *err)
{
    lottery l = {.rng = hox_rng_child(rng, "untried", 0)};
    hox_status status = see_all(study, take_part, &l, err);
    status = status == HOX_DONE ? HOX_OK : status;
    if (status == HOX_OK && l.walk) {
        status = hox_walk_read(study->walk, l.walk, err);
        if (status == HOX_OK)
            status = hox__study_write_down(study, out, err);
    }
    hox_text_free(l.walk);
    return status;
}

/* Draws again while the sentence is known. A strategy that says the same again has no other. */
static hox_status redraw(hox_study *study, uint64_t trial, const hox_rng *rng, hox__suggestion *out,
                         hox_error *err)
{
    bool none_left = false;
    hox_status status = everything_tried(study, &none_left, err);
    if (status == HOX_OK && none_left)
        return HOX_DONE;
    for (uint64_t k = 1; status == HOX_OK && out->repeat_of >= 0 && k <= RETRIES; k++) {
        char before[65];
        memcpy(before, out->key, sizeof before);
        status = draw(study, trial, hox_rng_child(rng, "retry", k), out, err);
        if (study->strategy->no_default && strcmp(before, out->key) == 0)
            return status;
    }
    if (status == HOX_OK && out->repeat_of >= 0 && study->sentences_max < INT64_MAX)
        status = draw_untried(study, rng, out, err);
    return status;
}

/* A trial without answers yet: its seed depends on nothing but its number. */
static hox_rng begin(const hox_study *study, uint64_t trial, hox__suggestion *out)
{
    const hox_rng rng = hox_rng_child(&study->root, "trial", trial);
    hox_rng seed = hox_rng_child(&rng, "seed", 0);
    *out = (hox__suggestion){.trial = trial, .repeat_of = -1};
    const uint64_t high = hox_rng_u32(&seed);
    out->seed = high << 32 | hox_rng_u32(&seed);
    return rng;
}

hox_status hox__study_propose(hox_study *study, uint64_t trial, const char *walk,
                              hox__suggestion *out, hox_error *err)
{
    begin(study, trial, out);
    hox_status status = hox_walk_read(study->walk, walk, err);
    if (status == HOX_OK)
        status = hox__study_write_down(study, out, err);
    out->by = HOX__BY_USER;
    if (status != HOX_OK)
        hox__suggestion_free(out);
    return status;
}

static hox_status suggest(hox_study *study, uint64_t trial, hox__suggestion *out, hox_error *err)
{
    const hox_rng rng = begin(study, trial, out);
    const bool usual = trial == 0 && !study->no_default && !study->strategy->no_default;
    out->by = HOX__BY_DEFAULT;
    if (usual && try_default(study, out))
        return HOX_OK;
    out->by = HOX__BY_WARM;
    const int old = hox__inheritance_next(study);
    if (old >= 0 && hox__inheritance_derive(study, old, NULL) == HOX_OK &&
        hox__study_write_down(study, out, NULL) == HOX_OK && out->repeat_of < 0)
        return HOX_OK;
    out->by = study->strategy->name;
    hox_status status = draw(study, trial, rng, out, err);
    if (status == HOX_OK && out->repeat_of >= 0) {
        status = redraw(study, trial, &rng, out, err);
        /* Counting walked elsewhere: the walk must be the suggestion's for whoever asks it. */
        if (status == HOX_OK)
            status = hox_walk_read(study->walk, out->walk, err);
    }
    if (status != HOX_OK)
        hox__suggestion_free(out);
    return status;
}

hox_status hox__study_suggest(hox_study *study, uint64_t trial, hox__suggestion *out,
                              hox_error *err)
{
    const double began_s = hox__clock_s();
    const hox_status status = suggest(study, trial, out, err);
    out->seconds = hox__clock_s() - began_s;
    return status;
}

hox_status hox__study_recall(hox_study *study, uint64_t trial, hox__suggestion *out, hox_error *err)
{
    hox__trial_row row;
    *out = (hox__suggestion){.trial = trial, .repeat_of = -1};
    hox_status status = hox__store_trial(study->store, study->id, trial, &row, err);
    if (status == HOX_OK)
        status = hox__past_read(study->past, trial, row.walk, study->walk, err);
    if (status == HOX_OK)
        status = hox__study_write_down(study, out, err);
    if (status != HOX_OK)
        hox__suggestion_free(out);
    out->seed = row.seed;
    out->repeat_of = row.repeat_of;
    return status;
}

hox_status hox__study_retell(hox_study *study, const char *walk, hox__suggestion *out,
                             hox_error *err)
{
    hox_status status = hox_walk_read(study->walk, walk, err);
    if (status == HOX_OK)
        status = hox__study_write_down(study, out, err);
    if (status != HOX_OK)
        hox__suggestion_free(out);
    return status;
}

void hox__suggestion_free(hox__suggestion *s)
{
    hox_sentence_free(s->sentence);
    hox_text_free(s->walk);
    s->sentence = NULL;
    s->walk = NULL;
}
