/* hox search FILE.hox, or data and the space that is shipped for them: a new study, or more of one
 * with the same name and the same spec. */
#include "base/alloc.h"
#include "base/entropy.h"
#include "base/io.h"
#include "cli/cli.h"
#include "cli/program.h"
#include "cli/quantity.h"
#include "cli/run.h"
#include "cli/spec.h"
#include "cli/trust.h"
#include "cli/view.h"
#include "study/ask.h"
#include "study/methods.h"
#include <hox/version.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const hox__option options[] = {
    HOX__RUN_OPTIONS,
    HOX__PROGRAM_OPTIONS,
    {"prune", 0, HOX__OPTION_TEXT, HOX__OPTION_OPTIONAL, "RULE",
     "share out the budget, or stop bad trials: asha, hyperband, halving(eta: 3), median, none",
     "usual", NULL},
    {"try", 0, HOX__OPTION_TEXT, HOX__OPTION_REPEAT, "POINT",
     "begin with a point that is known to be good: --try lr=0.01,opt=adam", NULL, NULL},
    {"warm", 0, HOX__OPTION_TEXT, HOX__OPTION_NO_ENV, "STUDY",
     "begin with the best of an earlier study, of this or a similar space", NULL, "study"},
    {"allow-run", 0, HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL,
     "run the program of a .hox file that is not trusted, this once", NULL, NULL},
    {"amend", 0, HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL,
     "go on with a study of that name in this space: other ranges, constants, choices", NULL, NULL},
    {"strategy", 's', HOX__OPTION_TEXT, HOX__OPTION_COMMON, "S",
     "how to search: tpe, random, grid, evolution(population: 30)", "of the file, else auto",
     "strategy"},
    {"seed", 0, HOX__OPTION_SEED, HOX__OPTION_COMMON, "N", "of all random numbers",
     "drawn and printed", NULL},
    {"name", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON, "STUDY", "of the study", "the file's name",
     "study"},
    {"default", 0, HOX__OPTION_FLAG, 0, NULL,
     "trial 0 is the default sentence; --no-default draws it", "yes", NULL},
    {"data", 0, HOX__OPTION_TEXT, HOX__OPTION_NO_ENV, "D",
     "learn from these instead of the file's own: a set's name, a file or a folder", NULL, "file"},
    {"test", 0, HOX__OPTION_TEXT, HOX__OPTION_NO_ENV, "FILE", "the test part of a table or text",
     NULL, "file"},
    {"na", 0, HOX__OPTION_TEXT, HOX__OPTION_REPEAT | HOX__OPTION_NO_ENV, "WORD",
     "means that a table has no value there", "? NA NaN NULL", NULL},
    {"dry-run", 0, HOX__OPTION_FLAG, 0, NULL,
     "check everything, print the first suggestions, run nothing", NULL, NULL},
    {"print-spec", 0, HOX__OPTION_FLAG, 0, NULL, "print the .hox text, run nothing", NULL, NULL},
    {0},
};

static hox_status check_name(const char *name, hox_error *err)
{
    if (*name && strlen(name) < 200 && !strpbrk(name, ":@/") && *name != '-' && *name != '.')
        return HOX_OK;
    return hox_fail(err, HOX_ERR_ARGUMENT,
                    "`%s` cannot name a study\na name has no `:`, `@` or `/` and begins with "
                    "neither `-` nor `.`: --name NAME",
                    name);
}

/* A study of that name may be there: its seed is taken unless another is asked for, and another
 * space is an error that says how to go on. */
