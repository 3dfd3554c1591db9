/* The strategy of a study: found, its settings checked, begun, and written down as text from which
 * it can be begun again. */
#include "base/text.h"
#include "study/methods.h"
#include "study/study.h"
#include <stdio.h>
#include <string.h>

enum { SETTINGS_MAX = 64 };

static const char usual[] = "auto";

/* evolution(population: 20, tournament: 5): every setting, so that a default that changes one day
 * does not change old studies. */
static const char *canonical(hox_study *study, const char *name, const hox_setting *setting, int n,
                             const hox_value *value)
{
    hox__text text = {0};
    hox__text_puts(&text, name);
    for (int i = 0; i < n; i++) {
        hox__text_printf(&text, "%s%s: ", i ? ", " : "(", setting[i].name);
        if (value[i].word)
            hox__text_puts(&text, value[i].word);
        else
            hox__text_number(&text, value[i].number);
    }
    if (n)
        hox__text_putc(&text, ')');
    const char *kept = text.failed ? NULL : hox__arena_copy(study->arena, text.data, text.len);
    hox__text_deinit(&text);
    return kept;
}

static hox_status begin_allocator(hox_study *study, const hox_allocator *a, const hox_term *call,
                                  hox_error *err);

static hox_status begin_strategy(hox_study *study, const char *name, const hox_term *call,
                                 hox_error *err)
{
    hox_value value[SETTINGS_MAX] = {{0}};
    study->strategy = hox__strategy_find(name);
    if (!study->strategy)
        return hox__strategy_unknown(name, err);
    hox_status status =
        hox__settings_read(study->strategy->setting, study->strategy->settings, call, value, err);
    if (status == HOX_OK) {
        study->strategy_text = canonical(study, study->strategy->name, study->strategy->setting,
                                         study->strategy->settings, value);
        status = study->strategy_text
                     ? HOX_OK
                     : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the strategy");
    }
    if (status == HOX_OK)
        status = study->strategy->begin(study->space, value, study->seed, &study->state, err);
    return status;
}

/* Of a scheme the settings are those of its rule, which may have been said already: a study that
 * goes on has it from its store. */
static hox_status begin(hox_study *study, const hox_term *call, hox_error *err)
{
    const char *name = call ? call->name ? call->name : "" : usual;
    const hox__scheme *scheme = hox__scheme_find(name);
    if (!scheme)
        return begin_strategy(study, name, call, err);
    hox_status status = begin_strategy(study, scheme->strategy, NULL, err);
    if (status == HOX_OK && !study->allocator)
        status = begin_allocator(study, hox__allocator_find(scheme->allocator), call, err);
    return status;
}

/* `text` as the term a space would make of `search = text`: a space of that one line. */
static hox_status with_call(hox_study *study, const char *text, const char *what,
                            hox_status (*then)(hox_study *, const hox_term *, hox_error *),
                            hox_error *err)
{
    hox__text line = {0};
    hox_space *space = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    hox__text_puts(&line, "search = ");
    for (const char *p = text; *p; p++) /* genetic-cnn is genetic_cnn (decisions 2.13) */
        hox__text_putc(&line, *p == '-' && !strchr(text, '(') ? '_' : *p);
    hox_status status = list && !line.failed ? HOX_OK : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = hox_space_load(what, line.data, line.len, NULL, list, &space);
    const hox_term *call = status == HOX_OK ? hox_space_constant(space, "search") : NULL;
    if (status == HOX_ERR_MEMORY)
        hox_fail_code(err, status, "E0901", "no memory for the %s", what);
    else if (status == HOX_OK && call &&
             (call->kind == HOX_TERM_CALL || call->kind == HOX_TERM_WORD)) {
        status = then(study, call, err);
    } else {
        const hox_diagnostic *first = list ? hox_diagnostics_get(list, 0) : NULL;
        status = hox_fail(err, HOX_ERR_ARGUMENT, "%s `%.100s` cannot be read%s%s", what, text,
                          first ? ": " : "", first ? first->message : "");
    }
    hox_space_free(space);
    hox_diagnostics_free(list);
    hox__text_deinit(&line);
    return status;
}

