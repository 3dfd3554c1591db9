#include "study/inherit.h"
#include "base/alloc.h"
#include "study/past.h"
#include "study/store_write.h"
#include "study/study.h"
#include <math.h>
#include <string.h>

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for an earlier study");
}

/* ---- an old walk as one of the new space ---- */

typedef struct {
    hox_walk *from, *to;
    hox__transfer *transfer;
    hox__carry carry;
    hox__past *past;
    bool maximize, failed;
    int64_t trials, fit;
} reader;

static bool see(void *ctx, const hox__trial_row *row)
{
    reader *r = ctx;
    hox__carried c;
    char *walk = NULL;
    if (row->state != HOX_TRIAL_DONE || row->violation > 0 || isnan(row->value) || row->outside)
        return true;
    r->trials++;
    hox_status status = hox__past_read(r->past, row->trial, row->walk, r->from, NULL);
    if (status == HOX_OK && !(walk = hox_walk_text(r->from)))
        status = HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = hox__carry_listen(&r->carry, r->from, walk);
    hox_text_free(walk);
    if (status == HOX_OK && (status = hox__carry_say(&r->carry, r->to, &c)) == HOX_OK &&
        (c.fit == HOX__CARRIED || c.fit == HOX__CARRY_MORE || c.fit == HOX__CARRY_LESS)) {
        hox_asked asked;
        asked.answer = hox_walk_answers(r->to, &asked.n);
        const bool related = 2 * c.matched >= asked.n && c.matched > 0;
        r->fit += related;
        if (related)
            r->failed |= hox__transfer_add(r->transfer, &asked,
                                           r->maximize ? row->value : -row->value) != HOX_OK;
    }
    r->failed |= status == HOX_ERR_MEMORY;
    return !r->failed;
}

/* ---- the old study ---- */

static hox_status write_walks(const hox__transfer *t, hox_walk *walk, hox__text *out,
                              hox_error *err)
{
    hox_status status = HOX_OK;
    for (int i = 0; i < t->n && status == HOX_OK; i++) {
        hox_rng rng = hox_rng_seed((uint64_t)i);
        hox_walk_restart(walk);
        status = hox__transfer_propose(t, i, walk, &rng, err);
        char *text = status == HOX_OK ? hox_walk_text(walk) : NULL;
        if (status == HOX_OK && !text)
            status = no_memory(err);
        if (text)
            hox__text_printf(out, "%s\n", text);
        hox_text_free(text);
    }
    return status == HOX_OK && out->failed ? no_memory(err) : status;
}

static hox_status read_trials(reader *r, hox__store *store, const hox__study_row *row,
                              const hox_space_options *options, const hox_space *space,
                              hox_error *err)
{
    hox_space *old = NULL;
    const int64_t id = row->id;
    hox_status status =
        hox_space_load(row->name, row->spec, strlen(row->spec), options, NULL, &old);
    if (status != HOX_OK)
        return hox_fail(err, status, "the space of the earlier study cannot be read any more");
    r->from = hox_walk_new(old, err);
    r->to = hox_walk_new(space, err);
    status = r->from && r->to ? hox__past_open(row->settings, -1, old, options, &r->past, err)
                              : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = hox__store_trials(store, id, see, r, err);
    status = status < 0 ? status : r->failed ? no_memory(err) : HOX_OK;
    hox_walk_free(r->from);
    hox__past_free(r->past);
    hox_space_free(old);
    return status;
}

hox_status hox__inherit_walks(hox__store *store, const char *name, const hox_space *space,
                              const hox_space_options *options, hox__text *out, int64_t *trials,
                              int64_t *fit, hox_error *err)
{
    hox__study_row row;
    bool guessed;
    hox__transfer transfer;
    reader r = {.transfer = &transfer};
    hox_status status = hox__transfer_init(&transfer, space);
    if (status != HOX_OK || !hox__carry_init(&r.carry))
        status = no_memory(err);
    if (status == HOX_OK)
        status = hox__store_find(store, name, &row, &guessed, err);
    if (status == HOX_OK) {
        r.maximize = strncmp(row.objective, "minimize", 8) != 0;
        status = read_trials(&r, store, &row, options, space, err);
    }
    if (status == HOX_OK && r.fit == 0)
        status = hox_fail(err, HOX_ERR_EMPTY,
                          "none of the %lld finished trials of study `%s` is a sentence of this "
                          "space",
                          (long long)r.trials, name);
    if (status == HOX_OK && hox__transfer_ready(&transfer) != HOX_OK)
        status = no_memory(err);
    if (status == HOX_OK)
        status = write_walks(&transfer, r.to, out, err);
    *trials = r.trials;
    *fit = r.fit;
    hox_walk_free(r.to);
    hox__carry_deinit(&r.carry);
    hox__transfer_deinit(&transfer);
    return status;
}

