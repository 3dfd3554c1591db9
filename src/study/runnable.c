#include "study/runnable.h"
#include "base/alloc.h"
#include "base/io.h"
#include <string.h>

static hox_status wrong(const char *what, const char *which, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0806", "`command`: %s%.60s", what, which);
}

/* ---- metrics ---- */

static int metric_named(const hox__runnable *r, const char *name)
{
    for (int i = 0; i < r->metrics; i++)
        if (strcmp(r->metric[i].name, name) == 0)
            return i;
    return -1;
}

static hox_status add_metric(hox__runnable *r, const char *name, const char *spec,
                             hox__arena *arena, hox_error *err)
{
    const int known = metric_named(r, name);
    if (known < 0 && r->metrics == HOX__METRICS_MAX)
        return wrong("too many metrics, one of them ", name, err);
    hox__metric *m = &r->metric[known < 0 ? r->metrics : known];
    if (known >= 0)
        hox__metric_free(m);
    const hox_status status = hox__metric_read(name, spec, arena, m, err);
    r->metrics += known < 0 && status == HOX_OK;
    return status;
}

/* metric(acc: "re:…", loss: "json:…") or metric("val/acc", "re:…") */
static hox_status read_metrics(hox__runnable *r, const hox_term *call, hox__arena *arena,
                               hox_error *err)
{
    hox_status status = HOX_OK;
    if (call->n == 2 && !*call->label[0] && call->part[0]->name && call->part[1]->name)
        return add_metric(r, call->part[0]->name, call->part[1]->name, arena, err);
    for (int i = 0; i < call->n && status == HOX_OK; i++) {
        if (!*call->label[i] || !call->part[i]->name)
            return wrong("a metric is a name and a text: metric(acc: \"re:acc (\\\\S+)\")", "",
                         err);
        status = add_metric(r, call->label[i], call->part[i]->name, arena, err);
    }
    return status;
}

/* ---- templates and parameters ---- */

static const char *text_at(const hox_term *call, int i)
{
    return i < call->n && call->part[i]->kind == HOX_TERM_TEXT ? call->part[i]->name : NULL;
}

/* A file's name inside the trial's folder: nothing that leads out of it. */
static bool stays_inside(const char *name)
{
    return *name && *name != '/' && strcmp(name, "..") != 0 && strncmp(name, "../", 3) != 0 &&
           !strstr(name, "/../") &&
           (strlen(name) < 3 || strcmp(name + strlen(name) - 3, "/..") != 0);
}

static hox_status read_template(hox__runnable *r, const hox_term *call, hox__arena *arena,
                                hox_error *err)
{
    const char *from = text_at(call, 0), *to = text_at(call, 1);
    char *text;
    size_t n;
    if (!from || !to || !stays_inside(to))
        return wrong("a template is a file and the name of a file in the trial's folder: "
                     "template(\"config.in\", \"config.yaml\")",
                     "", err);
    if (r->templates == HOX__TEMPLATES_MAX)
        return wrong("too many templates, one of them ", from, err);
    hox_status status = hox__file_read(from, HOX__TEMPLATE_BYTES, &text, &n, err);
    if (status != HOX_OK)
        return status;
    hox__template *t = &r->template[r->templates++];
    *t = (hox__template){.from = hox__arena_copy(arena, from, strlen(from)),
                         .to = hox__arena_copy(arena, to, strlen(to))};
    status = !t->from || !t->to
                 ? hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a template")
             : strlen(text) != n ? wrong("a template holds a zero byte: ", from, err)
                                 : hox__words_of_text(text, arena, &t->text, err);
    hox__free(text);
    return status;
}

static hox_status read_params(hox__runnable *r, const hox_term *call, hox__arena *arena,
                              hox_error *err)
{
    const char *where = text_at(call, 0);
    if (!where || call->n != 1 || (strcmp(where, "-") != 0 && !stays_inside(where)))
        return wrong("parameters go to params(\"-\"), params(\"FILE\") in the trial's folder, or "
                     "params(\"env\")",
                     "", err);
    if (strcmp(where, "env") == 0)
        r->environment = true;
    else
        r->params = hox__arena_copy(arena, where, strlen(where));
    return HOX_OK;
}

/* ---- the whole ---- */

static hox_status read_part(hox__runnable *r, const hox_term *part, hox__arena *arena,
                            hox_error *err)
{
    if (part->kind == HOX_TERM_TEXT && r->words.n == 0)
        return hox__words_read(part->name, arena, &r->words, err);
    if (part->kind != HOX_TERM_CALL)
        return wrong("it is one text, then metric(…), template(…) and params(…), not ",
                     part->name ? part->name : "that", err);
    if (strcmp(part->name, "metric") == 0)
        return read_metrics(r, part, arena, err);
    if (strcmp(part->name, "template") == 0)
        return read_template(r, part, arena, err);
    if (strcmp(part->name, "params") == 0)
        return read_params(r, part, arena, err);
    return wrong("there is no ", part->name, err);
}

/* Metrics of the aim come first, as `auto` unless something else was said of them. */
static hox_status order_metrics(hox__runnable *r, hox__arena *arena, hox_error *err)
{
    const char *name[HOX__AIMS_MAX + HOX__BOUNDS_MAX];
    int n = 0;
    hox_status status = HOX_OK;
    for (int i = 0; i < r->aim.goals; i++)
        name[n++] = r->aim.goal[i].metric;
    for (int i = 0; i < r->aim.bounds; i++)
        name[n++] = r->aim.bound[i].metric;
    for (int i = 0, at = 0; i < n && status == HOX_OK; i++) {
        if (metric_named(r, name[i]) < 0)
            status = add_metric(r, name[i], "auto", arena, err);
        const int from = metric_named(r, name[i]);
        if (status == HOX_OK && from >= at) {
            const hox__metric moved = r->metric[from];
            memmove(&r->metric[at + 1], &r->metric[at], (size_t)(from - at) * sizeof moved);
            r->metric[at++] = moved;
        }
    }
    return status;
}

hox_status hox__runnable_read_command(const hox_space *space, hox__arena *arena, hox__runnable *r,
                                      hox_error *err)
{
    *r = (hox__runnable){.params = NULL};
    const hox_term *command = hox_space_constant(space, "command");
    if (!command)
        return wrong("it is not there", "", err);
    const bool chain = command->kind == HOX_TERM_CHAIN;
    hox_status status = HOX_OK;
    for (int i = 0; status == HOX_OK && i < (chain ? command->n : 1); i++)
        status = read_part(r, chain ? command->part[i] : command, arena, err);
    if (status == HOX_OK && r->words.n == 0)
        status = wrong("it says no program", "", err);
    if (status != HOX_OK)
        hox__runnable_free(r);
    return status;
}

hox_status hox__runnable_read(const hox_space *space, hox__arena *arena, hox__runnable *r,
                              hox_error *err)
{
    const hox_term *objective = hox_space_constant(space, "objective");
    hox_status status = hox__runnable_read_command(space, arena, r, err);
    if (status != HOX_OK)
        return status;
    if (objective)
        status = hox__aim_read(objective, "score", arena, &r->aim, err);
    else
        status = hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303",
                               "what shall the program be good at?\nwrite `objective = maximize "
                               "acc`, or --max acc or --min loss on the command line");
    if (status == HOX_OK)
        status = order_metrics(r, arena, err);
    if (status != HOX_OK)
        hox__runnable_free(r);
    return status;
}

void hox__runnable_free(hox__runnable *r)
{
    for (int i = 0; i < r->metrics; i++)
        hox__metric_free(&r->metric[i]);
    r->metrics = 0;
}
