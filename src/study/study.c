/* Making, opening and describing a study. */
#include "study/study.h"
#include "base/alloc.h"
#include "base/proc.h"
#include "base/text.h"
#include "data/dataset.h"
#include "study/amend.h"
#include "study/methods.h"
#include "study/remote.h"
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
    study->best_value = (double)NAN;
    study->era = -1;
    study->allocator_text = "";
    hox__boot_id(study->boot);
    return study;
}

static bool facts_of_source(void *ctx, const hox_term *source, hox_facts *facts)
{
    const hox_study *study = ctx;
    const hox__places places = {.folder = study->data_folder};
    return hox__dataset_facts(source, &places, facts, NULL) == HOX_OK;
}

hox_space_options hox__study_space_options(const hox_study *study)
{
    return (hox_space_options){.facts = facts_of_source, .ctx = (void *)(uintptr_t)study};
}

static hox_status load_space(hox_study *study, const char *name, const char *text,
                             hox_diagnostics *list, hox_error *err)
{
    const hox_space_options options = hox__study_space_options(study);
    hox_status status = hox_space_load(name, text, strlen(text), &options, list, &study->space);
    if (status != HOX_OK) /* what is wrong with the text is in the list */
        return status == HOX_ERR_MEMORY ? no_memory(err) : status;
    study->objective = hox__objective_of(study->space);
    study->walk = hox_walk_new(study->space, err);
    double low;
    const char *root;
    if (!hox_space_budget(study->space, &low, &study->budget, &root))
        study->budget = 0;
    return study->walk ? HOX_OK : HOX_ERR_MEMORY;
}

/* "maximize accuracy", "minimize mean of last 5 loss": what `objective` says, in one order. */
static hox_status read_objective(hox_study *study, hox_error *err)
{
    hox_status status = study->objective->aim(study->space, study->arena, &study->aim, err);
    if (status != HOX_OK)
        return status;
    study->maximize = study->aim.goal[0].maximize;
    study->metric = study->aim.goal[0].metric;
    study->objective_text = hox__aim_text(&study->aim, study->arena);
    return study->objective_text ? HOX_OK : no_memory(err);
}

static hox_status describe_data(hox_study *study, hox_error *err)
{
    hox__text text = {0};
    if (study->objective->describe)
        study->objective->describe(study->space, &study->ready, &text);
    study->data_text = text.failed ? NULL : keep(study, hox__text_get(&text));
    hox__text_deinit(&text);
    return study->data_text ? HOX_OK : no_memory(err);
}

static hox_status open_objective(hox_study *study, hox_error *err)
{
    if (study->told)
        return HOX_OK;
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
        .allocator = study->allocator_text,
    };
    return hox__store_add_study(study->store, &row, &study->id, err);
}

/* asha(eta: 3): it says how the budget is shared out, too. */
static bool names_scheme(const char *strategy)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", strategy ? (int)strcspn(strategy, "( ") : 0,
             strategy ? strategy : "");
    return hox__scheme_find(name) != NULL;
}

/* Is the study in the store the one that the options mean? */
static hox_status same_study(const hox_study *study, const hox__study_row *row,
                             const hox_study_options *o, hox_error *err)
{
    const char *what = NULL, *strategy = o->strategy;
    if (strcmp(row->spec_hash, hox_space_hash(study->space)) != 0 && !o->amend)
        what = "space";
    else if (row->seed != study->seed && !o->any_seed)
        what = "seed";
    else if (strategy && strcmp(row->strategy, study->strategy_text) != 0)
        what = "strategy";
    else if ((o->prune || names_scheme(strategy)) &&
             strcmp(row->allocator, study->allocator_text) != 0)
        what = "stopping rule";
    if (!what)
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0606",
                         "study `%s` in %s has another %s\ngive this one a name: --name %s-2\n"
                         "`hox resume %s` goes on with the old one%s",
                         study->name, study->path, what, study->name, study->name,
                         strcmp(what, "space") == 0 ? ", --amend with this one" : "");
}

