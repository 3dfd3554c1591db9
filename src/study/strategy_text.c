/* The strategy of a study: found, its settings checked, begun, and written down as text from which
 * it can be begun again. */
#include "base/text.h"
#include "study/methods.h"
#include "study/study.h"
#include <stdio.h>
#include <string.h>

enum { SETTINGS_MAX = 64 };

static const char usual[] = "evolution";

static hox_status unknown(const char *name, hox_error *err)
{
    int n;
    const char *names[SETTINGS_MAX];
    const hox_strategy *const *all = hox__strategy_all(&n);
    for (int i = 0; i < n && i < SETTINGS_MAX; i++)
        names[i] = all[i]->name;
    const char *near = hox__nearest(name, names, (size_t)(n < SETTINGS_MAX ? n : SETTINGS_MAX));
    if (near)
        return hox_fail(err, HOX_ERR_ARGUMENT, "unknown strategy `%s`\ndid you mean `%s`?", name,
                        near);
    return hox_fail(err, HOX_ERR_ARGUMENT, "unknown strategy `%s`\n`hox strategies` lists them",
                    name);
}

/* evolution(population: 20, tournament: 5): every setting, so that a default that changes one day
 * does not change old studies. */
static const char *canonical(hox_study *study, const hox_value *value)
{
    const hox_strategy *s = study->strategy;
    hox__text text = {0};
    hox__text_puts(&text, s->name);
    for (int i = 0; i < s->settings; i++) {
        hox__text_printf(&text, "%s%s: ", i ? ", " : "(", s->setting[i].name);
        if (value[i].word)
            hox__text_puts(&text, value[i].word);
        else
            hox__text_number(&text, value[i].number);
    }
    if (s->settings)
        hox__text_putc(&text, ')');
    const char *kept = text.failed ? NULL : hox__arena_copy(study->arena, text.data, text.len);
    hox__text_deinit(&text);
    return kept;
}

static hox_status begin(hox_study *study, const hox_term *call, hox_error *err)
{
    hox_value value[SETTINGS_MAX] = {{0}};
    const char *name = call ? call->name : usual;
    study->strategy = hox__strategy_find(name ? name : "");
    if (!study->strategy)
        return unknown(name ? name : "", err);
    hox_status status =
        hox__settings_read(study->strategy->setting, study->strategy->settings, call, value, err);
    if (status == HOX_OK) {
        study->strategy_text = canonical(study, value);
        status = study->strategy_text
                     ? HOX_OK
                     : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the strategy");
    }
    if (status == HOX_OK)
        status = study->strategy->begin(study->space, value, study->seed, &study->state, err);
    return status;
}

/* `text` as the term a space would make of `search = text`: a space of that one line. */
static hox_status begin_by_text(hox_study *study, const char *text, hox_error *err)
{
    hox__text line = {0};
    hox_space *space = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    hox__text_puts(&line, "search = ");
    for (const char *p = text; *p; p++) /* genetic-cnn is genetic_cnn (decisions 2.13) */
        hox__text_putc(&line, *p == '-' && !strchr(text, '(') ? '_' : *p);
    hox_status status = list && !line.failed ? HOX_OK : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = hox_space_load("strategy", line.data, line.len, NULL, list, &space);
    const hox_term *call = status == HOX_OK ? hox_space_constant(space, "search") : NULL;
    if (status == HOX_OK && call && (call->kind == HOX_TERM_CALL || call->kind == HOX_TERM_WORD)) {
        status = begin(study, call, err);
    } else {
        const hox_diagnostic *first = list ? hox_diagnostics_get(list, 0) : NULL;
        status = hox_fail(err, HOX_ERR_ARGUMENT, "strategy `%.100s` cannot be read%s%s", text,
                          first ? ": " : "", first ? first->message : "");
    }
    hox_space_free(space);
    hox_diagnostics_free(list);
    hox__text_deinit(&line);
    return status;
}

hox_status hox__study_strategy(hox_study *study, const char *text, hox_error *err)
{
    return text ? begin_by_text(study, text, err)
                : begin(study, hox_space_constant(study->space, "search"), err);
}
