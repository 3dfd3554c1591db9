/* Making, opening and describing a study. */
#include "study/study.h"
#include "base/alloc.h"
#include "base/text.h"
#include "data/dataset.h"
#include "nn/train.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES = 1 << 28 };

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a study");
}

static const char *keep(hox_study *study, const char *s)
{
    return s ? hox__arena_copy(study->arena, s, strlen(s)) : NULL;
}

/* ---- parts of an opening ---- */

static hox_study *study_new(const char *path, const char *data_folder, hox_error *err)
{
    hox_study *study = hox__alloc(1, sizeof *study);
    if (study) {
        study->arena = hox__arena_new(TEXT_BYTES);
        study->keys = hox__table_new();
    }
    if (!study || !study->arena || !study->keys || !(study->path = keep(study, path))) {
        hox_study_close(study);
        no_memory(err);
        return NULL;
    }
    study->data_folder = keep(study, data_folder);
    study->objective = &hox__objective_native;
    study->best_value = (double)NAN;
    return study;
}

static bool facts_of_source(void *ctx, const hox_term *source, hox_facts *facts)
{
    const hox_study *study = ctx;
    const hox__places places = {.folder = study->data_folder};
    return hox__dataset_facts(source, &places, facts, NULL) == HOX_OK;
}

static hox_status load_space(hox_study *study, const char *name, const char *text,
                             hox_diagnostics *list, hox_error *err)
{
    const hox_space_options options = {.facts = facts_of_source, .ctx = study};
    hox_status status = hox_space_load(name, text, strlen(text), &options, list, &study->space);
    if (status != HOX_OK)
        return status;
    if (hox_space_has(study->space, "command"))
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "%s: `command` is not in this version: the objective is the network that "
                        "`net` describes",
                        name);
    study->walk = hox_walk_new(study->space, err);
    double low;
    const char *root;
    if (!hox_space_budget(study->space, &low, &study->budget, &root))
        study->budget = 0;
    return study->walk ? HOX_OK : HOX_ERR_MEMORY;
}

/* A sentence of the space, any: the default one if it can be. */
static hox_status some_sentence(hox_study *study, hox_sentence **sentence, hox_error *err)
{
    hox_rng rng = hox_rng_child(&study->root, "some", 0);
    hox_walk_restart(study->walk);
    hox_status status = hox_walk_derive(study->walk, hox_answer_default, NULL, NULL, NULL);
    if (status != HOX_OK) {
        hox_walk_restart(study->walk);
        status = hox_walk_derive(study->walk, hox_answer_prior, &rng, NULL, err);
    }
    return status == HOX_OK ? hox_walk_finish(study->walk, sentence, err) : status;
}

/* "maximize accuracy", "minimize mean of last 5 loss": what `objective` says, in one order. */
static hox_status read_objective(hox_study *study, hox_error *err)
{
    hox_sentence *sentence = NULL;
    hox__recipe recipe;
    hox_status status = some_sentence(study, &sentence, err);
    if (status == HOX_OK)
        status = hox__recipe_read(sentence, study->budget, &recipe, err);
    if (status == HOX_OK) {
        char reduce[48] = "";
        if (recipe.reduce < 0)
            snprintf(reduce, sizeof reduce, "best ");
        else if (recipe.reduce > 0)
            snprintf(reduce, sizeof reduce, "mean of last %" PRId64 " ", recipe.reduce);
        study->maximize = recipe.maximize;
        study->metric = keep(study, recipe.metric);
        study->objective_text =
            hox__arena_printf(study->arena, "%s %s%s", recipe.maximize ? "maximize" : "minimize",
                              reduce, recipe.metric);
        status = study->metric && study->objective_text ? HOX_OK : no_memory(err);
    }
    hox_sentence_free(sentence);
    return status;
}

static void put_grouped(hox__text *out, int64_t n, const char *unit)
{
    char digits[32];
    const int len = snprintf(digits, sizeof digits, "%" PRId64, n);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            hox__text_putc(out, ' ');
        hox__text_putc(out, digits[i]);
    }
    hox__text_puts(out, unit);
}

/* "60 000 train, 10 000 test, 28x28x1, 10 classes; 54 000 to fit, 6 000 to validate" */
static hox_status describe_data(hox_study *study, hox_error *err)
{
    const hox__line *r = &study->ready;
    hox__text text = {0};
    if (r->train > 0) {
        put_grouped(&text, r->train, " train, ");
        put_grouped(&text, r->test, " test, ");
        const hox_facts *known = hox_space_facts(study->space);
        const hox_facts image = {
            .height = r->height, .width = r->width, .channels = r->channels, .classes = r->classes};
        hox__facts_print(&text, r->height > 0 ? &image : known);
        hox__text_puts(&text, "; ");
        put_grouped(&text, r->fit, " to fit, ");
        put_grouped(&text, r->validate, " to validate");
    }
    study->data_text = text.failed ? NULL : keep(study, hox__text_get(&text));
    hox__text_deinit(&text);
    return study->data_text ? HOX_OK : no_memory(err);
}