static hox_status same_data(const hox_study *study, const hox__study_row *row, hox_error *err)
{
    if (study->told || strcmp(row->data_hash, study->ready.hash) == 0)
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_DATA, "E0501",
                         "the data are not those that study `%s` began with: SHA-256 was %.12s…, "
                         "is %.12s…",
                         study->name, row->data_hash, study->ready.hash);
}

static hox_status know_past(hox_study *study, hox_error *err)
{
    const hox_space_options options = hox__study_space_options(study);
    hox__past_free(study->past);
    return hox__past_open(study->settings, study->era, study->space, &options, &study->past, err);
}

/* The space is another, and that is wanted. The data are the same, whatever the space says. */
static hox_status amend(hox_study *study, hox__study_row *row, const hox_study_options *o,
                        hox_error *err)
{
    if (strcmp(row->spec_hash, hox_space_hash(study->space)) == 0)
        return HOX_OK;
    const hox_status status = same_data(study, row, err);
    return status == HOX_OK ? hox__study_amend(study, row, o->spec_name ? o->spec_name : o->name,
                                               &study->amendment, err)
                            : status;
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
        if (strcmp(study->allocator_text, row->allocator) != 0)
            status = hox__study_allocator_again(study, row->allocator, err);
    }
    if (status == HOX_OK)
        status = know_past(study, err);
    if (status == HOX_OK) {
        status = study->warm ? HOX_OK : open_objective(study, err);
    }
    if (study->looked_at)
        return status;
    if (status == HOX_OK)
        status = same_data(study, row, err);
    study->unheard = study->stay == HOX__STAY_TELL && !*row->allocator;
    return status == HOX_OK && !study->owner && !study->unheard
               ? hox__study_replay(study, NULL, NULL, err)
               : status;
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
        status = hox__study_allocator(study, o->prune, err);
    if (status == HOX_OK)
        status = open_objective(study, err);
    if (status == HOX_OK)
        status = hox__store_open(o->store, HOX__STORE_CREATE, &study->store, err);
    if (status != HOX_OK)
        return status;
    status = hox__store_find(study->store, o->name, &row, &guessed, NULL);
    if (status == HOX_ERR_MEMORY)
        return no_memory(err);
    *resumed = status == HOX_OK;
    if (!*resumed)
        return add_to_store(study, o, err);
    status = same_study(study, &row, o, err);
    study->seed = row.seed;
    study->root = hox_rng_seed(row.seed);
    const bool other = strcmp(row.strategy, study->strategy_text) != 0 || row.seed != o->seed;
    if (status == HOX_OK && other) {
        study->strategy->end(study->state);
        study->state = NULL;
        status = hox__study_strategy(study, row.strategy, err);
    }
    if (status == HOX_OK && o->amend)
        status = amend(study, &row, o, err);
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
    study->told = options->told;
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

/* The text of the era that is asked for in place of that of now. */
static hox_status as_it_was(hox_study *study, hox__study_row *row, bool *then, hox_error *err)
{
    hox__past *past;
    const int eras = study->era < 0 ? 0 : hox__past_eras_of(row->settings);
    *then = study->era >= 0 && (eras < 0 || study->era < eras);
    if (!*then)
        return HOX_OK;
    const hox_status status = hox__past_open(row->settings, -1, NULL, NULL, &past, err);
    if (status != HOX_OK)
        return status;
    row->spec = keep(study, hox__past_spec(past, study->era));
    hox__past_free(past);
    return row->spec ? HOX_OK : no_memory(err);
}

