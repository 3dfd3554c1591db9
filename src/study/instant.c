#include "study/instant.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DRAWS = 32 };

const hox_term *hox__objective_call(const hox_space *space, const char *name)
{
    const hox_term *term = hox_space_constant(space, "objective");
    return term && term->kind == HOX_TERM_CALL && strcmp(term->name, name) == 0 ? term : NULL;
}

/* ---- a trial ---- */

static hox_status sentence_of(hox_walk *walk, const char *text, hox_sentence **sentence,
                              hox_error *err)
{
    hox_status status = walk ? hox_walk_read(walk, text, err) : HOX_ERR_MEMORY;
    return status == HOX_OK ? hox_walk_finish(walk, sentence, err) : status;
}

/* Every step but the last, which the result says too. False: it was told to stop. */
static bool report_all(const hox__curve *curve, const hox__task *task, int fd)
{
    bool go = true;
    for (int i = 0; curve->steps && i < curve->n && go; i++) {
        const hox__line line = {
            .kind = HOX__LINE_REPORT,
            .step = i + 1,
            .steps = curve->n,
            .accuracy = (double)NAN,
            .loss = (double)NAN,
            .train_loss = (double)NAN,
            .score = {curve->value[i]},
            .scores = 1,
            .epoch_end = true,
            .wait = task->asks,
        };
        go = hox__line_write(fd, &line) == HOX_OK && (!line.wait || hox__line_go_on(fd));
    }
    return go;
}

static int say(const hox__curve *curve, const hox__task *task, int fd)
{
    if (!report_all(curve, task, fd))
        return 1;
    const hox__line line = {.kind = HOX__LINE_RESULT,
                            .step = curve->steps ? curve->n : 0,
                            .value = curve->value[curve->n - 1]};
    return hox__line_write(fd, &line) == HOX_OK ? 0 : 1;
}

int hox__instant_trial(const hox_space *space, const hox__task *task, int fd, hox__measure measure,
                       const void *state)
{
    hox_error err = {0};
    hox__curve curve = {.n = 0};
    hox_sentence *sentence = NULL;
    hox_walk *walk = hox_walk_new(space, &err);
    hox_status status = sentence_of(walk, task->walk, &sentence, &err);
    const hox__values values = {.space = space,
                                .sentence = sentence,
                                .seed = task->seed,
                                .trial = task->trial,
                                .budget = task->budget};
    if (status == HOX_OK)
        status = measure(state, &values, walk, &curve, &err);
    int code = 1;
    if (status == HOX_OK)
        code = say(&curve, task, fd);
    else
        hox__line_failed(fd, status == HOX_ERR_EMPTY ? "infeasible" : "exit", &err);
    hox_sentence_free(sentence);
    hox_walk_free(walk);
    return code;
}

/* ---- before the first ---- */

static hox_status draw(hox_walk *walk, int i, hox_error *err)
{
    const hox_rng root = hox_rng_seed(0);
    hox_rng rng = hox_rng_child(&root, "check", (uint64_t)i);
    hox_walk_restart(walk);
    return hox_walk_derive(walk, i ? hox_answer_prior : hox_answer_default, i ? &rng : NULL, NULL,
                           err);
}

hox_status hox__instant_check(const hox_space *space, hox__seer see, void *ctx, hox_error *err)
{
    hox_walk *walk = hox_walk_new(space, err);
    hox_status status = walk ? HOX_OK : HOX_ERR_MEMORY;
    for (int i = 0; i < DRAWS && status == HOX_OK; i++) {
        hox_sentence *sentence = NULL;
        status = draw(walk, i, i ? err : NULL);
        if (i == 0 && status != HOX_OK) { /* there need not be a default one */
            status = HOX_OK;
            continue;
        }
        if (status == HOX_OK)
            status = hox_walk_finish(walk, &sentence, err);
        const hox__values values = {.space = space, .sentence = sentence};
        if (status == HOX_OK)
            status = see(ctx, &values, walk, err);
        hox_sentence_free(sentence);
    }
    hox_walk_free(walk);
    return status;
}

/* ---- the best there is ---- */

bool hox__objective_optimum(const hox_space *space, const char *data_folder, double *best)
{
    const hox__objective *objective = hox__objective_of(space);
    return objective->optimum && objective->optimum(space, data_folder, best);
}
