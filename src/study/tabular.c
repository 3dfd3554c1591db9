/* The objective of a table that somebody measured (decisions 3.9):
 *
 *   objective = table("file.tsv", value: val12, maximize)
 *   objective = table("mlp.tsv", value: [bacc_a, bacc_b], maximize, code: code)
 *   objective = table("lcbench.tsv", value: acc, maximize, nearest)
 *
 * The parameters of the space name columns; the row whose cells are their values has the value, or,
 * with `nearest`, the row at the least distance when every column is scaled to 0 .. 1. A list of
 * columns is their mean. Where there is no column acc but acc1, acc2 .., those are a curve: the
 * budget says how far it goes. `code: column` finds the row by the answers in order, each the digit
 * of its branch. A point that the table has not is infeasible.
 */
#include "base/alloc.h"
#include "base/io.h"
#include "study/instant.h"
#include "study/point.h"
#include "study/tabulation.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { KEYS_MAX = 256, VALUES_MAX = 64, PATH_BYTES = 4096 };

typedef struct {
    int column;
    double *number; /* [rows], NaN: it is none */
    double low, high;
} key;

typedef struct {
    const char *file, *code, *value[VALUES_MAX], *metric;
    int values;
    bool maximize, nearest;
} plan;

typedef struct {
    const hox_space *space;
    plan plan;
    hox__tabulation table;
    int code;      /* column; -1: none */
    int steps;     /* of the curve; 1: there is none */
    double *value; /* [rows][steps] */
    key key[KEYS_MAX];
    int keys;
} tabular;

/* ---- reading what it says ---- */

static hox_status wrong(hox_error *err, const char *what, const char *which)
{
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303",
                         "`objective = table(...)`: %s%.80s\nwrite `table(\"file.tsv\", value: "
                         "accuracy, maximize)`; `nearest` and `code: COLUMN` may follow",
                         what, which);
}

static hox_status read_values(plan *p, const hox_term *term, hox_error *err)
{
    const hox_term *const *part = term->kind == HOX_TERM_LIST ? term->part : &term;
    const int n = term->kind == HOX_TERM_LIST ? term->n : 1;
    for (int i = 0; i < n; i++) {
        if (!part[i]->name || p->values == VALUES_MAX)
            return wrong(err, "`value` is the name of a column, or a list of at most 64", "");
        p->value[p->values++] = part[i]->name;
    }
    p->metric = p->values == 1 ? p->value[0] : "value";
    return p->values ? HOX_OK : wrong(err, "`value` is an empty list", "");
}

static hox_status read_argument(plan *p, const char *label, const hox_term *term, bool *aimed,
                                hox_error *err)
{
    const char *word = term->name ? term->name : "";
    if (strcmp(label, "value") == 0)
        return read_values(p, term, err);
    if (strcmp(label, "code") == 0 && *word)
        p->code = word;
    else if (*label)
        return wrong(err, "there is no ", label);
    else if (!p->file && *word)
        p->file = word;
    else if (strcmp(word, "maximize") == 0 || strcmp(word, "minimize") == 0) {
        p->maximize = word[1] == 'a';
        *aimed = true;
    } else if (strcmp(word, "nearest") == 0)
        p->nearest = true;
    else
        return wrong(err, "what is ", *word ? word : "that number?");
    return HOX_OK;
}

static hox_status read_plan(const hox_space *space, plan *p, hox_error *err)
{
    bool aimed = false;
    const hox_term *call = hox__objective_call(space, "table");
    hox_status status = call ? HOX_OK : wrong(err, "it holds choices", "");
    *p = (plan){0};
    for (int i = 0; status == HOX_OK && i < call->n; i++)
        status = read_argument(p, call->label[i], call->part[i], &aimed, err);
    if (status == HOX_OK && !p->file)
        return wrong(err, "a file is missing", "");
    if (status == HOX_OK && !p->values)
        return wrong(err, "which column is the result? `value: COLUMN` is missing", "");
    if (status == HOX_OK && !aimed)
        return wrong(err, "`maximize` or `minimize` is missing", "");
    return status;
}

/* In the folder of data, else from here. */
static hox_status read_table(const plan *p, const char *folder, hox__tabulation *table,
                             hox_error *err)
{
    char path[PATH_BYTES];
    const int n = snprintf(path, sizeof path, "%s/%s", folder ? folder : "", p->file);
    if (folder && *p->file != '/' && n > 0 && n < PATH_BYTES && hox__file_exists(path))
        return hox__tabulation_read(path, table, err);
    return hox__tabulation_read(p->file, table, err);
}

/* ---- the columns of the result ---- */

static int curve_column(const tabular *t, const char *name, int step)
{
    char text[256];
    snprintf(text, sizeof text, "%.200s%d", name, step);
    return hox__tabulation_column(&t->table, text);
}

