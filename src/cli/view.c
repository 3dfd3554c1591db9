#include "cli/view.h"
#include "base/alloc.h"
#include "base/io.h"
#include "cli/quantity.h"
#include "cli/spec.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *hox__state_name(hox_trial_state state)
{
    static const char *const name[] = {"queued", "running",   "done",  "pruned",
                                       "failed", "cancelled", "paused"};
    return state >= 0 && state <= HOX_TRIAL_PAUSED ? name[state] : "unknown";
}

struct hox__proposals {
    hox__arena *arena;
    struct {
        const char *by;
        double seconds;
    } * one; /* [n] */
    int64_t n, room;
    bool failed;
};

/* ---- subjects ---- */

static hox_status read_trial(const char *text, const char *whole, hox__subject *subject,
                             hox_error *err)
{
    if (strcmp(text, "best") == 0)
        subject->which = HOX__TRIAL_BEST;
    else if (strcmp(text, "last") == 0)
        subject->which = HOX__TRIAL_LAST;
    else if (strcmp(text, "pareto") == 0)
        subject->which = HOX__TRIAL_PARETO;
    else if (hox__quantity_seed(text, &subject->trial, NULL) == HOX_OK)
        subject->which = HOX__TRIAL_NUMBER;
    else
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "`%s`: behind @ stands a trial's number, best or last", whole);
    return HOX_OK;
}

hox_status hox__subject_read(const char *text, hox__subject *subject, hox_error *err)
{
    *subject = (hox__subject){0};
    if (!text)
        return HOX_OK;
    if (strncmp(text, "postgres:", 9) == 0 || strncmp(text, "postgresql:", 11) == 0)
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "`%s`: stores in PostgreSQL are not in this version\na store is a file: "
                        "hox.db:STUDY",
                        text);
    const char *at = strrchr(text, '@');
    const size_t head = at ? (size_t)(at - text) : strlen(text);
    size_t colon = head;
    while (colon > 0 && text[colon - 1] != ':')
        colon--;
    const size_t store = colon ? colon - 1 : 0, study = head - colon;
    if (store >= sizeof subject->store || study >= sizeof subject->study)
        return hox_fail(err, HOX_ERR_ARGUMENT, "`%.60s…` is too long for a subject", text);
    memcpy(subject->store, text, store);
    memcpy(subject->study, text + colon, study);
    return at ? read_trial(at + 1, text, subject, err) : HOX_OK;
}

/* ---- studies ---- */

/* Each text in the arena. False: no memory for one of them. */
static bool keep(hox__arena *arena, const char **const text[], size_t n)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        const char *s = *text[i] ? *text[i] : "", *copy = hox__arena_copy(arena, s, strlen(s));
        *text[i] = copy ? copy : "";
        ok &= copy != NULL;
    }
    return ok;
}

static hox_status no_memory(hox_error *err)
{
    return hox_fail(err, HOX_ERR_MEMORY, "no memory to read the store");
}

static hox_status keep_study(hox__view *view, const hox__study_row *row, hox_error *err)
{
    hox__study_row *s = &view->study;
    const char **const text[] = {&s->name,      &s->spec,     &s->spec_hash,
                                 &s->objective, &s->strategy, &s->allocator,
                                 &s->data_hash, &s->settings, &s->state};
    *s = *row;
    if (!keep(view->arena, text, sizeof text / sizeof text[0]))
        return no_memory(err);
    view->maximize = strncmp(s->objective, "minimize", 8) != 0;
    return HOX_OK;
}

static hox_status open_store(hox__cli *cli, hox__view *view)
{
    if (!hox__file_exists(view->path))
        return hox_fail(&cli->error, HOX_ERR_DATA,
                        "there is no store %s here\n`hox search FILE.hox -t 2m` makes one, --store "
                        "FILE names another",
                        view->path);
    view->arena = hox__arena_new((size_t)1 << 30);
    if (!view->arena)
        return no_memory(&cli->error);
    return hox__store_open(view->path, HOX__STORE_READ, &view->store, &cli->error);
}

