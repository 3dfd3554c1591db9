#include "study/front.h"
#include "base/alloc.h"
#include "search/pareto.h"
#include <math.h>
#include <string.h>

typedef struct {
    const hox__aim *aim;
    hox__front *front;
    int room;
    bool failed;
} reader;

static bool grow(reader *r)
{
    hox__front *f = r->front;
    const size_t room = r->room ? 2 * (size_t)r->room : 256;
    double *value = hox__realloc(f->value, room * (size_t)f->goals, sizeof *value);
    f->value = value ? value : f->value;
    double *violation = hox__realloc(f->violation, room, sizeof *violation);
    f->violation = violation ? violation : f->violation;
    uint64_t *trial = hox__realloc(f->trial, room, sizeof *trial);
    f->trial = trial ? trial : f->trial;
    int *rank = hox__realloc(f->rank, room, sizeof *rank);
    f->rank = rank ? rank : f->rank;
    r->failed = !value || !violation || !trial || !rank;
    r->room = r->failed ? r->room : (int)room;
    return !r->failed;
}

static bool see(void *ctx, const hox__trial_row *row)
{
    reader *r = ctx;
    hox__front *f = r->front;
    if (row->state != HOX_TRIAL_DONE || row->outside)
        return true;
    if (f->n == r->room && !grow(r))
        return false;
    double *value = f->value + f->n * f->goals;
    bool sound = hox__aim_scores(r->aim, row->scores, value) == f->goals;
    for (int i = 0; i < f->goals && sound; i++)
        sound = isfinite(value[i]);
    f->trial[f->n] = row->trial;
    f->violation[f->n] = row->violation > 0 ? row->violation : 0;
    f->n += sound;
    return true;
}

/* The worst of each goal; -1 when no trial keeps its bounds. */
static int worst(const hox__front *f, const double *score, double *reference)
{
    int first = -1;
    for (int i = 0; i < f->n; i++) {
        if (f->violation[i] > 0)
            continue;
        for (int k = 0; k < f->goals; k++)
            if (first < 0 || score[i * f->goals + k] < reference[k])
                reference[k] = score[i * f->goals + k];
        first = first < 0 ? i : first;
    }
    return first;
}

/* score[n, goals]: larger is better in each. Members first, so that the volume is of them alone. */
static hox_status measure(hox__front *f, const hox__aim *aim, double *score)
{
    double reference[HOX__AIMS_MAX] = {0};
    for (int i = 0; i < f->n * f->goals; i++)
        score[i] = aim->goal[i % f->goals].maximize ? f->value[i] : -f->value[i];
    hox_status status = hox__pareto_rank(f->n, f->goals, score, f->violation, f->rank);
    const int first = worst(f, score, reference);
    int members = 0;
    for (int i = 0; status == HOX_OK && i < f->n; i++)
        if (hox__front_has(f, i))
            memmove(score + (size_t)members++ * (size_t)f->goals,
                    score + (size_t)i * (size_t)f->goals, (size_t)f->goals * sizeof *score);
    f->members = members;
    if (status == HOX_OK && first >= 0)
        status = hox__hypervolume(members, f->goals, score, reference, &f->hypervolume);
    for (int k = 0; k < f->goals; k++)
        f->reference[k] = aim->goal[k].maximize ? reference[k] : -reference[k];
    return status;
}

hox_status hox__front_read(hox__store *store, int64_t study, const hox__aim *aim, hox__front *out,
                           hox_error *err)
{
    *out = (hox__front){.goals = aim->goals, .hypervolume = (double)NAN};
    reader r = {.aim = aim, .front = out};
    hox_status status = hox__store_trials(store, study, see, &r, err);
    double *score = status >= 0 && !r.failed && out->n > 0
                        ? hox__alloc((size_t)out->n * (size_t)aim->goals, sizeof *score)
                        : NULL;
    if (status >= 0 && (r.failed || (out->n > 0 && !score)))
        status = HOX_ERR_MEMORY;
    if (status >= 0 && score)
        status = measure(out, aim, score);
    hox__free(score);
    if (status < 0)
        hox__front_free(out);
    return status == HOX_ERR_MEMORY
               ? hox_fail_code(err, status, "E0901", "no memory for the trials")
               : status;
}

void hox__front_free(hox__front *f)
{
    hox__free(f->value);
    hox__free(f->trial);
    hox__free(f->violation);
    hox__free(f->rank);
    *f = (hox__front){0};
}

void hox__front_print(const hox__aim *aim, const double *value, hox__text *out)
{
    for (int i = 0; i < aim->goals; i++) {
        hox__text_puts(out, i ? ", " : "");
        hox__text_escaped(out, aim->goal[i].metric, strlen(aim->goal[i].metric));
        hox__text_printf(out, " %.4g", value[i]);
    }
}