hox_status hox__study_strategy(hox_study *study, const char *text, hox_error *err)
{
    return text ? with_call(study, text, "strategy", begin, err)
                : begin(study, hox_space_constant(study->space, "search"), err);
}

/* ---- the allocator ---- */

static hox_status unknown_allocator(const char *name, hox_error *err)
{
    int n;
    const char *names[SETTINGS_MAX];
    hox__text all = {0};
    const hox_allocator *const *table = hox__allocator_all(&n);
    for (int i = 0; i < n && i < SETTINGS_MAX; i++) {
        names[i] = table[i]->name;
        hox__text_printf(&all, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = hox__nearest(name, names, (size_t)(n < SETTINGS_MAX ? n : SETTINGS_MAX));
    hox_fail(err, HOX_ERR_ARGUMENT, "unknown stopping rule `%s`\n%s%s%s", name,
             near ? "did you mean `" : "known are none, ", near ? near : hox__text_get(&all),
             near ? "`?" : "");
    hox__text_deinit(&all);
    return HOX_ERR_ARGUMENT;
}

/* `call` NULL: its defaults. */
static hox_status begin_allocator(hox_study *study, const hox_allocator *a, const hox_term *call,
                                  hox_error *err)
{
    double low = 0, high = 0;
    const char *root;
    hox_value value[SETTINGS_MAX] = {{0}};
    const bool budget = hox_space_budget(study->space, &low, &high, &root);
    if (a->needs_budget && !budget)
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "`%s` shares out a budget, and the space has none\nwrite one, `epochs = "
                        "budget 1..27`",
                        a->name);
    hox_status status = hox__settings_read(a->setting, a->settings, call, value, err);
    if (status != HOX_OK)
        return status;
    study->allocator_text = canonical(study, a->name, a->setting, a->settings, value);
    if (!study->allocator_text)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the stopping rule");
    const hox_allocation about = {
        .low = low, .high = high, .maximize = study->maximize, .seed = study->seed};
    status = a->begin(&about, value, &study->allocator_state, err);
    study->allocator = status == HOX_OK ? a : NULL;
    return status;
}

static hox_status begin_named(hox_study *study, const hox_term *call, hox_error *err)
{
    const char *name = call->name ? call->name : "";
    const hox_allocator *a = hox__allocator_find(name);
    return a ? begin_allocator(study, a, call, err) : unknown_allocator(name, err);
}

/* What is taken when nothing was said: docs/decisions/0011. */
static const hox_allocator *usual_allocator(const hox_study *study)
{
    double low, high;
    const char *root;
    enum { STEPS_MIN = 3 };
    if (study->told || study->objective != &hox__objective_command || study->aim.goals > 1)
        return NULL;
    const bool budget = hox_space_budget(study->space, &low, &high, &root);
    if (budget && low > 0 && high >= STEPS_MIN * low)
        return hox__allocator_find("asha");
    return budget ? NULL : hox__allocator_find("median");
}

hox_status hox__study_allocator(hox_study *study, const char *text, hox_error *err)
{
    const bool said = study->allocator != NULL; /* by the strategy's name */
    const bool unsaid = !text || strcmp(text, "usual") == 0;
    if (said && unsaid)
        return HOX_OK;
    if (said)
        return hox_fail(
            err, HOX_ERR_ARGUMENT,
            "the strategy shares out the budget by `%s` already\nleave --prune away, or "
            "name another strategy: -s random --prune=%s",
            study->allocator->name, text);
    study->allocator_text = "";
    if (!unsaid && strcmp(text, "none") != 0)
        return with_call(study, text, "stopping rule", begin_named, err);
    const hox_allocator *a = unsaid ? usual_allocator(study) : NULL;
    if (!a && text && unsaid) /* --prune, and nothing else: where stopping is not usual */
        a = hox__allocator_find("median");
    return a ? begin_allocator(study, a, NULL, err) : HOX_OK;
}

hox_status hox__study_allocator_again(hox_study *study, const char *text, hox_error *err)
{
    if (study->allocator)
        study->allocator->end(study->allocator_state);
    study->allocator = NULL;
    study->allocator_state = NULL;
    return hox__study_allocator(study, *text ? text : "none", err);
}