hox_status hox__view_open(hox__cli *cli, const hox__subject *subject, hox__view *view)
{
    *view = (hox__view){.path = subject->store[0] ? subject->store : cli->store};
    hox_status status = open_store(cli, view);
    if (status == HOX_OK) {
        hox__study_row row = {0};
        bool guessed = false;
        status = hox__store_find(view->store, subject->study[0] ? subject->study : NULL, &row,
                                 &guessed, &cli->error);
        if (status == HOX_OK)
            status = keep_study(view, &row, &cli->error);
        if (status == HOX_OK && guessed && !cli->quiet)
            hox__put(&cli->err, "study %s, the last written of several in %s\n", view->study.name,
                     view->path);
    }
    if (status != HOX_OK)
        hox__view_close(view);
    return status;
}

bool hox__is_study(const hox__cli *cli, const char *word)
{
    const size_t n = strlen(word);
    hox__store *store = NULL;
    hox__study_row row;
    bool guessed;
    if ((n > 4 && strcmp(word + n - 4, ".hox") == 0) || !hox__file_exists(cli->store))
        return false;
    const bool found = hox__store_open(cli->store, HOX__STORE_READ, &store, NULL) == HOX_OK &&
                       hox__store_find(store, word, &row, &guessed, NULL) == HOX_OK;
    hox__store_close(store);
    return found;
}

void hox__view_close(hox__view *view)
{
    if (view->proposals)
        hox__free(view->proposals->one);
    hox__free(view->proposals);
    hox__past_free(view->past);
    hox_space_free(view->space);
    hox__store_close(view->store);
    hox__arena_free(view->arena);
    *view = (hox__view){0};
}

/* ---- trials ---- */

static hox_status keep_trial(hox__view *view, hox__trial_row *row, hox_error *err)
{
    const char **const text[] = {&row->reason, &row->detail,  &row->walk,
                                 &row->scores, &row->metrics, &row->worker};
    return keep(view->arena, text, sizeof text / sizeof text[0]) ? HOX_OK : no_memory(err);
}

typedef struct {
    uint64_t last;
    bool any;
} last_of;

static bool see_last(void *ctx, const hox__trial_row *row)
{
    last_of *l = ctx;
    const bool ended = row->state != HOX_TRIAL_QUEUED && row->state != HOX_TRIAL_RUNNING;
    if (ended && (!l->any || row->trial > l->last))
        *l = (last_of){row->trial, true};
    return true;
}

hox_status hox__view_trial(hox__view *view, const hox__subject *subject, hox__trial_row *row,
                           hox_error *err)
{
    hox_status status = HOX_OK;
    uint64_t trial = subject->trial;
    if (subject->which == HOX__TRIAL_LAST) {
        last_of l = {0};
        status = hox__store_trials(view->store, view->study.id, see_last, &l, err);
        if (status >= 0 && !l.any)
            return HOX_DONE;
        trial = l.last;
    }
    if (subject->which == HOX__TRIAL_PARETO)
        return hox_fail(err, HOX_ERR_ARGUMENT, "@pareto is several trials\n`hox best` lists them");
    if (status >= 0)
        status = subject->which == HOX__TRIAL_BEST
                     ? hox__store_best(view->store, view->study.id, row, err)
                     : hox__store_trial(view->store, view->study.id, trial, row, err);
    return status == HOX_OK ? keep_trial(view, row, err) : status;
}

