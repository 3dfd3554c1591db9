/* The small interface of include/hox/client.h. */
#include "base/alloc.h"
#include "base/io.h"
#include "base/program.h"
#include "study/ask.h"
#include "study/values.h"
#include <hox/client.h>
#include <math.h>
#include <string.h>

/* ---- in a trial that hox started ---- */

hox_advice hox_report(int fd, int64_t step, const char *metric, double value)
{
    hox__text text = {0};
    hox__json json = {.out = &text};
    if (fd < 0 || !hox__is_socket(fd))
        return HOX_GO;
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "step", step);
    if (isfinite(value))
        hox__json_number(&json, metric, value);
    else
        hox__json_text(&json, metric, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    hox__json_end_object(&json);
    hox__text_putc(&text, '\n');
    hox__socket_empty(fd); /* answers that nobody waited for */
    const bool go = !text.failed && hox__write_some(fd, text.data, text.len) && hox__line_go_on(fd);
    hox__text_deinit(&text);
    return go ? HOX_GO : HOX_STOP;
}

/* ---- a study of one's own ---- */

struct hox_client {
    hox_study *study, *former; /* former: what was asked last belongs to it */
    hox__asked asked;
    double lease_s;
    hox__arena *arena; /* texts of the last ask */
};

hox_status hox_client_open(const char *store, const char *study, hox_client **out, hox_error *err)
{
    *out = NULL;
    hox_client *c = hox__alloc(1, sizeof *c);
    if (!c || !(c->arena = hox__arena_new(1 << 24))) {
        hox__free(c);
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a client");
    }
    const hox_status status = hox__study_join(store, study, 0, HOX__STAY_LONG, &c->study, err);
    if (status == HOX_OK)
        *out = c;
    else
        hox_client_close(c);
    return status;
}

void hox_client_close(hox_client *c)
{
    if (!c)
        return;
    hox__suggestion_free(&c->asked.what);
    hox_study_close(c->former);
    hox_study_close(c->study);
    hox__arena_free(c->arena);
    hox__free(c);
}

hox_status hox_client_ask(hox_client *c, double lease_s, hox_ticket *ticket, hox_error *err)
{
    hox__suggestion_free(&c->asked.what);
    hox_study_close(c->former);
    c->former = NULL;
    hox__arena_rewind(c->arena, (hox__arena_mark){0});
    c->lease_s = lease_s;
    const hox_status status = hox__study_ask(c->study, lease_s, false, &c->asked, err);
    if (status == HOX_OK)
        *ticket = (hox_ticket){c->asked.what.trial, c->asked.what.seed, c->asked.budget};
    return status;
}

/* The process that ran the study has ended, and what came of our trial is known all the same: it
 * goes to whoever has the store next, or into it. `was` as that process answered. */
static hox_status join_again(hox_client *c, hox_status was, hox_error *err)
{
    static const double patience_s = 10;
    hox_study *study;
    if (was != HOX_ERR_IO || !c->study->owner)
        return was;
    hox_error why = {0};
    const hox_status status =
        hox__study_join(c->study->path, c->study->name, patience_s, HOX__STAY_LONG, &study, &why);
    if (status != HOX_OK)
        return was;
    if (c->former)
        hox_study_close(c->study);
    else
        c->former = c->study;
    c->study = study;
    if (err)
        *err = (hox_error){0};
    return HOX_OK;
}

static hox__values values_of(const hox_client *c)
{
    return (hox__values){
        .space = (c->former ? c->former : c->study)->space,
        .sentence = c->asked.what.sentence,
        .study = c->study->name,
        .seed = c->asked.what.seed,
        .trial = c->asked.what.trial,
        .budget = c->asked.budget,
    };
}

double hox_client_number(const hox_client *c, const char *name, double fallback)
{
    const hox__values values = values_of(c);
    const hox_term *term = values.sentence ? hox__value_find(&values, name) : NULL;
    if (term && term->kind == HOX_TERM_RANGE && values.budget > 0)
        return values.budget;
    return term && (term->kind == HOX_TERM_NUMBER || term->kind == HOX_TERM_RANGE) ? term->number
                                                                                   : fallback;
}

const char *hox_client_text(hox_client *c, const char *name)
{
    const hox__values values = values_of(c);
    const hox_term *term = values.sentence ? hox__value_find(&values, name) : NULL;
    hox__text text = {0};
    if (!term || !hox__value_print(&values, term, NULL, &text) || text.failed) {
        hox__text_deinit(&text);
        return NULL;
    }
    const char *kept = hox__arena_copy(c->arena, hox__text_get(&text), text.len);
    hox__text_deinit(&text);
    return kept;
}

hox_status hox_client_report(hox_client *c, uint64_t trial, int64_t step, double value,
                             hox_advice *order, hox_error *err)
{
    bool go = true;
    const hox__told told = {.trial = trial, .value = value, .violation = (double)NAN};
    hox_status status = hox__study_report(c->study, &told, step, c->lease_s, &go, err);
    if (status == HOX_ERR_IO && (status = join_again(c, status, err)) == HOX_OK)
        status = hox__study_report(c->study, &told, step, c->lease_s, &go, err);
    *order = go ? HOX_GO : HOX_STOP;
    return status;
}

hox_status hox_client_tell(hox_client *c, uint64_t trial, double value, hox_error *err)
{
    hox__told told = {.trial = trial, .value = value, .violation = (double)NAN};
    hox_status status = hox__study_tell(c->study, &told, err);
    if (status != HOX_ERR_IO || (status = join_again(c, status, err)) != HOX_OK)
        return status;
    /* Somebody else may have been given the trial meanwhile. */
    told.lease = *c->asked.lease && c->asked.what.trial == trial ? c->asked.lease : NULL;
    return hox__study_tell(c->study, &told, err);
}
