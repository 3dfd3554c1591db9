#include "cli/fields.h"
#include "base/clock.h"
#include "base/number.h"
#include "study/json_read.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum fixed {
    TRIAL,
    STATE,
    VALUE,
    REASON,
    EPOCHS,
    SECONDS,
    PARAMS,
    FLOPS,
    NETWORK,
    BUDGET,
    SEED,
    CPU,
    MEMORY,
    REPEAT,
    STARTED,
    ENDED,
    DETAIL,
    WALK,
    PROPOSED,
    SUGGEST,
    WORKER,
    OUTSIDE,
    FIXED,
};

static const hox__column fixed[FIXED] = {
    [TRIAL] = {"trial", HOX__CELL_INT, 99},
    [STATE] = {"state", HOX__CELL_TEXT, 97},
    [VALUE] = {"value", HOX__CELL_NUMBER, 98},
    [REASON] = {"reason", HOX__CELL_TEXT, 50},
    [EPOCHS] = {"epochs", HOX__CELL_INT, 40},
    [SECONDS] = {"seconds", HOX__CELL_NUMBER, 45},
    [PARAMS] = {"params", HOX__CELL_INT, 42},
    [FLOPS] = {"flops", HOX__CELL_NUMBER, 30},
    [NETWORK] = {"network", HOX__CELL_TEXT, 35},
    [BUDGET] = {"budget", HOX__CELL_NUMBER, 20},
    [SEED] = {"seed", HOX__CELL_ID, 10},
    [CPU] = {"cpu_seconds", HOX__CELL_NUMBER, 10},
    [MEMORY] = {"memory", HOX__CELL_INT, 10},
    [REPEAT] = {"repeat_of", HOX__CELL_INT, 10},
    [STARTED] = {"started", HOX__CELL_TEXT, 10},
    [ENDED] = {"ended", HOX__CELL_TEXT, 10},
    [DETAIL] = {"detail", HOX__CELL_TEXT, 10},
    [WALK] = {"walk", HOX__CELL_TEXT, 5},
    [PROPOSED] = {"proposed_by", HOX__CELL_TEXT, 9},
    [SUGGEST] = {"suggest_seconds", HOX__CELL_NUMBER, 8},
    [WORKER] = {"worker", HOX__CELL_TEXT, 9},
    [OUTSIDE] = {"outside", HOX__CELL_TEXT, 7},
};

const char *hox__field_name(int i)
{
    return i < FIXED ? fixed[i].name : NULL;
}

int hox__fields_default(void)
{
    return NETWORK + 1;
}

hox__field hox__field_of(const char *name)
{
    for (int i = 0; i < FIXED; i++)
        if (strcmp(fixed[i].name, name) == 0)
            return (hox__field){fixed[i], i};
    return (hox__field){{name, HOX__CELL_TEXT, 60}, -1};
}

void hox__look_done(hox__look *look)
{
    hox_text_free(look->summary);
    hox_sentence_free(look->sentence);
    look->summary = NULL;
    look->sentence = NULL;
}

static hox_status need_sentence(hox__look *look)
{
    if (look->sentence)
        return HOX_OK;
    return hox__view_sentence(look->cli, look->view, look->row, &look->sentence);
}

static hox_status need_summary(hox__look *look)
{
    if (look->summary)
        return HOX_OK;
    const hox_status status = need_sentence(look);
    if (status != HOX_OK)
        return status;
    look->summary = hox_sentence_summary(look->sentence);
    return look->summary ? HOX_OK
                         : hox_fail(&look->cli->error, HOX_ERR_MEMORY, "no memory for a summary");
}

/* The whole name, or its end behind a point or a slash. */
static bool names(const char *path, const char *wanted)
{
    const size_t n = strlen(path), m = strlen(wanted);
    if (m > n || strcmp(path + n - m, wanted) != 0)
        return false;
    return m == n || path[n - m - 1] == '.' || path[n - m - 1] == '/';
}

/* What a program measured under that name. */
static void metric(hox__look *look, const char *name, hox__cell *cell)
{
    json_t *o = *look->row->metrics
                    ? hox__json_read(look->row->metrics, strlen(look->row->metrics), NULL)
                    : NULL;
    const json_t *x = json_object_get(o, name);
    if (json_is_number(x)) {
        hox__number_print(json_number_value(x), look->number);
        *cell = (hox__cell){.text = look->number, .number = json_number_value(x)};
        cell->mark = look->row->state == HOX_TRIAL_DONE ? NULL : HOX__MARK_LAST;
    }
    json_decref(o);
}