static hox_status look_for_study(hox__cli *cli, const char *name, const hox_space *space,
                                 uint64_t *seed, bool *known)
{
    hox__store *store;
    *known = false;
    if (!hox__file_exists(cli->store))
        return HOX_OK;
    hox_status status = hox__store_open(cli->store, HOX__STORE_READ, &store, &cli->error);
    if (status != HOX_OK && strcmp(cli->error.code, "E0608") == 0) { /* empty: as good as none */
        cli->error = (hox_error){0};
        return HOX_OK;
    }
    if (status != HOX_OK)
        return status;
    hox__study_row row = {0};
    bool guessed;
    if (hox__store_find(store, name, &row, &guessed, NULL) == HOX_OK) {
        *known = true;
        *seed = row.seed;
        if (strcmp(row.spec_hash, hox_space_hash(space)) != 0 &&
            !hox__args_flag(&cli->args, "amend"))
            status = hox_fail_code(
                &cli->error, HOX_ERR_ARGUMENT, "E0606",
                "study `%s` in %s was made from another space\ngive this one a name: --name "
                "%s-2\n`hox resume %s` goes on with the old one, --amend with this one",
                name, cli->store, name, name);
    }
    hox__store_close(store);
    return status;
}

/* ---- the head of the output ---- */

static void put_space(hox__cli *cli, const char *path, const hox_space *space)
{
    hox__stream *err = &cli->err;
    int asked = 0;
    hox_walk *walk = hox_walk_new(space, NULL);
    if (walk && hox_walk_derive(walk, hox_answer_default, NULL, NULL, NULL) == HOX_OK)
        hox_walk_answers(walk, &asked);
    hox_walk_free(walk);
    hox__text_puts(&err->text, "space   ");
    hox__put_escaped(err, path);
    hox__put(err, ": %d parameter%s by default, ", asked, hox__plural(asked));
    hox__put_size(&err->text, space);
    hox__text_putc(&err->text, '\n');
}

static void put_head(hox__cli *cli, const hox_study *study, const char *path, bool resumed,
                     const hox_run_options *run)
{
    const hox_study_facts facts = hox_study_describe(study);
    hox__stream *err = &cli->err;
    hox__put(err, "hox %s . study %s (%s) in %s . seed %" PRIu64 " . %d job%s\n", HOX_VERSION,
             facts.name, resumed ? "continued" : "new", cli->store, facts.seed,
             run->jobs > 0 ? run->jobs : 0, hox__plural(run->jobs));
    if (facts.data && *facts.data)
        hox__put(err, "data    %s\n        the test set is read once, at the end\n", facts.data);
    put_space(cli, path, hox_study_space(study));
    hox__put(err, "search  %s, %s\n", facts.strategy, facts.objective);
    if (facts.strategy_says)
        hox__put(err, "        %s\n", facts.strategy_says);
    if (*facts.allocator)
        hox__put(err, "prune   %s\n", facts.allocator);
    if (run->jobs == HOX_JOBS_NONE) {
        hox__put(err, "        nothing is run here; trials are taken by `hox %s %s",
                 study->told ? "ask" : "worker", facts.name);
        hox__put_store_flag(err, cli);
        hox__text_puts(&err->text, "`\n");
    }
    if (resumed)
        hox__put(err, "        %" PRId64 " trials are there already\n", facts.done + facts.failed);
    hox__put_amendment(cli, study);
    hox__text_putc(&err->text, '\n');
    hox__stream_flush(err);
}

/* ---- --dry-run ---- */

static hox_status put_suggestion(hox__cli *cli, const hox_strategy *strategy, const void *state,
                                 const hox_space *space, uint64_t trial, hox_rng rng, bool usual)
{
    hox_sentence *sentence = NULL;
    hox_walk *walk = hox_walk_new(space, &cli->error);
    hox_status status = walk ? HOX_OK : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = usual ? hox_walk_derive(walk, hox_answer_default, NULL, NULL, &cli->error)
                       : strategy->suggest(state, trial, walk, &rng, &cli->error);
    if (status == HOX_OK)
        status = hox_walk_finish(walk, &sentence, &cli->error);
    if (status == HOX_OK) {
        char *summary = hox_sentence_summary(sentence);
        hox__put(&cli->out, "@%" PRIu64 "  ", trial);
        hox__put_escaped(&cli->out, summary ? summary : "");
        hox__text_putc(&cli->out.text, '\n');
        hox_text_free(summary);
    }
    hox_sentence_free(sentence);
    hox_walk_free(walk);
    return status;
}