static int column_of(const tabular *t, const char *name, int step)
{
    const int plain = hox__tabulation_column(&t->table, name);
    return plain >= 0 ? plain : curve_column(t, name, step);
}

static hox_status count_steps(tabular *t, hox_error *err)
{
    const char *name = t->plan.value[0];
    t->steps = 1;
    if (hox__tabulation_column(&t->table, name) < 0)
        while (t->steps < HOX__CURVE_MAX && curve_column(t, name, t->steps + 1) >= 0)
            t->steps++;
    for (int i = 0; i < t->plan.values; i++)
        if (column_of(t, t->plan.value[i], t->steps) < 0)
            return wrong(err, "the table has no column ", t->plan.value[i]);
    return HOX_OK;
}

/* Means of the columns. */
static hox_status read_results(tabular *t, hox_error *err)
{
    hox_status status = count_steps(t, err);
    if (status != HOX_OK)
        return status;
    t->value = hox__alloc((size_t)t->table.rows * (size_t)t->steps, sizeof *t->value);
    if (!t->value)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the table");
    for (int i = 0; i < t->plan.values; i++)
        for (int s = 0; s < t->steps; s++) {
            const int column = column_of(t, t->plan.value[i], s + 1);
            for (int64_t r = 0; r < t->table.rows; r++)
                t->value[r * t->steps + s] +=
                    hox__tabulation_number(&t->table, r, column) / t->plan.values;
        }
    return HOX_OK;
}

/* ---- the columns of the parameters ---- */

static key *key_of(tabular *t, int column)
{
    for (int i = 0; i < t->keys; i++)
        if (t->key[i].column == column)
            return &t->key[i];
    return NULL;
}

static hox_status add_key(tabular *t, const char *name, hox_error *err)
{
    const int column = hox__tabulation_column(&t->table, name);
    if (column < 0)
        return wrong(err, "the table has no column for the parameter ", name);
    if (key_of(t, column))
        return HOX_OK;
    if (t->keys == KEYS_MAX)
        return wrong(err, "too many parameters, one of them ", name);
    key *k = &t->key[t->keys];
    *k = (key){.column = column, .low = HUGE_VAL, .high = -HUGE_VAL};
    k->number = hox__alloc((size_t)t->table.rows, sizeof *k->number);
    if (!k->number)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the table");
    t->keys++;
    for (int64_t r = 0; r < t->table.rows; r++) {
        k->number[r] = hox__tabulation_number(&t->table, r, column);
        k->low = fmin(k->low, k->number[r]);
        k->high = fmax(k->high, k->number[r]);
    }
    return HOX_OK;
}

static hox_status add_keys(void *ctx, const hox__values *values, const hox_walk *walk,
                           hox_error *err)
{
    tabular *t = ctx;
    int n;
    char name[HOX__POINT_NAME];
    const hox_answered *answer = hox_walk_answers(walk, &n);
    hox_status status = HOX_OK;
    for (int i = 0; i < n && status == HOX_OK; i++) {
        hox__point_name(answer[i].path, name);
        if (!hox__value_find(values, name))
            return wrong(err, "a parameter must be a number or a word; this is neither: ", name);
        status = add_key(t, name, err);
    }
    return status;
}

/* ---- finding the row ---- */

/* 0: the cell says what the term says. A parameter that is not asked wants an empty cell. */
static double distance(const tabular *t, const key *k, const hox_term *term, int64_t row)
{
    const char *cell = hox__tabulation_cell(&t->table, row, k->column);
    if (!term)
        return *cell && strcmp(cell, "nan") != 0;
    if (term->kind != HOX_TERM_NUMBER)
        return !term->name || strcmp(term->name, cell) != 0;
    const double x = term->number, y = k->number[row];
    if (isnan(y))
        return 1;
    if (t->plan.nearest)
        return k->high > k->low ? (x - y) / (k->high - k->low) : 0;
    return fabs(x - y) > 1e-9 * fmax(fabs(x), fabs(y));
}

static int64_t row_of_values(const tabular *t, const hox__values *values)
{
    const hox_term *term[KEYS_MAX];
    int64_t found = -1;
    double least = t->plan.nearest ? HUGE_VAL : 0.5;
    for (int i = 0; i < t->keys; i++)
        term[i] = hox__value_find(values, t->table.name[t->key[i].column]);
    for (int64_t r = 0; r < t->table.rows; r++) {
        double sum = 0;
        for (int i = 0; i < t->keys && sum < least; i++) {
            const double d = distance(t, &t->key[i], term[i], r);
            sum += d * d;
        }
        if (sum < least) {
            least = sum;
            found = r;
        }
    }
    return found;
}