static hox_status open_objective(hox_study *study, hox_error *err)
{
    study->input = (hox__objective_input){study->space, study->name, study->data_folder};
    const hox_status status = hox__warm_open(study->objective, &study->input, study->store,
                                             &study->warm, &study->ready, err);
    return status == HOX_OK ? describe_data(study, err) : status;
}

/* ---- create ---- */

static hox_status check_name(const char *name, hox_error *err)
{
    if (name && *name && strlen(name) < 200 && !strpbrk(name, ":@/\n") && *name != '-' &&
        *name != '.')
        return HOX_OK;
    return hox_fail(err, HOX_ERR_ARGUMENT,
                    "`%.60s` cannot name a study\na name has no `:`, `@` or `/` and begins with "
                    "neither `-` nor `.`",
                    name ? name : "");
}

static hox_status add_to_store(hox_study *study, const hox_study_options *o, hox_error *err)
{
    const hox__study_new row = {
        .name = study->name,
        .spec = o->spec,
        .spec_name = o->spec_name ? o->spec_name : study->name,
        .spec_hash = hox_space_hash(study->space),
        .objective = study->objective_text,
        .strategy = study->strategy_text,
        .data_hash = study->ready.hash,
        .maximize = study->maximize,
        .no_default = o->no_default,
        .seed = o->seed,
    };
    return hox__store_add_study(study->store, &row, &study->id, err);
}

/* Is the study in the store the one that the options mean? */
static hox_status same_study(const hox_study *study, const hox__study_row *row,
                             const char *strategy, hox_error *err)
{
    const char *what = NULL;
    if (strcmp(row->spec_hash, hox_space_hash(study->space)) != 0)
        what = "space";
    else if (row->seed != study->seed)
        what = "seed";
    else if (strategy && strcmp(row->strategy, study->strategy_text) != 0)
        what = "strategy";
    if (!what)
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0606",
                         "study `%s` in %s has another %s\ngive this one a name: --name %s-2\n"
                         "`hox resume %s` goes on with the old one",
                         study->name, study->path, what, study->name, study->name);
}

static hox_status same_data(const hox_study *study, const hox__study_row *row, hox_error *err)
{
    if (strcmp(row->data_hash, study->ready.hash) == 0)
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_DATA, "E0501",
                         "the data are not those that study `%s` began with: SHA-256 was %.12s…, "
                         "is %.12s…",
                         study->name, row->data_hash, study->ready.hash);
}

/* The rest of opening an existing study: its strategy as it was, its data, its log. */
static hox_status go_on(hox_study *study, const hox__study_row *row, hox_error *err)
{
    hox__study_more more;
    study->id = row->id;
    hox_status status = hox__store_more(study->store, row->id, &more, err);
    if (status == HOX_OK) {
        study->no_default = more.no_default;
        study->settings = keep(study, row->settings);
        status = study->warm ? HOX_OK : open_objective(study, err);
    }
    if (status == HOX_OK)
        status = same_data(study, row, err);
    return status == HOX_OK ? hox__study_replay(study, err) : status;
}

static hox_status create(hox_study *study, const hox_study_options *o, hox_diagnostics *list,
                         bool *resumed, hox_error *err)
{
    hox__study_row row;
    bool guessed;
    study->name = keep(study, o->name);
    study->seed = o->seed;
    study->root = hox_rng_seed(o->seed);
    study->no_default = o->no_default;
    hox_status status = study->name ? HOX_OK : no_memory(err);
    if (status == HOX_OK)
        status = load_space(study, o->spec_name ? o->spec_name : o->name, o->spec, list, err);
    if (status == HOX_OK)
        status = read_objective(study, err);
    /* All that can be wrong with what was asked for comes before there is a store. */
    if (status == HOX_OK)
        status = hox__study_strategy(study, o->strategy, err);
    if (status == HOX_OK)
        status = open_objective(study, err);
    if (status == HOX_OK)
        status = hox__store_open(o->store, HOX__STORE_CREATE, &study->store, err);
    if (status != HOX_OK)
        return status;
    *resumed = hox__store_find(study->store, o->name, &row, &guessed, NULL) == HOX_OK;
    if (!*resumed)
        return add_to_store(study, o, err);
    status = same_study(study, &row, o->strategy, err);
    if (status == HOX_OK && strcmp(row.strategy, study->strategy_text) != 0) {
        study->strategy->end(study->state);
        study->state = NULL;
        status = hox__study_strategy(study, row.strategy, err);
    }
    return status == HOX_OK ? go_on(study, &row, err) : status;
}

