/* Parsing of command lines over a table; see options.h. */
#include "cli/options.h"
#include "base/alloc.h"
#include "base/text.h"
#include "cli/missing.h"
#include "cli/quantity.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

void hox__args_init(hox__args *args, const char *command, const hox__option *own,
                    const hox__option *common)
{
    *args = (hox__args){.command = command, .table = {own, common}};
    for (int t = 0; t < 2; t++)
        for (const hox__option *o = args->table[t]; o && o->name; o++) {
            assert(args->n < HOX__OPTIONS_MAX);
            args->option[args->n++] = o;
        }
}

void hox__args_deinit(hox__args *args)
{
    hox__free(args->positional);
    *args = (hox__args){0};
}

static int find(const hox__args *args, const char *name, size_t n)
{
    for (int i = 0; i < args->n; i++)
        if (strlen(args->option[i]->name) == n && memcmp(args->option[i]->name, name, n) == 0)
            return i;
    return -1;
}

static int find_letter(const hox__args *args, char letter)
{
    for (int i = 0; i < args->n; i++)
        if (args->option[i]->letter == letter)
            return i;
    return -1;
}

static bool takes_value(const hox__option *option)
{
    return option->kind != HOX__OPTION_FLAG && option->kind != HOX__OPTION_COUNT;
}

/* ---- values ---- */

static bool is_word_of(const char *words, const char *text)
{
    const size_t n = strlen(text);
    for (const char *p = words; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
        if (strncmp(p, text, n) == 0 && (p[n] == '|' || p[n] == '\0') && n > 0)
            return true;
    return false;
}

static hox_status read_value(const hox__option *option, const char *text, hox__option_value *value,
                             hox_error *err)
{
    value->text = text;
    switch (option->kind) {
    case HOX__OPTION_INT:
    case HOX__OPTION_BYTES: {
        const hox_status status = hox__quantity_int(text, &value->integer, err);
        if (status == HOX_OK && value->integer < 0)
            return hox_fail(err, HOX_ERR_ARGUMENT, "`%s` is negative", text);
        return status;
    }
    case HOX__OPTION_SEED:
        return hox__quantity_seed(text, &value->seed, err);
    case HOX__OPTION_REAL:
        return hox__quantity_real(text, &value->real, err);
    case HOX__OPTION_DURATION:
        return hox__quantity_duration(text, &value->real, err);
    case HOX__OPTION_WORD:
        if (!is_word_of(option->value, text))
            return hox_fail(err, HOX_ERR_ARGUMENT, "`%s` is none of %s", text, option->value);
        return HOX_OK;
    case HOX__OPTION_TEXT:
        if (!*text)
            return hox_fail(err, HOX_ERR_ARGUMENT, "the value is empty");
        return HOX_OK;
    case HOX__OPTION_FLAG:
    case HOX__OPTION_COUNT:
        break;
    }
    return HOX_OK;
}

/* `origin: what is wrong`, with the ways out kept below it. */
static hox_status set_value(hox__args *args, int i, const char *origin, const char *text,
                            hox_error *err)
{
    const hox__option *option = args->option[i];
    hox__option_value *value = &args->value[i];
    hox_error why = {0};
    if (read_value(option, text, value, &why) != HOX_OK)
        return hox_fail(err, HOX_ERR_ARGUMENT, "%s: %s", origin, why.message);
    if (option->flags & HOX__OPTION_REPEAT) {
        if (args->repeats == HOX__REPEATS_MAX)
            return hox_fail(err, HOX_ERR_ARGUMENT, "%s: given more than %d times", origin,
                            HOX__REPEATS_MAX);
        args->repeated_by[args->repeats] = option;
        args->repeated[args->repeats++] = text;
    }
    value->given = true;
    value->origin = origin;
    return HOX_OK;
}

/* ---- flags ---- */

static const char *full_name_of(const hox__args *args, const char *name, size_t n)
{
    const char *full = NULL;
    for (int i = 0; i < args->n; i++)
        if (n > 1 && strncmp(args->option[i]->name, name, n) == 0) {
            if (full)
                return NULL;
            full = args->option[i]->name;
        }
    return full;
}

static hox_status unknown_flag(const hox__args *args, const char *flag, size_t n, hox_error *err)
{
    char shown[64];
    snprintf(shown, sizeof shown, "%.*s", (int)(n < 60 ? n : 60), flag);
    const char *missing = hox__missing_form(args->command, shown);
    if (missing)
        return hox_fail(err, HOX_ERR_ARGUMENT, "`%s` is not in this version: %s", shown, missing);
    if (shown[0] != '-' || shown[1] != '-')
        return hox_fail(err, HOX_ERR_ARGUMENT, "unknown flag `%s`\n`hox%s%s --help-all` lists them",
                        shown, *args->command ? " " : "", args->command);
    const char *full = full_name_of(args, shown + 2, strlen(shown + 2));
    if (full)
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "unknown flag `%s`: flags are not abbreviated\nwrite `--%s`", shown, full);
    const char *names[HOX__OPTIONS_MAX];
    for (int i = 0; i < args->n; i++)
        names[i] = args->option[i]->name;
    const char *near = hox__nearest(shown + 2, names, (size_t)args->n);
    if (near)
        return hox_fail(err, HOX_ERR_ARGUMENT, "unknown flag `%s`\ndid you mean `--%s`?", shown,
                        near);
    return hox_fail(err, HOX_ERR_ARGUMENT, "unknown flag `%s`\n`hox%s%s --help-all` lists them",
                    shown, *args->command ? " " : "", args->command);
}