static hox_status check_data(hox__cli *cli, const hox_space *space)
{
    const hox_term *data = hox_space_constant(space, "data");
    const hox__places places = hox__places_of(cli);
    hox__data_plan plan;
    hox_facts facts;
    if (!data)
        return HOX_OK; /* it holds choices: each trial checks its own */
    hox_status status = hox__data_plan_read(data, &plan, &cli->error);
    if (status == HOX_OK)
        status = hox__dataset_facts(plan.source, &places, &facts, &cli->error);
    return status;
}

/* What the strategy would suggest first; `study` has no more than a space, a seed and a strategy.
 */
static hox_status put_suggestions(hox__cli *cli, const char *path, const hox_study *study)
{
    const hox_strategy *strategy = study->strategy;
    put_space(cli, path, study->space);
    hox__put(&cli->err, "search  %s, seed %" PRIu64 "; the first suggestions:\n", strategy->name,
             study->seed);
    if (strategy->explain && strategy->explain(study->state))
        hox__put(&cli->err, "        %s\n", strategy->explain(study->state));
    const hox_rng root = hox_rng_seed(study->seed);
    const hox__option_value *usual = hox__args_get(&cli->args, "default");
    const bool first = !strategy->no_default && (!usual->given || usual->flag);
    hox_status status = HOX_OK;
    for (uint64_t t = 0; t < 3 && status == HOX_OK; t++)
        status = put_suggestion(cli, strategy, study->state, study->space, t,
                                hox_rng_child(&root, "trial", t), first && t == 0);
    if (status >= 0 && !cli->quiet)
        hox__put(&cli->err, "nothing was run\n");
    return status;
}

static int dry_run(hox__cli *cli, const char *path, hox_space *space, uint64_t seed)
{
    hox_study study = {.arena = hox__arena_new(1 << 20), .space = space, .seed = seed};
    hox_status status =
        study.arena ? check_data(cli, space) : hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory");
    if (status == HOX_OK)
        status =
            hox__study_strategy(&study, hox__args_text(&cli->args, "strategy", NULL), &cli->error);
    if (status == HOX_OK)
        status = put_suggestions(cli, path, &study);
    if (study.state && study.strategy->end)
        study.strategy->end(study.state);
    if (study.allocator_state)
        study.allocator->end(study.allocator_state);
    hox__arena_free(study.arena);
    return status < 0 ? HOX__FAILED : HOX__EXIT_DONE;
}

/* ---- the command ---- */

/* Points of a new study; one that is there has them. */
static hox_status try_points(hox__cli *cli, hox_study *study)
{
    const hox__args *args = &cli->args;
    for (int i = 0; i < args->repeats; i++) {
        uint64_t trial;
        if (strcmp(args->repeated_by[i]->name, "try") != 0)
            continue;
        if (hox__study_try(study, args->repeated[i], &trial, &cli->error) != HOX_OK)
            return cli->error.status;
    }
    return HOX_OK;
}

/* Read before there is a new study: what is wrong with the old one leaves nothing behind. */
static hox_status read_warm(hox__cli *cli, const hox_space *space, hox__text *walks)
{
    hox__subject old;
    hox__store *store = NULL;
    int64_t trials = 0, fit = 0;
    const hox_space_options options_of_space = hox__space_options(cli);
    const char *word = hox__args_text(&cli->args, "warm", NULL);
    if (!word)
        return HOX_OK;
    hox_status status = hox__subject_read(word, &old, &cli->error);
    if (status == HOX_OK && !old.study[0])
        status = hox_fail(&cli->error, HOX_ERR_ARGUMENT, "--warm: which study of %s?", old.store);
    if (status == HOX_OK)
        status = hox__store_open(old.store[0] ? old.store : cli->store, HOX__STORE_READ, &store,
                                 &cli->error);
    if (status == HOX_OK)
        status = hox__inherit_walks(store, old.study, space, &options_of_space, walks, &trials,
                                    &fit, &cli->error);
    if (status == HOX_OK && !cli->quiet) {
        hox__text_puts(&cli->err.text, "warm    ");
        hox__put_escaped(&cli->err, word);
        hox__put(&cli->err,
                 ": %" PRId64 " of %" PRId64 " finished trials are sentences of this space; the "
                 "best are proposed, as long as they are good\n",
                 fit, trials);
    }
    hox__store_close(store);
    return status;
}