hox_status hox__view_count(hox__view *view, hox__counts *counts, hox_error *err)
{
    int64_t n[HOX__TRIAL_STATES];
    const hox_status status = hox__store_count(view->store, view->study.id, n, err);
    *counts = (hox__counts){0};
    if (status != HOX_OK)
        return status;
    *counts = (hox__counts){
        .done = n[HOX_TRIAL_DONE],
        .failed = n[HOX_TRIAL_FAILED],
        .running = n[HOX_TRIAL_RUNNING],
        .pruned = n[HOX_TRIAL_PRUNED],
        .cancelled = n[HOX_TRIAL_CANCELLED],
        .queued = n[HOX_TRIAL_QUEUED],
        .paused = n[HOX_TRIAL_PAUSED],
    };
    for (int i = 0; i < HOX__TRIAL_STATES; i++)
        counts->trials += n[i];
    return HOX_OK;
}

/* ---- who proposed them ---- */

/* Few names, many trials: the last one is seldom another. */
static const char *name_of(struct hox__proposals *p, const char *by)
{
    if (p->n > 1 && strcmp(p->one[p->n - 1].by, by) == 0)
        return p->one[p->n - 1].by;
    return hox__arena_copy(p->arena, by, strlen(by));
}

static bool see_proposal(void *ctx, uint64_t trial, const char *by, double seconds)
{
    struct hox__proposals *p = ctx;
    if (trial != (uint64_t)p->n)
        return false; /* damaged: what is known stays known */
    if (p->n == p->room) {
        const int64_t room = p->room ? 2 * p->room : 256;
        void *grown = hox__realloc(p->one, (size_t)room, sizeof *p->one);
        p->failed |= !grown;
        if (!grown)
            return false;
        p->one = grown;
        p->room = room;
    }
    const char *name = name_of(p, by);
    p->failed |= !name;
    p->one[p->n].by = name;
    p->one[p->n].seconds = seconds;
    p->n += name != NULL;
    return name != NULL;
}

hox_status hox__view_proposal(hox__view *view, uint64_t trial, const char **by, double *seconds,
                              hox_error *err)
{
    hox_status status = HOX_OK;
    struct hox__proposals *p = view->proposals;
    if (!p) {
        p = view->proposals = hox__alloc(1, sizeof *p);
        if (!p)
            return hox_fail(err, HOX_ERR_MEMORY, "no memory for the trials");
        p->arena = view->arena;
        status = hox__store_asks(view->store, view->study.id, see_proposal, p, err);
    }
    if (p->failed)
        return hox_fail(err, HOX_ERR_MEMORY, "no memory for the trials");
    *by = trial < (uint64_t)p->n ? p->one[trial].by : "";
    *seconds = trial < (uint64_t)p->n ? p->one[trial].seconds : 0;
    return status < 0 ? status : HOX_OK;
}

/* ---- what the rows mean ---- */

hox_status hox__view_space(hox__cli *cli, hox__view *view)
{
    if (view->space)
        return HOX_OK;
    hox__spec spec;
    const int quiet = cli->quiet;
    cli->quiet = 1; /* its warnings were printed when the study was made */
    hox_status status = hox__spec_of_text(cli, view->study.name, view->study.spec, &spec);
    cli->quiet = quiet;
    view->space = spec.space;
    const hox_space_options options = hox__space_options(cli);
    if (status == HOX_OK)
        status = hox__past_open(view->study.settings, -1, view->space, &options, &view->past,
                                &cli->error);
    return status;
}

hox_status hox__view_sentence(hox__cli *cli, hox__view *view, const hox__trial_row *row,
                              hox_sentence **sentence)
{
    const hox_status status = hox__view_space(cli, view);
    return status == HOX_OK ? hox__past_sentence(view->past, view->space, row->trial, row->walk,
                                                 NULL, sentence, &cli->error)
                            : status;
}

hox__values hox__view_values(const hox__view *view, const hox__trial_row *row,
                             const hox_sentence *sentence)
{
    return (hox__values){
        .space = hox__past_space(view->past, view->space, row->trial),
        .sentence = sentence,
        .study = view->study.name,
        .seed = row->seed,
        .trial = row->trial,
        .budget = row->budget,
    };
}