/* A value may begin with `-` (a negative number, standard input), not look like a flag. */
static bool looks_like_flag(const hox__args *args, const char *word)
{
    if (word[0] != '-' || !word[1])
        return false;
    return word[1] == '-' || (!word[2] && find_letter(args, word[1]) >= 0);
}

typedef struct {
    int argc, at;
    char **argv;
} cursor;

static hox_status value_behind(hox__args *args, int i, const char *origin, cursor *c,
                               hox_error *err)
{
    const char *next = c->at + 1 < c->argc ? c->argv[c->at + 1] : NULL;
    if (!next || looks_like_flag(args, next))
        return hox_fail(err, HOX_ERR_ARGUMENT, "%s: the value is missing\nwrite `%s %s`", origin,
                        origin, args->option[i]->value);
    c->at++;
    return set_value(args, i, origin, next, err);
}

static void set_flag(hox__args *args, int i, const char *origin, bool yes)
{
    args->value[i].given = true;
    args->value[i].flag = yes;
    args->value[i].count++;
    args->value[i].origin = origin;
}

static hox_status long_flag(hox__args *args, cursor *c, hox_error *err)
{
    const char *word = c->argv[c->at];
    const char *name = word + 2, *equals = strchr(name, '=');
    const size_t n = equals ? (size_t)(equals - name) : strlen(name);
    int i = find(args, name, n);
    if (i < 0 && n > 3 && strncmp(name, "no-", 3) == 0) {
        i = find(args, name + 3, n - 3);
        if (i >= 0 && args->option[i]->kind == HOX__OPTION_FLAG && !equals) {
            set_flag(args, i, word, false);
            return HOX_OK;
        }
        i = -1;
    }
    if (i < 0)
        return unknown_flag(args, word, n + 2, err);
    if (!equals && args->option[i]->flags & HOX__OPTION_OPTIONAL) {
        args->bare = word;
        args->behind_bare = c->at + 1 < c->argc ? c->argv[c->at + 1] : NULL;
        return set_value(args, i, word, args->option[i]->fallback, err);
    }
    if (takes_value(args->option[i]))
        return equals ? set_value(args, i, word, equals + 1, err)
                      : value_behind(args, i, word, c, err);
    if (equals)
        return hox_fail(err, HOX_ERR_ARGUMENT, "`%.*s` takes no value\nwrite `--%s` or `--no-%s`",
                        (int)n + 2, word, args->option[i]->name, args->option[i]->name);
    set_flag(args, i, word, true);
    return HOX_OK;
}

/* -n 6, -n6, -qq, -qv: letters without values may share a dash, the last may take one. */
static hox_status short_flags(hox__args *args, cursor *c, hox_error *err)
{
    const char *word = c->argv[c->at];
    for (const char *p = word + 1; *p; p++) {
        const int i = find_letter(args, *p);
        const char flag[3] = {'-', *p, '\0'};
        if (i < 0)
            return unknown_flag(args, isprint((unsigned char)*p) ? flag : word,
                                isprint((unsigned char)*p) ? 2 : strlen(word), err);
        if (!takes_value(args->option[i])) {
            set_flag(args, i, word, true);
            continue;
        }
        const char *origin = word; /* lives as long as argv; `-n6` is its own best name */
        return p[1] ? set_value(args, i, origin, p + 1, err)
                    : value_behind(args, i, origin, c, err);
    }
    return HOX_OK;
}

