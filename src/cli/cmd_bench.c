/* hox bench SPEC... --strategies a,b: every strategy on every space with the same seeds, as studies
 * of the store, SPEC+STRATEGY+SEED; then what `hox compare` says of them. What is finished already
 * is not done again. */
#include "base/alloc.h"
#include "base/clock.h"
#include "cli/quantity.h"
#include "cli/signals.h"
#include "cli/spec.h"
#include "cli/trust.h"
#include "cli/versus.h"
#include "study/methods.h"
#include <hox/study.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRATEGIES_MAX = HOX__CONTEST_GROUPS, NAME_BYTES = 160 };

static const hox__option options[] = {
    {"strategies", 's', HOX__OPTION_TEXT, HOX__OPTION_COMMON, "A,B",
     "random,gp,tpe(gamma: 0.1); NAME=STRATEGY names one, random*2 has twice the trials",
     "random,auto", NULL},
    {"repeats", 0, HOX__OPTION_INT, HOX__OPTION_COMMON, "R", "seeds of each", "10", NULL},
    {"seed", 0, HOX__OPTION_SEED, HOX__OPTION_COMMON, "N", "the first seed; the others follow it",
     "1", NULL},
    {"trials", 'n', HOX__OPTION_INT, HOX__OPTION_COMMON, "N", "of each study", NULL, NULL},
    {"jobs", 'j', HOX__OPTION_INT, HOX__OPTION_COMMON, "N", "trials of a study at the same time",
     "1", NULL},
    {"prune", 0, HOX__OPTION_TEXT, 0, "RULE", "stop bad trials early, in every study", NULL, NULL},
    HOX__VERSUS_OPTIONS,
    {"target", 0, HOX__OPTION_REAL, 0, "V", "trials are counted to this value",
     "median of the first group", NULL},
    {"allow-run", 0, HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL,
     "run the program of a .hox file that is not trusted, this once", NULL, NULL},
    {0},
};

typedef struct {
    char name[NAME_BYTES]; /* as in the studies' names */
    char text[512];        /* "tpe(gamma: 0.1)" */
    int times;             /* random*2 has twice the trials */
} entrant;

typedef struct {
    hox__cli *cli;
    entrant entrant[STRATEGIES_MAX];
    int entrants;
    int64_t trials, repeats, jobs;
    uint64_t seed;
    int64_t studies, finished, reused;
    double began_s, said_s;
} bench;

/* ---- strategies ---- */

/* What a study's name may hold of it. */
static void name_of(const char *text, char out[NAME_BYTES])
{
    size_t n = 0;
    for (; *text && n + 1 < NAME_BYTES; text++)
        if (!strchr(" :@/+\n\t,", *text))
            out[n++] = *text;
    out[n] = '\0';
}

/* "random*2" -> "random", 2 */
static int take_times(char *text)
{
    char *star = strrchr(text, '*');
    const size_t n = star ? strspn(star + 1, "0123456789") : 0;
    if (n == 0 || n > 2 || star[1 + n] || star == text)
        return 1;
    *star = '\0';
    return atoi(star + 1);
}

static hox_status add_entrant(bench *b, const char *text, size_t n, hox_error *err)
{
    while (n && *text == ' ')
        text++, n--;
    while (n && text[n - 1] == ' ')
        n--;
    const size_t head = strcspn(text, "=("), plain = head < n && text[head] == '=' ? head : 0;
    if (b->entrants == STRATEGIES_MAX || n == 0 || n >= sizeof b->entrant->text)
        return hox_fail(err, HOX_ERR_ARGUMENT, "--strategies: 1 to %d names with commas between",
                        STRATEGIES_MAX);
    entrant *e = &b->entrant[b->entrants++];
    const size_t from = plain ? plain + 1 : 0;
    snprintf(e->text, sizeof e->text, "%.*s", (int)(n - from), text + from);
    e->times = take_times(e->text);
    char label[512];
    snprintf(label, sizeof label, "%.*s", (int)(plain ? plain : n), text);
    name_of(label, e->name);
    if (!*e->name || e->times < 1)
        return hox_fail(err, HOX_ERR_ARGUMENT, "--strategies: `%.*s` has no %s", (int)n, text,
                        *e->name ? "trials" : "name");
    if (hox__strategy_check(e->text, err) != HOX_OK)
        return HOX_ERR_ARGUMENT;
    for (int i = 0; i + 1 < b->entrants; i++)
        if (strcmp(b->entrant[i].name, e->name) == 0)
            return hox_fail(err, HOX_ERR_ARGUMENT,
                            "--strategies: `%s` twice\nname one of them: other=%s", e->name,
                            e->text);
    return HOX_OK;
}

