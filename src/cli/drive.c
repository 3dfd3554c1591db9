#include "cli/drive.h"
#include "study/metrics.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

hox_status hox__drive_join(hox__cli *cli, const hox__subject *subject, hox__stay stay,
                           hox_study **study)
{
    const char *store = subject->store[0] ? subject->store : cli->store;
    return hox__study_join(store, subject->study[0] ? subject->study : NULL,
                           hox__args_real(&cli->args, "wait", 30), stay, study, &cli->error);
}

double hox__drive_lease_s(const hox__cli *cli)
{
    return hox__args_real(&cli->args, "lease-time", 3600);
}

hox_status hox__measures_read(hox__cli *cli, int from, hox__measures *out)
{
    *out = (hox__measures){.n = 0};
    for (int i = from; i < cli->args.positionals; i++) {
        const char *word = cli->args.positional[i], *equals = strchr(word, '=');
        const size_t n = equals ? (size_t)(equals - word) : 0;
        size_t used = 0;
        const double value = equals ? hox__metric_number(equals + 1, strlen(equals + 1), &used) : 0;
        if (n == 0 || n >= sizeof out->name[0] || used == 0 || equals[1 + used])
            return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                            "`%.80s`: a result is a name and a number\nwrite `acc=0.81`", word);
        if (out->n == HOX__MEASURES_MAX)
            return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "more than %d results",
                            HOX__MEASURES_MAX);
        snprintf(out->name[out->n], sizeof out->name[0], "%.*s", (int)n, word);
        out->value[out->n++] = value;
    }
    return HOX_OK;
}

/* NaN and false: it was not said. */
static double named(const hox__measures *m, const char *name, bool first, bool *there)
{
    *there = true;
    for (int i = 0; i < m->n; i++)
        if (strcmp(m->name[i], name) == 0)
            return m->value[i];
    for (int i = 0; first && i < m->n; i++)
        if (strcmp(m->name[i], "value") == 0)
            return m->value[i];
    *there = false;
    return (double)NAN;
}

static void put_metrics(const hox__measures *m, hox__text *out)
{
    hox__json json = {.out = out};
    hox__json_begin_object(&json, NULL);
    for (int i = 0; i < m->n; i++)
        hox__json_number(&json, m->name[i], m->value[i]);
    hox__json_end_object(&json);
}

hox_status hox__measures_tell(const hox__measures *m, const hox_study *study, hox__told *told,
                              hox__text *scores, hox__text *metrics, hox_error *err)
{
    const hox__aim *aim = &study->aim;
    double bounded[HOX__BOUNDS_MAX];
    hox__json json = {.out = scores};
    hox__json_begin_array(&json, NULL);
    for (int i = 0; i < aim->goals; i++) {
        bool there;
        const double value = named(m, aim->goal[i].metric, i == 0, &there);
        if (!there)
            return hox_fail(err, HOX_ERR_ARGUMENT,
                            "`%s` is what study `%s` wants to know\nwrite `%s=0.81`",
                            aim->goal[i].metric, study->name, aim->goal[i].metric);
        hox__json_number(&json, NULL, value);
        if (i == 0)
            told->value = value;
    }
    hox__json_end_array(&json);
    for (int i = 0; i < aim->bounds; i++) {
        bool there;
        bounded[i] = named(m, aim->bound[i].metric, false, &there);
    }
    told->violation = hox__aim_violation(aim, bounded);
    put_metrics(m, metrics);
    told->scores = aim->goals > 1 ? hox__text_get(scores) : NULL;
    told->metrics = hox__text_get(metrics);
    return scores->failed || metrics->failed
               ? hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the result")
               : HOX_OK;
}