static int64_t row_of_code(const tabular *t, const hox_walk *walk)
{
    int n;
    char code[KEYS_MAX + 1];
    const hox_answered *answer = hox_walk_answers(walk, &n);
    for (int i = 0; i < n; i++) {
        const int64_t digit = answer[i].kind == HOX_ASK_REAL ? -1 : answer[i].answer.index;
        if (n > KEYS_MAX || digit < 0 || digit > 9)
            return -1;
        code[i] = (char)('0' + digit);
    }
    code[n] = '\0';
    for (int64_t r = 0; r < t->table.rows; r++)
        if (strcmp(hox__tabulation_cell(&t->table, r, t->code), code) == 0)
            return r;
    return -1;
}

static hox_status measure(const void *state, const hox__values *values, const hox_walk *walk,
                          hox__curve *curve, hox_error *err)
{
    const tabular *t = state;
    const int64_t row = t->code >= 0 ? row_of_code(t, walk) : row_of_values(t, values);
    if (row < 0)
        return hox_fail(err, HOX_ERR_EMPTY, "the table has no such row");
    const double budget = values->budget > 0 ? round(values->budget) : t->steps;
    curve->steps = t->steps > 1;
    curve->n = budget < t->steps ? (int)fmax(budget, 1) : t->steps;
    for (int i = 0; i < curve->n; i++)
        curve->value[i] = t->value[row * t->steps + i];
    return isnan(curve->value[curve->n - 1])
               ? hox_fail(err, HOX_ERR_EMPTY, "the row has no result in the table")
               : HOX_OK;
}

/* ---- the objective ---- */

static void close_table(void *state)
{
    tabular *t = state;
    if (!t)
        return;
    for (int i = 0; i < t->keys; i++)
        hox__free(t->key[i].number);
    hox__free(t->value);
    hox__tabulation_free(&t->table);
    hox__free(t);
}

static hox_status open_results(const hox_space *space, const char *folder, tabular **out,
                               hox_error *err)
{
    tabular *t = hox__alloc(1, sizeof *t);
    if (!t)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the table");
    t->space = space;
    hox_status status = read_plan(space, &t->plan, err);
    if (status == HOX_OK)
        status = read_table(&t->plan, folder, &t->table, err);
    if (status == HOX_OK)
        status = read_results(t, err);
    t->code = -1;
    if (status == HOX_OK && t->plan.code) {
        t->code = hox__tabulation_column(&t->table, t->plan.code);
        if (t->code < 0)
            status = wrong(err, "the table has no column ", t->plan.code);
    }
    if (status == HOX_OK)
        *out = t;
    else
        close_table(t);
    return status;
}

static hox_status open_table(const hox__objective_input *in, void **state, hox__line *ready,
                             hox_error *err)
{
    tabular *t = NULL;
    hox_status status = open_results(in->space, in->data_folder, &t, err);
    if (status == HOX_OK && t->code < 0)
        status = hox__instant_check(in->space, add_keys, t, err);
    if (status != HOX_OK) {
        close_table(t);
        return status;
    }
    *ready = (hox__line){.kind = HOX__LINE_READY};
    memcpy(ready->hash, t->table.hash, sizeof ready->hash);
    *state = t;
    return HOX_OK;
}

static int run_trial(void *state, const hox__task *task, int fd)
{
    const tabular *t = state;
    return hox__instant_trial(t->space, task, fd, measure, t);
}

static hox_status aim_of_table(const hox_space *space, hox__arena *arena, hox__aim *aim,
                               hox_error *err)
{
    plan p;
    hox_status status = read_plan(space, &p, err);
    if (status != HOX_OK)
        return status;
    const char *metric = hox__arena_copy(arena, p.metric, strlen(p.metric));
    *aim = (hox__aim){.goal = {{.metric = metric, .maximize = p.maximize}}, .goals = 1};
    return metric ? HOX_OK : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a study");
}

static bool is_quick(const void *state)
{
    const tabular *t = state;
    return t->steps <= HOX__INSTANT_REPORTS;
}

static bool optimum(const hox_space *space, const char *folder, double *best)
{
    tabular *t = NULL;
    if (open_results(space, folder, &t, NULL) != HOX_OK)
        return false;
    *best = (double)NAN;
    for (int64_t r = 0; r < t->table.rows; r++) {
        const double value = t->value[(r + 1) * t->steps - 1];
        if (isnan(*best) || (t->plan.maximize ? value > *best : value < *best))
            *best = isnan(value) ? *best : value;
    }
    close_table(t);
    return !isnan(*best);
}

const hox__objective hox__objective_table = {
    .name = "table",
    .call = "table",
    .aim = aim_of_table,
    .open = open_table,
    .close = close_table,
    .trial = run_trial,
    .is_quick = is_quick,
    .optimum = optimum,
};