static hox_status reopen(hox_study *study, const char *name, hox_diagnostics *list, hox_error *err)
{
    hox__study_row row;
    hox__study_more more;
    bool guessed, then;
    const hox__store_mode mode = study->owner || study->looked_at ? HOX__STORE_READ
                                 : study->stay != HOX__STAY_LONG  ? HOX__STORE_BRIEF
                                                                  : HOX__STORE_WRITE;
    hox_status status = hox__store_open(study->path, mode, &study->store, err);
    if (status == HOX_OK)
        status = hox__store_find(study->store, name, &row, &guessed, err);
    if (status == HOX_OK)
        status = hox__store_more(study->store, row.id, &more, err);
    if (status == HOX_OK)
        status = as_it_was(study, &row, &then, err);
    if (status != HOX_OK)
        return status;
    study->name = keep(study, row.name);
    study->seed = row.seed;
    study->root = hox_rng_seed(row.seed);
    status = study->name ? load_space(study, more.spec_name, row.spec, list, err) : no_memory(err);
    if (status == HOX_OK)
        status = read_objective(study, err);
    if (status == HOX_OK && !then && strcmp(row.spec_hash, hox_space_hash(study->space)) != 0)
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
    return hox__study_open(store, name, data_folder, false, list, out, err);
}

static hox_status open_as(const char *store, const char *name, const char *data_folder, bool told,
                          bool looked_at, int era, hox_diagnostics *list, hox_study **out,
                          hox_error *err)
{
    *out = NULL;
    hox_study *study = study_new(store, data_folder, err);
    if (!study)
        return HOX_ERR_MEMORY;
    study->told = told;
    study->looked_at = looked_at;
    study->era = era;
    const hox_status status = reopen(study, name, list, err);
    if (status == HOX_OK)
        *out = study;
    else
        hox_study_close(study);
    return status;
}

hox_status hox__study_open(const char *store, const char *name, const char *data_folder, bool told,
                           hox_diagnostics *list, hox_study **out, hox_error *err)
{
    return open_as(store, name, data_folder, told, false, -1, list, out, err);
}

hox_status hox__study_open_to_drive(const char *store, const char *name, hox__stay stay,
                                    hox_study **out, hox_error *err)
{
    *out = NULL;
    hox_study *study = study_new(store, NULL, err);
    if (!study)
        return HOX_ERR_MEMORY;
    study->told = true;
    study->stay = stay;
    const hox_status status = reopen(study, name, NULL, err);
    if (status == HOX_OK)
        *out = study;
    else
        hox_study_close(study);
    return status;
}

hox_status hox__study_open_to_verify(const char *store, const char *name, const char *data_folder,
                                     bool told, int era, hox_diagnostics *list, hox_study **out,
                                     hox_error *err)
{
    return open_as(store, name, data_folder, told, true, era, list, out, err);
}

hox_status hox__study_open_through(hox__remote *owner, const char *store, const char *data_folder,
                                   bool told, hox_study **out, hox_error *err)
{
    *out = NULL;
    hox_study *study = study_new(store, data_folder, err);
    if (!study) {
        hox__remote_close(owner);
        return HOX_ERR_MEMORY;
    }
    study->told = told;
    study->owner = owner;
    const hox_status status = reopen(study, hox__remote_study(owner), NULL, err);
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
    hox__remote_close(study->owner);
    hox__warm_close(study->warm);
    hox__store_close(study->store);
    if (study->strategy && study->strategy->end && study->state)
        study->strategy->end(study->state);
    if (study->allocator_state)
        study->allocator->end(study->allocator_state);
    hox__inheritance_free(study->inheritance);
    hox__past_free(study->past);
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
        .strategy_says = study->strategy->explain ? study->strategy->explain(study->state) : NULL,
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
        .paused = study->paused,
        .has_best = study->has_best,
        .best_trial = study->best_trial,
        .best_value = study->best_value,
        .jobs = study->jobs,
        .allocator = study->allocator_text,
        .models = study->objective->models,
        .goals = study->aim.goals,
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
    const hox_status status = hox__store_trial(study->store, study->id, trial, &row, err);
    return status == HOX_OK
               ? hox__past_sentence(study->past, study->space, trial, row.walk, NULL, sentence, err)
               : status;
}

hox_status hox_study_log_hash(hox_study *study, char hex[65], hox_error *err)
{
    return hox__store_log_hash(study->store, study->id, hex, err);
}
