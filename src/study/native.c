/* The objective of Hox itself: train the sentence of a walk, measure it on the validation part. The
 * data are read once, in the warm process, and shared by the forks of it; only a trial whose source
 * or split is another than that of the space's default sentence reads its own. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/proc.h"
#include "nn/train.h"
#include "study/objective.h"
#include <hox/version.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double report_s = 0.2; /* between two signs of life: the eye sees no more */
static const double put_down_s = 5; /* of work are lost at most when a trial is killed */

typedef struct {
    hox__dataset *dataset;
    hox__data_plan plan;
    hox__split split;
} data;

typedef struct {
    hox__objective_input in;
    hox_walk *walk;
    hox_sentence *sentence; /* some sentence of the space, the default one if it can be */
    data data;              /* of that sentence */
} native;

/* ---- data ---- */

static void data_close(data *d)
{
    hox__split_free(&d->split);
    hox__dataset_free(d->dataset);
    *d = (data){0};
}

/* Reads what d->plan says. */
static hox_status data_open(const hox__objective_input *in, data *d, hox_error *err)
{
    const hox__places places = {.folder = in->data_folder};
    hox_status status = hox__dataset_open(d->plan.source, &places, &d->dataset, err);
    if (status == HOX_OK)
        status = hox__split_of(hox__dataset_training(d->dataset), &d->plan, &d->split, err);
    if (status == HOX_OK && d->split.n_validation == 0)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0503",
                               "no example is left to validate on, so no trial could be told from "
                               "another\n`split(validation: 0.1)` keeps a tenth");
    if (status != HOX_OK)
        data_close(d);
    return status;
}

static bool same_examples(const hox__data_plan *a, const hox__data_plan *b)
{
    return a->validation == b->validation && a->split_seed == b->split_seed &&
           hox_term_same(a->source, b->source);
}

static void describe(const data *d, hox__line *ready)
{
    const hox__images *train = hox__dataset_training(d->dataset);
    const hox__images *test = hox__dataset_test(d->dataset);
    ready->train = train->n;
    ready->test = test ? test->n : 0;
    ready->height = train->height;
    ready->width = train->width;
    ready->channels = train->channels;
    ready->classes = train->classes;
    ready->fit = d->split.n_train;
    ready->validate = d->split.n_validation;
    snprintf(ready->hash, sizeof ready->hash, "%s", hox__dataset_hash(d->dataset));
}

static void close_native(void *state)
{
    native *n = state;
    if (n) {
        data_close(&n->data);
        hox_sentence_free(n->sentence);
        hox_walk_free(n->walk);
    }
    hox__free(n);
}

static hox_status some_sentence(native *n, hox_error *err)
{
    hox_rng rng = hox_rng_seed(0);
    n->walk = hox_walk_new(n->in.space, err);
    if (!n->walk)
        return HOX_ERR_MEMORY;
    hox_status status = hox_walk_derive(n->walk, hox_answer_default, NULL, NULL, NULL);
    if (status != HOX_OK) {
        hox_walk_restart(n->walk);
        status = hox_walk_derive(n->walk, hox_answer_prior, &rng, NULL, err);
    }
    return status == HOX_OK ? hox_walk_finish(n->walk, &n->sentence, err) : status;
}

static hox_status open_native(const hox__objective_input *in, void **state, hox__line *ready,
                              hox_error *err)
{
    native *n = hox__alloc(1, sizeof *n);
    if (!n)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the data");
    n->in = *in;
    hox_status status = HOX_OK;
    if (!hox_space_has(in->space, "net") || !hox_space_has(in->space, "data"))
        status = hox_fail_code(err, HOX_ERR_ARGUMENT, "E0201",
                               "the space has no `%s`: there is nothing to train",
                               hox_space_has(in->space, "net") ? "data" : "net");
    if (status == HOX_OK)
        status = some_sentence(n, err);
    if (status == HOX_OK)
        status = hox__data_plan_read(hox_sentence_root(n->sentence, "data"), &n->data.plan, err);
    if (status == HOX_OK)
        status = data_open(in, &n->data, err);
    if (status != HOX_OK) {
        close_native(n);
        return status;
    }
    *ready = (hox__line){.kind = HOX__LINE_READY};
    describe(&n->data, ready);
    *state = n;
    return HOX_OK;
}

/* ---- a trial ---- */