hox_status hox_study_create(const hox_study_options *options, hox_diagnostics *list,
                            hox_study **out, bool *resumed, hox_error *err)
{
    bool known = false;
    *out = NULL;
    hox_status status = check_name(options->name, err);
    if (status != HOX_OK)
        return status;
    hox_study *study = study_new(options->store, options->data_folder, err);
    if (!study)
        return HOX_ERR_MEMORY;
    status = create(study, options, list, &known, err);
    if (resumed)
        *resumed = known;
    if (status == HOX_OK)
        *out = study;
    else
        hox_study_close(study);
    return status;
}

/* ---- resume ---- */

static hox_status reopen(hox_study *study, const char *name, hox_diagnostics *list, hox_error *err)
{
    hox__study_row row;
    hox__study_more more;
    bool guessed;
    hox_status status = hox__store_open(study->path, HOX__STORE_WRITE, &study->store, err);
    if (status == HOX_OK)
        status = hox__store_find(study->store, name, &row, &guessed, err);
    if (status == HOX_OK)
        status = hox__store_more(study->store, row.id, &more, err);
    if (status != HOX_OK)
        return status;
    study->name = keep(study, row.name);
    study->seed = row.seed;
    study->root = hox_rng_seed(row.seed);
    status = study->name ? load_space(study, more.spec_name, row.spec, list, err) : no_memory(err);
    if (status == HOX_OK)
        status = read_objective(study, err);
    if (status == HOX_OK && strcmp(row.spec_hash, hox_space_hash(study->space)) != 0)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0606",
                               "the space of study `%s` means something else to this version of "
                               "hox: begin a new study",
                               study->name);
    if (status == HOX_OK)
        status = hox__study_strategy(study, row.strategy, err);
    return status == HOX_OK ? go_on(study, &row, err) : status;
}

hox_status hox_study_resume(const char *store, const char *name, const char *data_folder,
                            hox_diagnostics *list, hox_study **out, hox_error *err)
{
    *out = NULL;
    hox_study *study = study_new(store, data_folder, err);
    if (!study)
        return HOX_ERR_MEMORY;
    const hox_status status = reopen(study, name, list, err);
    if (status == HOX_OK)
        *out = study;
    else
        hox_study_close(study);
    return status;
}

void hox_study_close(hox_study *study)
{
    if (!study)
        return;
    hox__warm_close(study->warm);
    hox__store_close(study->store);
    if (study->strategy && study->strategy->end && study->state)
        study->strategy->end(study->state);
    hox_walk_free(study->walk);
    hox_space_free(study->space);
    hox__table_free(study->keys);
    hox__free(study->trial);
    hox__arena_free(study->arena);
    hox__free(study);
}

/* ---- describing ---- */

hox_study_facts hox_study_describe(const hox_study *study)
{
    return (hox_study_facts){
        .name = study->name,
        .store = study->path,
        .strategy = study->strategy_text,
        .objective = study->objective_text,
        .metric = study->metric,
        .spec_hash = hox_space_hash(study->space),
        .data = study->data_text,
        .seed = study->seed,
        .maximize = study->maximize,
        .trials = study->trials,
        .done = study->done,
        .pruned = study->pruned,
        .failed = study->failed,
        .has_best = study->has_best,
        .best_trial = study->best_trial,
        .best_value = study->best_value,
        .jobs = study->jobs,
    };
}

const hox_space *hox_study_space(const hox_study *study)
{
    return study->space;
}

hox_status hox_study_sentence(const hox_study *study, uint64_t trial, hox_sentence **sentence,
                              hox_error *err)
{
    hox__trial_row row;
    *sentence = NULL;
    hox_walk *walk = hox_walk_new(study->space, err);
    hox_status status = walk ? HOX_OK : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = hox__store_trial(study->store, study->id, trial, &row, err);
    if (status == HOX_OK)
        status = hox_walk_read(walk, row.walk, err);
    if (status == HOX_OK)
        status = hox_walk_finish(walk, sentence, err);
    hox_walk_free(walk);
    return status;
}

hox_status hox_study_log_hash(hox_study *study, char hex[65], hox_error *err)
{
    return hox__store_log_hash(study->store, study->id, hex, err);
}