/* As a program knows it: `adam` for opt, 0.93 for opt.beta. */
static void value(hox__look *look, const char *name, hox__cell *cell)
{
    const hox__values values = hox__view_values(look->view, look->row, look->sentence);
    const hox_term *term =
        hox_space_has(values.space, "net") ? NULL : hox__value_find(&values, name);
    hox__text text = {0};
    if (term && hox__value_print(&values, term, NULL, &text) && !text.failed)
        cell->text = hox__arena_copy(look->view->arena, hox__text_get(&text), text.len);
    cell->empty = !cell->text;
    hox__text_deinit(&text);
}

static hox_status parameter(hox__look *look, const char *name, hox__cell *cell)
{
    const hox_status status = need_sentence(look);
    int n = 0;
    const hox_parameter *p = status == HOX_OK ? hox_sentence_parameters(look->sentence, &n) : NULL;
    cell->empty = true;
    if (status == HOX_OK)
        value(look, name, cell);
    for (int i = 0; i < n && cell->empty; i++)
        if (names(p[i].path, name))
            *cell = (hox__cell){.text = p[i].value};
    if (status == HOX_OK && cell->empty)
        metric(look, name, cell);
    return status;
}

static hox__cell time_cell(char out[32], int64_t unix_ms)
{
    if (unix_ms <= 0)
        return (hox__cell){.empty = true};
    hox__time_print(unix_ms, out);
    return (hox__cell){.text = out};
}

static hox__cell count_cell(int64_t n, bool known)
{
    return (hox__cell){.integer = n, .empty = !known};
}

static hox__cell number_cell(double x, bool known)
{
    return (hox__cell){.number = x, .empty = !known};
}

hox_status hox__field_get(hox__look *look, const hox__field *field, hox__cell *cell)
{
    const hox__trial_row *row = look->row;
    const double seconds = row->ended_ms && row->started_ms
                               ? (double)(row->ended_ms - row->started_ms) / 1000
                               : (double)NAN;
    *cell = (hox__cell){0};
    switch (field->fixed) {
    case TRIAL:
        *cell = count_cell((int64_t)row->trial, true);
        break;
    case STATE:
        cell->text = hox__state_name(row->state);
        break;
    case VALUE:
        *cell = number_cell(row->value, row->state == HOX_TRIAL_DONE || !isnan(row->value));
        cell->mark = row->state == HOX_TRIAL_DONE ? NULL : HOX__MARK_LAST;
        break;
    case REASON:
        cell->text = row->reason;
        break;
    case EPOCHS:
        *cell = count_cell(row->epochs, true);
        break;
    case SECONDS:
        *cell = number_cell(seconds, isfinite(seconds));
        break;
    case PARAMS:
        *cell = count_cell(row->params, row->params > 0);
        break;
    case FLOPS:
        *cell = number_cell(row->flops, row->flops > 0);
        break;
    case NETWORK: {
        const hox_status status = need_summary(look);
        cell->text = look->summary;
        cell->empty = !look->summary;
        return status;
    }
    case BUDGET:
        *cell = number_cell(row->budget, row->budget > 0);
        break;
    case SEED:
        cell->id = row->seed;
        break;
    case CPU:
        *cell = number_cell(row->cpu_s, row->ended_ms > 0);
        break;
    case MEMORY:
        *cell = count_cell(row->memory_bytes, row->memory_bytes > 0);
        break;
    case REPEAT:
        *cell = count_cell(row->repeat_of, row->repeat_of >= 0);
        break;
    case STARTED:
        *cell = time_cell(look->times[0], row->started_ms);
        break;
    case ENDED:
        *cell = time_cell(look->times[1], row->ended_ms);
        break;
    case DETAIL:
        cell->text = row->detail;
        break;
    case WALK:
        cell->text = row->walk;
        break;
    case WORKER: { /* of a lease its word, by which it is told */
        const char *lease = strrchr(row->worker, ' ');
        cell->text = lease ? lease + 1 : row->worker;
        cell->empty = !*cell->text;
        break;
    }
    case OUTSIDE: /* of the space as it is now */
        cell->text = row->outside ? "yes" : "no";
        break;
    case PROPOSED:
    case SUGGEST: {
        double took = 0;
        const hox_status status =
            hox__view_proposal(look->view, row->trial, &cell->text, &took, &look->cli->error);
        cell->number = took;
        cell->empty = status != HOX_OK || !*cell->text;
        return status;
    }
    default:
        return parameter(look, field->column.name, cell);
    }
    return HOX_OK;
}