/* Commas within parentheses do not part. */
static hox_status read_strategies(bench *b, const char *text, hox_error *err)
{
    hox_status status = HOX_OK;
    size_t from = 0, depth = 0;
    for (size_t i = 0; status == HOX_OK; i++) {
        depth += text[i] == '(' || text[i] == '[';
        depth -= depth && (text[i] == ')' || text[i] == ']');
        if (text[i] && (text[i] != ',' || depth))
            continue;
        status = add_entrant(b, text + from, i - from, err);
        from = i + 1;
        if (!text[i])
            break;
    }
    return status;
}

/* ---- one study ---- */

static void problem_of(const char *path, char out[NAME_BYTES])
{
    char text[512];
    hox__path_name(path, text, sizeof text);
    name_of(text, out);
}

static void say_progress(bench *b, const char *study, const hox_study_facts *facts, bool last)
{
    hox__stream *err = &b->cli->err;
    const double now = hox__clock_s();
    if (b->cli->quiet || (!last && now - b->said_s < 1))
        return;
    b->said_s = now;
    const int64_t fresh = b->finished - b->reused, left = b->studies - b->finished;
    hox__put(err, "%" PRId64 " of %" PRId64 " studies   ", b->finished, b->studies);
    hox__put_escaped(err, study);
    if (facts->has_best) {
        hox__text_puts(&err->text, "   best ");
        hox__print_score(&err->text, facts->best_value);
    }
    if (left && fresh >= 5) {
        hox__text_puts(&err->text, "   about ");
        hox__print_duration(&err->text, (now - b->began_s) / (double)fresh * (double)left);
        hox__text_puts(&err->text, " left");
    }
    hox__text_putc(&err->text, '\n');
    hox__stream_flush(err);
}

static hox_status run_study(bench *b, const hox__spec *spec, const char *path, const char *problem,
                            const entrant *e, uint64_t seed)
{
    char name[400];
    bool resumed = false;
    hox_study *study = NULL;
    hox_error *err = &b->cli->error;
    snprintf(name, sizeof name, "%s+%s+%" PRIu64, problem, e->name, seed);
    const hox_study_options what = {
        .store = b->cli->store,
        .name = name,
        .spec_name = path,
        .spec = spec->text,
        .strategy = e->text,
        .seed = seed,
        .data_folder = b->cli->data,
        .prune = hox__args_text(&b->cli->args, "prune", NULL),
    };
    const int64_t trials = b->trials * e->times;
    const hox_run_options options_of_run = {
        .trials = trials,
        .jobs = (int)b->jobs,
        .target = (double)NAN,
        .retries = -1,
        .keep_going = true,
        .stop = hox__signals_stop(),
    };
    hox_diagnostics *list = hox_diagnostics_new();
    hox_status status = list ? hox_study_create(&what, list, &study, &resumed, err)
                             : hox_fail(err, HOX_ERR_MEMORY, "no memory for the messages");
    hox_diagnostics_free(list);
    if (status == HOX_OK) {
        const hox_study_facts before = hox_study_describe(study);
        const bool over = before.done + before.failed + before.pruned >= trials;
        b->reused += over;
        status = over ? HOX_OK : hox_study_run(study, &options_of_run, &(hox_observer){0}, err);
        const hox_study_facts facts = hox_study_describe(study);
        b->finished += status == HOX_OK;
        if (status == HOX_OK)
            say_progress(b, name, &facts, b->finished == b->studies);
    }
    hox_study_close(study);
    return status;
}

