/* hox doctor [STORE]: what Hox stands on here, each thing looked at rather than assumed. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/proc.h"
#include "cli/cli.h"
#include "cli/quantity.h"
#include "cli/sheet.h"
#include "cli/spec.h"
#include "nn/train.h"
#include "space/embedded.h"
#include "space/vocabulary.h"
#include "study/salvage.h"
#include "study/store.h"
#include "tensor/plan.h"
#include <hox/version.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static const hox__option options[] = {
    {"salvage", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "OUT",
     "write what is readable of a damaged STORE as a new one", NULL, "file"},
    {0},
};

typedef enum { OK, NOTE, WARN, FAIL } verdict;

typedef struct {
    hox__cli *cli;
    hox__sheet *sheet;
    int failed;
    bool store_damaged;
} doctor;

HOX_PRINTF(4, 5)
static void say(doctor *d, verdict found, const char *what, const char *format, ...)
{
    static const char *const word[] = {"ok", "note", "warn", "FAIL"};
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    d->failed += found == FAIL;
    hox__sheet_row(d->sheet, (hox__cell[]){{.text = what}, {.text = word[found]}, {.text = text}});
}

/* ---- the machine ---- */

/* The value of "key : value" in /proc/cpuinfo. */
static void cpu_field(const char *info, const char *key, char *out, size_t size)
{
    const char *at = strstr(info, key);
    const char *colon = at ? strchr(at, ':') : NULL;
    snprintf(out, size, "%.*s", colon ? (int)strcspn(colon + 2, "\n") : 0, colon ? colon + 2 : "");
}

static void cpu_features(const char *flags, char *out, size_t size)
{
    static const char *const wanted[] = {"avx2",        "fma",      "avx512f", "avx512_bf16",
                                         "avx512_vnni", "amx_bf16", "asimd"};
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const char *p = strstr(flags, wanted[i]);
        const size_t n = strlen(wanted[i]);
        if (p && (p[n] == ' ' || p[n] == '\0') && at < size)
            at += (size_t)snprintf(out + at, size - at, " %s", wanted[i]);
    }
}

static void look_at_machine(doctor *d)
{
    struct utsname name;
    char *info = NULL, model[128] = "", flags[8192] = "", features[128] = "";
    size_t n = 0;
    say(d, OK, "hox", "%s", HOX_VERSION);
    if (uname(&name) == 0)
        say(d, OK, "system", "%s %s, %s", name.sysname, name.release, name.machine);
    if (hox__file_read("/proc/cpuinfo", 1 << 22, &info, &n, NULL) == HOX_OK) {
        cpu_field(info, "model name", model, sizeof model);
        cpu_field(info, "flags", flags, sizeof flags);
        cpu_features(flags, features, sizeof features);
        hox__free(info);
    }
    say(d, OK, "processor", "%s, %d usable;%s", *model ? model : "unknown", hox__cores(), features);
    hox__text memory = {0};
    hox__print_bytes(&memory, (double)hox__memory_bytes());
    say(d, OK, "memory", "%s", hox__text_get(&memory));
    hox__text_deinit(&memory);
}

/* ---- libraries ---- */

static void look_at_training(doctor *d)
{
    const char *backend = hox__tensor_backend();
    if (strstr(backend, "oneDNN"))
        say(d, OK, "training", "%s", backend);
    else
        say(d, NOTE, "training", "%s; oneDNN is not found: apt-get install libdnnl2", backend);
}

static void look_at_sqlite(doctor *d)
{
    const int v = sqlite3_libversion_number();
    const bool affected = v >= 3007000 && v < 3051003;
    say(d, OK, "sqlite", "%s%s", sqlite3_libversion(),
        affected ? "; has the WAL-reset race, which one writing connection avoids" : "");
}

static bool vocabulary_has(hox__vocabulary *vocabulary, const char *word, bool *native)
{
    const hox__declaration *declaration;
    for (int i = 0; (declaration = hox__vocabulary_at(vocabulary, i)) != NULL; i++)
        if (strcmp(declaration->name, word) == 0) {
            *native = declaration->native;
            return true;
        }
    return false;
}

static bool engine_has(const char *word)
{
    for (int i = 0; hox__engine_word(i); i++)
        if (strcmp(hox__engine_word(i), word) == 0)
            return true;
    return false;
}

/* Words about data are answered by the room of data, which has no list of its own words. */
static bool is_data_word(const hox__declaration *declaration)
{
    const char *const shapes[] = {"files", "examples"};
    for (int i = 0; i < 2; i++)
        if (strcmp(declaration->input, shapes[i]) == 0 ||
            strcmp(declaration->output, shapes[i]) == 0)
            return true;
    return false;
}

/* Both ways: a native word that the engine lacks, and a word of the engine that nobody can write.
 */