hox_status hox__args_parse(hox__args *args, int argc, char **argv, bool until_word, int *used,
                           hox_error *err)
{
    cursor c = {.argc = argc, .argv = argv};
    const char **grown = hox__realloc(args->positional, (size_t)(args->positionals + argc + 1),
                                      sizeof *args->positional);
    if (!grown)
        return hox_fail(err, HOX_ERR_MEMORY, "no memory for the command line");
    args->positional = grown;
    for (; c.at < argc; c.at++) {
        const char *word = argv[c.at];
        hox_status status = HOX_OK;
        if (args->dashes || word[0] != '-' || !word[1]) {
            if (until_word)
                break;
            args->positional[args->positionals++] = word;
        } else if (strcmp(word, "--") == 0) {
            args->dashes = true;
            args->before = args->positionals;
        } else if (word[1] == '-') {
            status = long_flag(args, &c, err);
        } else {
            status = short_flags(args, &c, err);
        }
        if (status != HOX_OK)
            return status;
    }
    if (used)
        *used = c.at;
    return HOX_OK;
}

/* ---- environment ---- */

void hox__option_variable(const hox__option *option, char out[40])
{
    snprintf(out, 40, "HOX_%s", option->name);
    for (char *p = out; *p; p++)
        *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
}

static hox_status read_switch(hox__args *args, int i, const char *text, hox_error *err)
{
    const bool yes = strcmp(text, "1") == 0 || strcmp(text, "yes") == 0 || !strcmp(text, "true");
    const bool no = strcmp(text, "0") == 0 || strcmp(text, "no") == 0 || !strcmp(text, "false");
    char variable[40];
    hox__option_variable(args->option[i], variable);
    if (!yes && !no)
        return hox_fail(err, HOX_ERR_ARGUMENT, "%s: `%s` is neither yes nor no", variable, text);
    set_flag(args, i, args->option[i]->name, yes);
    return HOX_OK;
}

hox_status hox__args_environment(hox__args *args, const char *(*get)(const char *name),
                                 hox_error *err)
{
    for (int i = 0; i < args->n; i++) {
        const hox__option *option = args->option[i];
        char variable[40];
        hox__option_variable(option, variable);
        const char *text = get(variable);
        const bool barred = option->flags & (HOX__OPTION_NO_ENV | HOX__OPTION_REPEAT);
        if (args->value[i].given || barred || !text || !*text)
            continue;
        if (option->kind == HOX__OPTION_COUNT)
            continue;
        if (option->kind == HOX__OPTION_FLAG) {
            if (read_switch(args, i, text, err) != HOX_OK)
                return HOX_ERR_ARGUMENT;
            continue;
        }
        if (set_value(args, i, variable, text, err) != HOX_OK)
            return HOX_ERR_ARGUMENT;
        args->value[i].origin = option->name; /* `variable` ends here */
    }
    return HOX_OK;
}

/* ---- looking up ---- */

bool hox__args_has(const hox__args *args, const char *name)
{
    return find(args, name, strlen(name)) >= 0;
}

const hox__option_value *hox__args_get(const hox__args *args, const char *name)
{
    const int i = find(args, name, strlen(name));
    assert(i >= 0);
    return &args->value[i];
}

bool hox__args_flag(const hox__args *args, const char *name)
{
    return hox__args_get(args, name)->flag;
}

const char *hox__args_text(const hox__args *args, const char *name, const char *fallback)
{
    const hox__option_value *value = hox__args_get(args, name);
    return value->given ? value->text : fallback;
}

int64_t hox__args_int(const hox__args *args, const char *name, int64_t fallback)
{
    const hox__option_value *value = hox__args_get(args, name);
    return value->given ? value->integer : fallback;
}

double hox__args_real(const hox__args *args, const char *name, double fallback)
{
    const hox__option_value *value = hox__args_get(args, name);
    return value->given ? value->real : fallback;
}
