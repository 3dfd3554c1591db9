#include "study/contest.h"
#include "base/alloc.h"
#include "study/instant.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 30 };

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to compare");
}

hox__contest *hox__contest_new(void)
{
    hox__contest *c = hox__alloc(1, sizeof *c);
    if (c && !(c->arena = hox__arena_new(ARENA_BYTES))) {
        hox__free(c);
        return NULL;
    }
    return c;
}

void hox__contest_free(hox__contest *c)
{
    if (!c)
        return;
    hox__free(c->entry);
    hox__arena_free(c->arena);
    hox__free(c);
}

/* ---- reading a study ---- */

typedef struct {
    int64_t ended_ms;
    uint64_t trial;
    double loss; /* NaN: without a result */
} ending;

typedef struct {
    ending *end;
    int n, room;
    bool maximize, failed;
} reader;

static bool read_trial(void *ctx, const hox__trial_row *row)
{
    reader *r = ctx;
    const bool done = row->state == HOX_TRIAL_DONE && !(row->violation > 0);
    if (row->state != HOX_TRIAL_DONE && row->state != HOX_TRIAL_PRUNED &&
        row->state != HOX_TRIAL_FAILED)
        return true;
    if (r->n == r->room) {
        const int room = r->room ? 2 * r->room : 256;
        ending *grown = hox__realloc(r->end, (size_t)room, sizeof *grown);
        r->failed = !grown;
        if (!grown)
            return false;
        r->end = grown;
        r->room = room;
    }
    const double loss = r->maximize ? -row->value : row->value;
    r->end[r->n++] = (ending){row->ended_ms, row->trial, done ? loss : (double)NAN};
    return true;
}