/* ---- in the new study ---- */

/* One line: a trial with a score below those of the lines before it. */
static hox_status take_walk(hox_study *study, hox__inheritance *in, const char *walk, int i,
                            hox_error *err)
{
    hox__suggestion what;
    hox_asked asked;
    hox_status status = hox__study_propose(study, 0, walk, &what, err);
    if (status != HOX_OK)
        return status;
    memcpy(in->key[i], what.key, sizeof in->key[i]);
    asked.answer = hox_walk_answers(study->walk, &asked.n);
    status = hox__transfer_add(&in->transfer, &asked, -i);
    hox__suggestion_free(&what);
    return status == HOX_OK ? HOX_OK : no_memory(err);
}

hox_status hox__study_take_inheritance(hox_study *study, const char *walks, hox_error *err)
{
    hox__inheritance *in = hox__alloc(1, sizeof *in);
    hox_status status = in ? hox__transfer_init(&in->transfer, study->space) : HOX_ERR_MEMORY;
    char *line = NULL;
    int n = 0;
    for (const char *p = walks; status == HOX_OK && *p && n < HOX__TRANSFER_MOST; n++) {
        const size_t length = strcspn(p, "\n");
        line = hox__alloc(length + 1, 1);
        if (!line) {
            status = HOX_ERR_MEMORY;
            break;
        }
        memcpy(line, p, length);
        status = take_walk(study, in, line, n, err);
        hox__free(line);
        p += length + (p[length] == '\n');
    }
    if (status == HOX_OK)
        status = hox__transfer_ready(&in->transfer);
    if (status != HOX_OK) {
        hox__inheritance_free(in);
        return status == HOX_ERR_MEMORY ? no_memory(err) : status;
    }
    hox__inheritance_free(study->inheritance);
    study->inheritance = in;
    return HOX_OK;
}

hox_status hox__study_inherit(hox_study *study, const char *walks, hox_error *err)
{
    const hox__event event = {.type = "study.warm", .detail = walks};
    const hox_status status = hox__study_take_inheritance(study, walks, err);
    return status == HOX_OK ? hox__store_append(study->store, study->id, &event, err) : status;
}

int hox__inheritance_next(const hox_study *study)
{
    const hox__inheritance *in = study->inheritance;
    int i = in ? hox__transfer_next(&in->transfer) : -1;
    while (i >= 0 && hox__table_has(study->keys, in->key[in->transfer.order[i]], HOX__KEY_DIGITS))
        i = i + 1 < in->transfer.n ? i + 1 : -1;
    return i;
}

hox_status hox__inheritance_derive(hox_study *study, int proposal, hox_error *err)
{
    hox_rng rng = hox_rng_child(&study->root, "warm", (uint64_t)proposal);
    hox_walk_restart(study->walk);
    return hox__transfer_propose(&study->inheritance->transfer, proposal, study->walk, &rng, err);
}

void hox__inheritance_asked(hox_study *study, uint64_t trial, const char *key)
{
    hox__inheritance *in = study->inheritance;
    const int next = hox__inheritance_next(study);
    if (!in)
        return;
    const bool same =
        next >= 0 && strncmp(in->key[in->transfer.order[next]], key, HOX__KEY_DIGITS) == 0;
    hox__transfer_asked(&in->transfer, trial, same ? next : -1);
}

void hox__inheritance_free(hox__inheritance *in)
{
    if (in)
        hox__transfer_deinit(&in->transfer);
    hox__free(in);
}