/* All strategies with a seed before the next seed: what is cut off has whole pairs. */
static hox_status run_spec(bench *b, const char *path)
{
    char problem[NAME_BYTES];
    hox__spec spec;
    problem_of(path, problem);
    hox_status status = hox__spec_open(b->cli, path, &spec);
    if (status == HOX_OK)
        status = hox__trust_check(b->cli, path, spec.text, spec.space);
    for (int64_t k = 0; k < b->repeats && status == HOX_OK; k++)
        for (int i = 0; i < b->entrants && status == HOX_OK; i++)
            status = run_study(b, &spec, path, problem, &b->entrant[i], b->seed + (uint64_t)k);
    hox__spec_close(&spec);
    return status;
}

/* ---- the command ---- */

static hox_status read_flags(bench *b)
{
    const hox__args *args = &b->cli->args;
    const hox__option_value *seed = hox__args_get(args, "seed");
    b->trials = hox__args_int(args, "trials", 0);
    b->repeats = hox__args_int(args, "repeats", 10);
    b->jobs = hox__args_int(args, "jobs", 1);
    b->seed = seed->given ? seed->seed : 1;
    if (b->trials < 1)
        return hox_fail(&b->cli->error, HOX_ERR_ARGUMENT,
                        "how many trials shall each study have?\nwrite `-n 50`");
    if (b->repeats < 1 || b->repeats > 10000 || b->jobs < 1 || b->jobs > 1024)
        return hox_fail(&b->cli->error, HOX_ERR_ARGUMENT,
                        "--repeats is 1 to 10000, --jobs 1 to 1024");
    return read_strategies(b, hox__args_text(args, "strategies", "random,auto"), &b->cli->error);
}

static int compare(bench *b)
{
    hox__contest *contest = hox__contest_new();
    hox_status status = contest ? HOX_OK : HOX_ERR_MEMORY;
    char word[2 * NAME_BYTES + 2], problem[NAME_BYTES];
    int code = HOX__FAILED;
    for (int i = 0; i < b->entrants && status == HOX_OK; i++)
        for (int k = 0; k < b->cli->args.positionals && status == HOX_OK; k++) {
            problem_of(b->cli->args.positional[k], problem);
            snprintf(word, sizeof word, "%s/%s", problem, b->entrant[i].name);
            status = hox__versus_add(b->cli, contest, word);
        }
    if (status == HOX_OK)
        code = hox__versus_print(b->cli, contest,
                                 hox__args_real(&b->cli->args, "target", (double)NAN));
    hox__contest_free(contest);
    return code;
}

static int run(hox__cli *cli)
{
    bench *b = hox__alloc(1, sizeof *b);
    int code = HOX__FAILED;
    if (!b)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for a bench"), HOX__FAILED;
    b->cli = cli;
    b->began_s = hox__clock_s();
    hox_status status = read_flags(b);
    b->studies = b->entrants * b->repeats * cli->args.positionals;
    hox__signals_install("\nleft at once; the same command goes on\n");
    for (int i = 0; i < cli->args.positionals && status == HOX_OK; i++)
        status = run_spec(b, cli->args.positional[i]);
    hox__signals_install("");
    if (status == HOX_OK && !cli->quiet)
        hox__text_putc(&cli->err.text, '\n');
    hox__stream_flush(&cli->err);
    if (status == HOX_OK)
        code = compare(b);
    else if (status == HOX_ERR_INTERRUPTED) {
        hox__put(&cli->err,
                 "%" PRId64 " of %" PRId64 " studies are finished; the same command goes on\n",
                 b->finished, b->studies);
        cli->error = (hox_error){0};
        code = HOX__EXIT_NO; /* main ends by the signal */
    }
    hox__free(b);
    return code;
}

const hox__command hox__command_bench = {
    .name = "bench",
    .synopsis = "SPEC... -n N [--strategies A,B] [--repeats R] [FLAGS]",
    .summary = "strategies on spaces with the same seeds, then what differs",
    .example = {{"hox bench branin hartmann6 -s random,tpe,gp -n 50", "test functions"},
                {"hox bench mlp.hox -s random,evolution -n 100 --seed 1", ""},
                {"hox bench t.hox -s 'tpe,wide=tpe(gamma: 0.3)' -n 60", "settings, named"}},
    .option = options,
    .positional_min = 1,
    .positional_max = -1,
    .complete = "file",
    .run = run,
};