/* ---- conditions ---- */

static size_t operator_at(const char *s)
{
    if (s[0] == '=' && s[1] == '=')
        return 2;
    if ((s[0] == '!' || s[0] == '<' || s[0] == '>') && s[1] == '=')
        return 2;
    return s[0] == '=' || s[0] == '<' || s[0] == '>' ? 1 : 0;
}

static void trimmed(char *out, size_t size, const char *s, size_t n)
{
    while (n && s[0] == ' ')
        s++, n--;
    while (n && s[n - 1] == ' ')
        n--;
    snprintf(out, size, "%.*s", (int)n, s);
}

static hox_status one_condition(const char *s, size_t n, hox__condition *c, hox_error *err)
{
    size_t at = 0;
    while (at < n && !operator_at(s + at))
        at++;
    const size_t op = at < n ? operator_at(s + at) : 0;
    if (op) {
        trimmed(c->name, sizeof c->name, s, at);
        trimmed(c->text, sizeof c->text, s + at + op, n - at - op);
        snprintf(c->op, sizeof c->op, "%.*s", (int)op, s + at);
    }
    if (!op || !c->name[0] || !c->text[0])
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "--where: `%.*s` is not a comparison\nwrite NAME OP VALUE: `value>0.9`, "
                        "`state=done and lr<0.01`",
                        (int)n, s);
    bool integral;
    c->field = hox__field_of(c->name);
    c->numeric =
        hox__number_read(c->text, strlen(c->text), &c->number, &integral) == strlen(c->text);
    return HOX_OK;
}

hox_status hox__conditions_read(const char *text, hox__condition *out, int *n, hox_error *err)
{
    while (text) {
        const char *next = strstr(text, " and ");
        if (*n == HOX__CONDITIONS_MAX)
            return hox_fail(err, HOX_ERR_ARGUMENT, "--where: more than %d comparisons",
                            HOX__CONDITIONS_MAX);
        const size_t len = next ? (size_t)(next - text) : strlen(text);
        out[*n] = (hox__condition){0};
        const hox_status status = one_condition(text, len, &out[*n], err);
        if (status != HOX_OK)
            return status;
        if (out[*n].field.fixed < 0)
            out[*n].field.column.name = out[*n].name;
        ++*n;
        text = next ? next + 5 : NULL;
    }
    return HOX_OK;
}

static bool cell_number(const hox__field *field, const hox__cell *cell, double *out)
{
    bool integral;
    switch (field->column.kind) {
    case HOX__CELL_INT:
    case HOX__CELL_BOOL:
        *out = (double)cell->integer;
        return true;
    case HOX__CELL_NUMBER:
        *out = cell->number;
        return true;
    case HOX__CELL_ID:
        *out = (double)cell->id;
        return true;
    case HOX__CELL_TEXT:
        break;
    }
    return cell->text && *cell->text &&
           hox__number_read(cell->text, strlen(cell->text), out, &integral) == strlen(cell->text);
}

/* What is absent, or not a number, holds only for `!=`. */
hox_status hox__condition_holds(hox__look *look, const hox__condition *c, bool *yes)
{
    hox__cell cell;
    const hox_status status = hox__field_get(look, &c->field, &cell);
    double number;
    int order = 0;
    bool comparable = status == HOX_OK && !cell.empty && !cell.mark;
    if (comparable && c->numeric && cell_number(&c->field, &cell, &number)) {
        comparable = !isnan(number);
        order = (number > c->number) - (number < c->number);
    } else if (comparable) {
        comparable = c->field.column.kind == HOX__CELL_TEXT;
        order = comparable ? strcmp(cell.text ? cell.text : "", c->text) : 0;
    }
    const char a = c->op[0];
    const bool equal = comparable && order == 0;
    *yes = a == '='   ? equal
           : a == '!' ? !equal
           : a == '<' ? (comparable && order < 0) || (c->op[1] && equal)
                      : (comparable && order > 0) || (c->op[1] && equal);
    return status;
}