/* What a study begins with. */
static hox_status begin_study(hox__cli *cli, hox_study *study, bool resumed, const hox__text *walks)
{
    if (resumed && walks->len)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "--warm: study `%s` has begun already\ngive a new one a name: --name %s-2",
                        study->name, study->name);
    if (resumed)
        return HOX_OK;
    const hox_status status =
        walks->len ? hox__study_inherit(study, hox__text_get(walks), &cli->error) : HOX_OK;
    return status == HOX_OK ? try_points(cli, study) : status;
}

static int search(hox__cli *cli, const char *path, const hox__spec *spec, const char *name,
                  hox_run_options *run_options)
{
    const hox__option_value *seed = hox__args_get(&cli->args, "seed");
    const hox__option_value *usual = hox__args_get(&cli->args, "default");
    uint64_t drawn = 0;
    bool known = false, resumed = false;
    if (look_for_study(cli, name, spec->space, &drawn, &known) != HOX_OK)
        return HOX__FAILED;
    if (seed->given || !known)
        drawn = seed->given ? seed->seed : hox__entropy_u64();
    if (hox__args_flag(&cli->args, "dry-run"))
        return dry_run(cli, path, spec->space, drawn);
    const char *strategy = hox__args_text(&cli->args, "strategy", NULL);
    const hox_study_options study_options = {
        .store = cli->store,
        .name = name,
        .spec_name = path,
        .spec = spec->text,
        .strategy = strategy,
        .seed = drawn,
        .no_default = usual->given && !usual->flag,
        .data_folder = cli->data,
        .prune = hox__args_text(&cli->args, "prune", NULL),
        .told = hox__run_is_told(spec->space, run_options),
        .amend = hox__args_flag(&cli->args, "amend"),
    };
    hox_study *study = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    hox__text walks = {0};
    if (!list)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the messages"), HOX__FAILED;
    hox_status status = read_warm(cli, spec->space, &walks);
    if (status == HOX_OK)
        status = hox_study_create(&study_options, list, &study, &resumed, &cli->error);
    int code = HOX__FAILED;
    if (status == HOX_OK && (begin_study(cli, study, resumed, &walks) != HOX_OK ||
                             hox_study_options_fill(study, run_options, &cli->error) != HOX_OK)) {
        code = HOX__FAILED;
    } else if (status == HOX_OK) {
        if (!cli->quiet)
            put_head(cli, study, path, resumed, run_options);
        code = hox__run_study(cli, study, run_options);
    } else if (!cli->error.message[0]) {
        hox__diagnostics_put(&cli->err, list, hox__wants_json(cli));
        cli->error.status = status;
        cli->diagnosed = true;
    }
    hox__text_deinit(&walks);
    hox_study_close(study);
    hox_diagnostics_free(list);
    return code;
}

/* The .hox file, if there is one, and what the flags add to it. */
static hox_status open_spec(hox__cli *cli, const char *path, hox__spec *spec)
{
    bool any;
    hox__text text = {0};
    char *file = NULL;
    size_t n = 0;
    *spec = (hox__spec){0};
    hox_status status = hox__program_text(cli, &text, &any);
    if (status == HOX_OK && !any)
        status = hox__spec_open(cli, path, spec);
    else if (status == HOX_OK && path)
        status = hox__spec_read(cli, path, &file, &n);
    if (status == HOX_OK && any) {
        hox__text whole = {0};
        hox__text_printf(&whole, "%s%s%s", file ? file : "",
                         file && n && file[n - 1] != '\n' ? "\n" : "", hox__text_get(&text));
        spec->n = whole.len;
        spec->text = hox__text_take(&whole);
        status = spec->text ? HOX_OK : hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory");
        hox_space *space = NULL;
        hox__spec made = {0};
        if (status == HOX_OK)
            status = hox__spec_of_text(cli, path ? path : "command line", spec->text, &made);
        space = made.space;
        spec->space = space;
        if (status != HOX_OK)
            hox__spec_close(spec);
    }
    hox__free(file);
    hox__text_deinit(&text);
    return status;
}