static void look_at_vocabulary(doctor *d)
{
    hox__vocabulary *vocabulary = hox__vocabulary_open("nn", NULL);
    const hox__declaration *declaration;
    int words = 0, wrong = 0;
    if (!vocabulary) {
        say(d, FAIL, "vocabulary", "nn cannot be read");
        return;
    }
    for (int i = 0; (declaration = hox__vocabulary_at(vocabulary, i)) != NULL; i++) {
        words++;
        if (declaration->native && !is_data_word(declaration) && !engine_has(declaration->name)) {
            say(d, FAIL, "vocabulary", "`%s` is declared native; the engine does not know it",
                declaration->name);
            wrong++;
        }
    }
    for (int i = 0; hox__engine_word(i); i++) {
        bool native = false;
        if (!vocabulary_has(vocabulary, hox__engine_word(i), &native) || !native) {
            say(d, FAIL, "vocabulary", "the engine knows `%s`; nn does not declare it native",
                hox__engine_word(i));
            wrong++;
        }
    }
    if (!wrong)
        say(d, OK, "vocabulary", "nn: %d words, the engine agrees", words);
    hox__vocabulary_free(vocabulary);
}

/* ---- data ---- */

static void say_facts(doctor *d, const char *path, const hox_facts *facts)
{
    hox__text text = {0};
    hox__facts_print(&text, facts);
    say(d, OK, "data", "%s: found, %s", path, hox__text_get(&text));
    hox__text_deinit(&text);
}

/* Tables and texts of shipped spaces stand for the user's own, which nobody need have. */
static void look_at_source(doctor *d, const char *path, const hox_term *data)
{
    const hox__places places = hox__places_of(d->cli);
    hox_facts facts;
    hox__data_plan plan;
    hox_error err = {0};
    if (hox__data_plan_read(data, &plan, &err) != HOX_OK)
        return;
    if (hox__dataset_facts(plan.source, &places, &facts, &err) == HOX_OK)
        say_facts(d, path, &facts);
    else if (strcmp(plan.source->name, "idx") == 0 || strcmp(plan.source->name, "cifar") == 0)
        say(d, NOTE, "data", "%s: %.*s", path, (int)strcspn(err.message, "\n"), err.message);
}

static void look_at_space(doctor *d, const hox__embedded_file *file)
{
    const hox_space_options places = hox__space_options(d->cli);
    hox_diagnostics *list = hox_diagnostics_new();
    hox_space *space = NULL;
    hox_sentence *sentence = NULL;
    if (list && hox_space_load(file->path, file->text, file->n, &places, list, &space) == HOX_OK &&
        hox__spec_sentence(space, &sentence, NULL) == HOX_OK) {
        const hox_term *data = hox_sentence_root(sentence, "data");
        if (data)
            look_at_source(d, file->path, data);
    } else {
        say(d, FAIL, "data", "%s cannot be read; `hox check %s` says why", file->path, file->path);
    }
    hox_sentence_free(sentence);
    hox_space_free(space);
    hox_diagnostics_free(list);
}

/* The sets that the shipped spaces use. */
static void look_at_data(doctor *d)
{
    for (const hox__embedded_file *f = hox__embedded_files; f->path; f++)
        if (strncmp(f->path, "spaces/", 7) == 0)
            look_at_space(d, f);
}

/* ---- the store ---- */