static int by_end(const void *a, const void *b)
{
    const ending *x = a, *y = b;
    if (x->ended_ms != y->ended_ms)
        return x->ended_ms < y->ended_ms ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

static const char *keep(hox__contest *c, const char *s)
{
    return hox__arena_copy(c->arena, s, strlen(s));
}

/* "minimize mean of last 5 loss": the last word of the first goal. */
static const char *metric_of(hox__contest *c, const char *objective)
{
    const char *next = strstr(objective + 1, "imize ");
    next = next ? strstr(next + 6, "imize ") : NULL;
    size_t n = next ? (size_t)(next - objective) - 4 : strcspn(objective, "(");
    while (n > 0 && objective[n - 1] == ' ')
        n--;
    size_t from = n;
    while (from > 0 && objective[from - 1] != ' ')
        from--;
    return hox__arena_copy(c->arena, objective + from, n - from);
}

/* The best there is, by the objective itself. */
static void look_up_optimum(hox__problem *p, const char *spec, const char *folder)
{
    hox_space *space = NULL;
    if (hox_space_load("spec", spec, strlen(spec), NULL, NULL, &space) == HOX_OK)
        p->known = hox__objective_optimum(space, folder, &p->optimum);
    if (p->known && p->maximize)
        p->optimum = -p->optimum;
    hox_space_free(space);
}

static int problem_of(hox__contest *c, const hox__study_row *study, const char *name,
                      const char *folder)
{
    for (int i = 0; i < c->problems; i++)
        if (strcmp(c->problem[i].hash, study->spec_hash) == 0)
            return i;
    if (c->problems == HOX__CONTEST_PROBLEMS)
        return -1;
    hox__problem *p = &c->problem[c->problems];
    *p = (hox__problem){.name = keep(c, name),
                        .hash = keep(c, study->spec_hash),
                        .metric = metric_of(c, study->objective),
                        .maximize = strncmp(study->objective, "minimize", 8) != 0,
                        .worst = -HUGE_VAL,
                        .optimum = HUGE_VAL};
    if (!p->name || !p->hash || !p->metric)
        return -1;
    look_up_optimum(p, study->spec, folder);
    return c->problems++;
}

static int group_of(hox__contest *c, const char *name)
{
    for (int i = 0; i < c->groups; i++)
        if (strcmp(c->group[i], name) == 0)
            return i;
    if (c->groups == HOX__CONTEST_GROUPS || !(c->group[c->groups] = keep(c, name)))
        return -1;
    return c->groups++;
}

/* 2 of "random*2", else 1. */
static int times_of(const char *group)
{
    const char *star = strrchr(group, '*');
    const int times = star ? atoi(star + 1) : 1;
    return times > 0 ? times : 1;
}

static hox_status add_entry(hox__contest *c, const reader *r, const hox__study_row *study,
                            int group, int problem, hox_error *err)
{
    if (c->entries == c->room) {
        const int room = c->room ? 2 * c->room : 64;
        hox__entry *grown = hox__realloc(c->entry, (size_t)room, sizeof *grown);
        if (!grown)
            return no_memory(err);
        c->entry = grown;
        c->room = room;
    }
    hox__entry *e = &c->entry[c->entries];
    const int times = times_of(c->group[group]);
    *e = (hox__entry){
        .name = keep(c, study->name),
        .group = group,
        .problem = problem,
        .trials = r->n / times,
        .seed = study->seed,
        .created_ms = study->created_ms,
        .best = HOX__NEW_N(c->arena, double, (size_t)r->n + 1),
    };
    if (!e->name || !e->best)
        return no_memory(err);
    double best = (double)NAN;
    hox__problem *p = &c->problem[problem];
    for (int i = 0; i < r->n; i++) {
        const double loss = r->end[i].loss;
        if (!isnan(loss)) {
            best = isnan(best) || loss < best ? loss : best;
            p->worst = fmax(p->worst, loss);
            if (!p->known)
                p->optimum = fmin(p->optimum, loss);
        }
        if ((i + 1) % times == 0)
            e->best[i / times] = best;
    }
    c->entries += e->trials > 0;
    return HOX_OK;
}

/* "branin/random branin" names some studies twice. */
static bool is_there(const hox__contest *c, const hox__study_row *study, int group, int problem)
{
    for (int i = 0; i < c->entries; i++) {
        const hox__entry *e = &c->entry[i];
        if (e->group == group && e->problem == problem && e->created_ms == study->created_ms &&
            strcmp(e->name, study->name) == 0)
            return true;
    }
    return false;
}

hox_status hox__contest_add(hox__contest *c, hox__store *store, const hox__study_row *study,
                            const char *group, const char *problem, const char *folder,
                            hox_error *err)
{
    reader r = {.maximize = strncmp(study->objective, "minimize", 8) != 0};
    const int p = problem_of(c, study, problem, folder), g = group_of(c, group);
    if (p < 0 || g < 0)
        return hox_fail(err, HOX_ERR_ARGUMENT, "at most %d groups on %d problems are compared",
                        HOX__CONTEST_GROUPS, HOX__CONTEST_PROBLEMS);
    if (is_there(c, study, g, p))
        return HOX_OK;
    hox_status status = hox__store_trials(store, study->id, read_trial, &r, err);
    if (status >= 0 && r.failed)
        status = no_memory(err);
    if (status >= 0 && r.n > 0) {
        qsort(r.end, (size_t)r.n, sizeof *r.end, by_end);
        status = add_entry(c, &r, study, g, p, err);
    }
    hox__free(r.end);
    return status < 0 ? status : HOX_OK;
}

/* ---- what is common ---- */

static int by_place(const void *a, const void *b)
{
    const hox__entry *x = a, *y = b;
    if (x->problem != y->problem)
        return x->problem - y->problem;
    if (x->group != y->group)
        return x->group - y->group;
    return (x->seed > y->seed) - (x->seed < y->seed);
}

/* Before the first result a study is as bad as the worst that was seen. */
static void fill_starts(hox__contest *c)
{
    for (int i = 0; i < c->entries; i++) {
        hox__entry *e = &c->entry[i];
        for (int t = 0; t < e->trials && isnan(e->best[t]); t++)
            e->best[t] = c->problem[e->problem].worst;
    }
}

/* Have two groups a seed in common on some problem? */
static bool seeds_pair(const hox__contest *c)
{
    for (int i = 0; i < c->entries; i++)
        for (int j = i + 1; j < c->entries; j++)
            if (c->entry[i].problem == c->entry[j].problem &&
                c->entry[i].group != c->entry[j].group && c->entry[i].seed == c->entry[j].seed)
                return true;
    return false;
}

static double median_regret(const hox__contest *c, int group, int problem, double *room)
{
    int n = 0;
    for (int i = 0; i < c->entries; i++)
        if (c->entry[i].problem == problem && (group < 0 || c->entry[i].group == group))
            room[n++] = c->entry[i].best[c->budget - 1] - c->problem[problem].optimum;
    return n ? hox__sample_quantile(room, n, 0.5) : 0;
}

static hox_status find_scales(hox__contest *c, hox_error *err)
{
    double *room = hox__alloc((size_t)c->entries, sizeof *room);
    if (!room)
        return no_memory(err);
    c->scaled_by = -1;
    for (int i = 0; i < c->groups; i++)
        if (strcmp(c->group[i], "random") == 0)
            c->scaled_by = i;
    for (int i = 0; i < c->problems; i++) {
        hox__problem *p = &c->problem[i];
        p->scale = median_regret(c, c->scaled_by, i, room);
        if (!(p->scale > 0)) /* random has found the optimum: the range that was seen */
            p->scale = p->worst - p->optimum;
        if (!(p->scale > 0))
            p->scale = 1;
    }
    hox__free(room);
    return HOX_OK;
}

hox_status hox__contest_ready(hox__contest *c, hox_error *err)
{
    int most = 0;
    if (c->entries == 0)
        return hox_fail(err, HOX_ERR_EMPTY, "no study here has a finished trial");
    qsort(c->entry, (size_t)c->entries, sizeof *c->entry, by_place);
    c->budget = c->entry[0].trials;
    for (int i = 0; i < c->entries; i++) {
        c->budget = c->entry[i].trials < c->budget ? c->entry[i].trials : c->budget;
        most = c->entry[i].trials > most ? c->entry[i].trials : most;
    }
    c->uneven = most != c->budget;
    c->same_seeds = seeds_pair(c);
    fill_starts(c);
    return find_scales(c, err);
}

int hox__contest_readings(const hox__contest *c, int reading[HOX__READINGS_MAX])
{
    static const int usual[] = {10,   25,   50,    100,   200,   500,   1000,
                                2000, 5000, 10000, 20000, 50000, 100000};
    int n = 0;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0] && usual[i] < c->budget; i++)
        reading[n++] = usual[i];
    reading[n++] = c->budget;
    return n;
}