static hox_status check_flags(hox__cli *cli, const char *path, hox_run_options *run_options)
{
    const char *strategy = hox__args_text(&cli->args, "strategy", NULL);
    const bool program = cli->args.dashes && cli->args.positionals > cli->args.before;
    if (hox__run_options_read(cli, run_options) != HOX_OK)
        return cli->error.status;
    if (strategy && hox__strategy_check(strategy, &cli->error) != HOX_OK)
        return cli->error.status;
    if (!path && !program)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "`hox search` needs a space\nwrite `hox search FILE.hox -t 2m`, or a "
                        "program: `hox search --max acc -p lr='log 1e-4 .. 1e-1' -n 50 -- python3 "
                        "train.py --lr {lr}`");
    return HOX_OK;
}

/* What was typed behind `--` is the user's own act; a file must be trusted as it is. What is in the
 * store is trusted by that, so that it can be resumed. */
static hox_status check_trust(hox__cli *cli, const char *path, const hox__spec *spec)
{
    const bool typed = cli->args.dashes && cli->args.positionals > cli->args.before;
    const hox_status status = typed ? HOX_OK : hox__trust_check(cli, path, spec->text, spec->space);
    if (status == HOX_OK && typed)
        hox__trust_add("command line", spec->text, NULL);
    return status;
}

static int run(hox__cli *cli)
{
    const int words = cli->args.dashes ? cli->args.before : cli->args.positionals;
    const char *path = words ? cli->args.positional[0] : hox__args_text(&cli->args, "data", NULL);
    char name[256];
    hox__spec spec;
    hox_run_options run_options;
    if (check_flags(cli, path, &run_options) != HOX_OK)
        return HOX__FAILED;
    if (path)
        hox__path_name(strcmp(path, "-") == 0 ? "stdin" : path, name, sizeof name);
    else
        hox__program_name(cli, name, sizeof name);
    const char *study = hox__args_text(&cli->args, "name", name);
    if (open_spec(cli, path, &spec) != HOX_OK)
        return HOX__FAILED;
    int code = HOX__FAILED;
    if (hox__args_flag(&cli->args, "print-spec")) {
        hox__text_puts(&cli->out.text, spec.text);
        code = HOX__EXIT_DONE;
    } else if (check_name(study, &cli->error) == HOX_OK) {
        const bool dry = hox__args_flag(&cli->args, "dry-run");
        if (!dry && check_trust(cli, path, &spec) != HOX_OK)
            code = HOX__FAILED;
        else if (hox__run_has_bound(&run_options) || dry)
            code = search(cli, path ? path : "command line", &spec, study, &run_options);
        else
            hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                     "how long shall the search take?\nwrite `-t 2m` (time), `-n 50` (trials), "
                     "`--epochs 500` or `--target 0.9`");
    }
    hox__spec_close(&spec);
    return code;
}

const hox__command hox__command_search = {
    .name = "search",
    .synopsis = "FILE.hox|DATA [FLAGS] | [FLAGS] -- PROGRAM ARG...",
    .summary = "search a space of networks, or the parameters of any program",
    .example = {{"hox search fashion-mnist -t 2m", "a data set, for two minutes"},
                {"hox search adult.csv --target income -t 5m",
                 "a table; a text or a folder likewise"},
                {"hox search --max acc -p lr='log 1e-4..1e-1' -n 50 -- ./train {lr}", "a program"},
                {"hox search mlp.hox -n 50 --dry-run", "check all, run nothing"}},
    .option = options,
    .positional_max = 1,
    .complete = "file",
    .program = true,
    .run = run,
    .streams = true,
};