static void folder_of(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    snprintf(out, size, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
}

/* What one durable write costs where the store lies: the median of a few. */
static void look_at_disk(doctor *d, const char *store)
{
    enum { WRITES = 9 };
    char folder[1024], path[1100];
    double took[WRITES];
    hox_error err = {0};
    bool network = false;
    folder_of(store, folder, sizeof folder);
    if (hox__on_network_file_system(folder, &network, NULL) == HOX_OK && network)
        say(d, WARN, "disk", "%s is on a network file system: stores are refused there", folder);
    snprintf(path, sizeof path, "%s/.hox-doctor-%lld", folder, (long long)hox__pid());
    for (int i = 0; i < WRITES; i++) {
        const double start = hox__clock_s();
        if (hox__file_write(path, "hox", 3, &err) != HOX_OK) {
            say(d, WARN, "disk", "%s", err.message);
            return;
        }
        took[i] = hox__clock_s() - start;
        for (int k = i; k > 0 && took[k] < took[k - 1]; k--) {
            const double swap = took[k];
            took[k] = took[k - 1];
            took[k - 1] = swap;
        }
    }
    hox__remove_tree(path, NULL);
    say(d, OK, "disk", "a durable write takes %.2f ms in %s", 1e3 * took[WRITES / 2], folder);
}

static bool count_study(void *ctx, const hox__study_row *row)
{
    (void)row;
    ++*(int *)ctx;
    return true;
}

static void look_at_store(doctor *d, const char *path, bool asked)
{
    hox__store *store = NULL;
    hox_error err = {0};
    if (!hox__file_exists(path)) {
        say(d, asked ? FAIL : NOTE, "store", "there is no %s here", path);
        d->store_damaged = asked;
        return;
    }
    hox_status status = hox__store_open(path, HOX__STORE_READ, &store, &err);
    int studies = 0;
    if (status == HOX_OK)
        status = hox__store_check(store, &err);
    if (status == HOX_OK)
        status = hox__store_studies(store, count_study, &studies, &err);
    if (status >= 0) {
        say(d, OK, "store", "%s: %d stud%s, the tables agree with the log", path, studies,
            studies == 1 ? "y" : "ies");
    } else {
        say(d, FAIL, "store", "%s", err.message);
        d->store_damaged = status == HOX_ERR_DATA;
        if (!d->store_damaged) /* nothing is known of it */
            d->cli->error = err;
    }
    hox__store_close(store);
}

/* Says what came back and what did not. Exit code 1: something is known to be lost. */
static int salvage(hox__cli *cli, const char *from, const char *to)
{
    hox__salvaged s;
    if (!hox__file_exists(from))
        return hox_fail_code(&cli->error, HOX_ERR_DATA, "E0601", "there is no %s here", from),
               HOX__FAILED;
    if (hox__store_salvage(from, to, &s, &cli->error) != HOX_OK)
        return HOX__FAILED;
    static const hox__column column[] = {
        {"what", HOX__CELL_TEXT, 3}, {"salvaged", HOX__CELL_INT, 2}, {"lost", HOX__CELL_INT, 2}};
    const struct {
        const char *what;
        int64_t salvaged, lost;
    } row[] = {{"pages", s.pages.pages - s.pages.missing - s.pages.damaged,
                s.pages.missing + s.pages.damaged},
               {"studies", s.studies, s.lost_studies},
               {"trials", s.trials, s.lost_trials},
               {"events", s.events, s.lost_events}};
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "salvage", column, 3);
    for (size_t i = 0; sheet && i < sizeof row / sizeof row[0]; i++)
        hox__sheet_row(sheet, (hox__cell[]){{.text = row[i].what},
                                            {.integer = row[i].salvaged},
                                            {.integer = row[i].lost}});
    if (sheet)
        hox__sheet_end(sheet, NULL, NULL);
    if (!cli->quiet)
        hox__put(&cli->err,
                 "%s is a sound store; %s was only read. Models and logs of trials lie in %s.d\n",
                 to, from, from);
    if (!cli->quiet && s.lost_trials)
        hox__put(&cli->err, "trials behind a lost one have moved up: numbers count without gaps\n");
    return s.lost_studies || s.lost_trials ? HOX__EXIT_NO : HOX__EXIT_DONE;
}

/* Whoever names a store asks about that. */
static void look_at_all(doctor *d)
{
    look_at_machine(d);
    look_at_training(d);
    look_at_vocabulary(d);
    look_at_data(d);
}

static int run(hox__cli *cli)
{
    static const hox__column column[] = {
        {"check", HOX__CELL_TEXT, 3}, {"state", HOX__CELL_TEXT, 2}, {"detail", HOX__CELL_TEXT, 4}};
    const char *word = cli->args.positionals ? cli->args.positional[0] : NULL;
    const char *store = word ? word : cli->store;
    const char *to = hox__args_text(&cli->args, "salvage", NULL);
    if (to)
        return salvage(cli, store, to);
    doctor d = {.cli = cli,
                .sheet = hox__sheet_begin(&cli->out, cli->format, "finding", column, 3)};
    if (!d.sheet)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the table"), HOX__FAILED;
    if (!word)
        look_at_all(&d);
    look_at_sqlite(&d);
    look_at_disk(&d, store);
    look_at_store(&d, store, word || hox__args_get(&cli->args, "store")->given);
    hox__sheet_end(d.sheet, &cli->err, NULL);
    if (d.store_damaged)
        return HOX__EXIT_INPUT;
    if (cli->error.status < 0)
        return HOX__FAILED;
    return d.failed ? HOX__EXIT_NO : HOX__EXIT_DONE;
}

const hox__command hox__command_doctor = {
    .name = "doctor",
    .synopsis = "[STORE] [FLAGS]",
    .summary = "versions, processor, libraries, data sets, vocabulary, disk and store, looked at",
    .example = {{"hox doctor", "everything, and hox.db when it is here"},
                {"hox doctor runs.db", "is this store sound? only that"},
                {"hox doctor runs.db --salvage new.db", "what can be read of it"}},
    .option = options,
    .positional_max = 1,
    .complete = "file",
    .run = run,
};