typedef struct {
    const native *native;
    const hox__task *task;
    int fd;
    hox_walk *walk;
    hox_sentence *sentence;
    hox__data_plan plan;
    data own;         /* when it is not the shared one */
    const data *data; /* either */
    hox__recipe recipe;
    const char *checkpoint; /* NULL: the state is not kept */
    hox__train_result result;
    hox__model *model;
} trial;

static bool on_report(void *ctx, const hox__progress *p)
{
    const trial *t = ctx;
    const hox__line line = {
        .kind = HOX__LINE_REPORT,
        .step = p->epoch_end ? p->epoch : p->epoch - 1,
        .steps = p->epochs,
        .accuracy = p->epoch_end ? p->accuracy : (double)NAN,
        .loss = p->epoch_end ? p->validation_loss : (double)NAN,
        .train_loss = p->loss,
        .progress = p->steps > 0 ? (double)p->step / (double)p->steps : 0,
        .epoch_end = p->epoch_end,
        .wait = p->epoch_end && t->task->asks,
        .scores = p->epoch_end,
        .score = {p->value},
    };
    /* Nobody listens any more: there is nothing to go on for. */
    if (hox__line_write(t->fd, &line) != HOX_OK)
        return false;
    return line.wait || hox__readable(t->fd) ? hox__line_go_on(t->fd) : true;
}

static hox_status prepare(trial *t, hox_error *err)
{
    t->walk = hox_walk_new(t->native->in.space, err);
    hox_status status = t->walk ? hox_walk_read(t->walk, t->task->walk, err) : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = hox_walk_finish(t->walk, &t->sentence, err);
    if (status == HOX_OK)
        status = hox__recipe_read(t->sentence, t->task->budget, &t->recipe, err);
    if (status == HOX_OK)
        status = hox__data_plan_read(hox_sentence_root(t->sentence, "data"), &t->plan, err);
    t->data = &t->native->data;
    if (status == HOX_OK && !same_examples(&t->plan, &t->data->plan)) {
        t->own.plan = t->plan;
        t->data = &t->own;
        status = data_open(&t->native->in, &t->own, err);
    }
    return status;
}

static void release(trial *t)
{
    hox__model_free(t->model);
    data_close(&t->own);
    hox_sentence_free(t->sentence);
    hox_walk_free(t->walk);
}

static hox_status once(trial *t, hox_error *err)
{
    const hox__train_options options = {
        .seed = t->task->seed,
        .memory_bytes_max = (size_t)t->task->memory_bytes,
        .threads = t->task->threads,
        .report = on_report,
        .now = hox__clock_s,
        .report_s = report_s,
        .ctx = t,
        .checkpoint = t->checkpoint,
        .resume = true,
        .checkpoint_s = put_down_s,
    };
    return hox__train(&t->recipe, hox__dataset_training(t->data->dataset), &t->data->split,
                      &t->plan, &options, &t->result, &t->model, err);
}

/* What was put down goes on. A file that is damaged, or of another version, costs its work and
 * nothing else: the training is the same from its beginning. */
static hox_status train(trial *t, hox_error *err)
{
    char path[1200] = "";
    const char *dir = t->task->dir; /* NULL: a trial that is over is trained once more */
    const int n = dir ? snprintf(path, sizeof path, "%s/%s", dir, HOX__CHECKPOINT_NAME) : 0;
    if (n > 0 && (size_t)n < sizeof path && hox__make_directories(dir, NULL) == HOX_OK)
        t->checkpoint = path;
    hox_status status = once(t, err);
    if (status == HOX_ERR_DATA && t->checkpoint && strncmp(err->code, "E07", 3) == 0 &&
        hox__remove_tree(path, NULL) == HOX_OK) {
        *err = (hox_error){0};
        status = once(t, err);
    }
    t->checkpoint = NULL;
    return status;
}

static bool worth_keeping(const trial *t)
{
    const double from = t->task->keep_from, value = t->result.value;
    return isnan(from) || (t->recipe.maximize ? value >= from : value <= from);
}

static hox_status save(const trial *t, const char *path, double test, hox_error *err)
{
    char *text = hox_sentence_text(t->sentence, true);
    if (!text)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the sentence");
    const hox__provenance provenance = {
        .sentence_text = text,
        .study = t->native->in.study,
        .version = HOX_VERSION,
        .data_hash = hox__dataset_hash(t->data->dataset),
        .trial = t->task->trial,
        .seed = t->task->seed,
        .validation = t->result.value,
        .test = test,
    };
    const hox_status status = hox__model_save(t->model, &provenance, path, err);
    hox_text_free(text);
    return status;
}

static hox_status save_in_folder(const trial *t, hox_error *err)
{
    char folder[1024];
    const char *slash = strrchr(t->task->model, '/');
    const int n = slash ? (int)(slash - t->task->model) : 0;
    if (n <= 0 || n >= (int)sizeof folder)
        return hox_fail(err, HOX_ERR_IO, "%s: not a path for a model", t->task->model);
    snprintf(folder, sizeof folder, "%.*s", n, t->task->model);
    const hox_status status = hox__make_directories(folder, err);
    return status == HOX_OK ? save(t, t->task->model, (double)NAN, err) : status;
}

static const char *reason_of(hox_status status)
{
    switch (status) {
    case HOX_ERR_NUMERIC:
        return "nan";
    case HOX_ERR_MEMORY:
        return "memory";
    case HOX_ERR_SHAPE:
    case HOX_ERR_EMPTY:
    case HOX_ERR_ARGUMENT:
        return "infeasible";
    default:
        return "exit";
    }
}

static int say_result(const trial *t, bool kept)
{
    const hox__line line = {
        .kind = HOX__LINE_RESULT,
        .value = t->result.value,
        .step = t->result.epochs,
        .params = t->result.params,
        .memory_bytes = (int64_t)t->result.memory_bytes,
        .kept = kept,
    };
    return hox__line_write(t->fd, &line) == HOX_OK ? 0 : 1;
}

static int run_trial(void *state, const hox__task *task, int fd)
{
    hox_error err = {0};
    trial t = {.native = state, .task = task, .fd = fd};
    hox_status status = prepare(&t, &err);
    if (status == HOX_OK)
        status = train(&t, &err);
    if (status == HOX_OK && !isfinite(t.result.value))
        status = hox_fail(&err, HOX_ERR_NUMERIC, "the %s is not a number", t.recipe.metric);
    const bool keep = status == HOX_OK && worth_keeping(&t);
    if (keep)
        status = save_in_folder(&t, &err);
    int code = 1;
    if (status == HOX_OK)
        code = say_result(&t, keep);
    else if (status == HOX_ERR_INTERRUPTED) /* it was told to stop, and has put its work down */
        code = 0;
    else
        hox__line_failed(fd, reason_of(status), &err);
    release(&t);
    return code;
}

/* ---- the end of a study ---- */

static hox_status copy_with_score(trial *t, const char *to, hox__line *line, hox_error *err)
{
    hox__provenance from = {0};
    hox__score score = {.value = (double)NAN, .value_error = (double)NAN};
    hox_status status = hox__model_load(t->task->model, &t->model, &from, err);
    const hox__images *test = hox__dataset_test(t->data->dataset);
    if (status == HOX_OK && test && test->n > 0)
        status = hox__model_score(t->model, test, &score, NULL, err);
    t->result.value = from.validation;
    if (status == HOX_OK)
        status = save(t, to, score.value, err);
    hox__mapping file = {0};
    if (status == HOX_OK)
        status = hox__file_map(to, &file, err);
    if (status != HOX_OK)
        return status;
    *line = (hox__line){.kind = HOX__LINE_SCORE,
                        .value = score.value,
                        .standard_error = score.value_error,
                        .params = hox__model_describe(t->model)->params,
                        .bytes = (int64_t)file.n};
    hox__file_unmap(&file);
    return HOX_OK;
}

static int run_finish(void *state, const hox__task *task, const char *to, int fd)
{
    hox_error err = {0};
    hox__line line;
    trial t = {.native = state, .task = task, .fd = fd};
    hox_status status = prepare(&t, &err);
    if (status == HOX_OK)
        status = copy_with_score(&t, to, &line, &err);
    if (status == HOX_OK)
        status = hox__line_write(fd, &line);
    else
        hox__line_failed(fd, reason_of(status), &err);
    release(&t);
    return status == HOX_OK ? 0 : 1;
}

const hox__objective hox__objective_native = {
    .name = "native",
    .root = "net",
    .models = true,
    .aim = hox__native_aim,
    .describe = hox__native_describe,
    .open = open_native,
    .close = close_native,
    .trial = run_trial,
    .finish = run_finish,
};
