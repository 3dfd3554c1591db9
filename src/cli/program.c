#include "cli/program.h"
#include "cli/quantity.h"
#include "study/placeholders.h"
#include <hox/diagnostics.h>
#include <hox/space.h>
#include <stdio.h>
#include <string.h>

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

/* A text of the language: quotes and backslashes escaped. */
static void put_string(hox__text *out, const char *s)
{
    hox__text_putc(out, '"');
    for (; *s; s++) {
        if (*s == '\n') {
            hox__text_puts(out, "\\n");
        } else if (*s == '\t') {
            hox__text_puts(out, "\\t");
        } else {
            if (*s == '"' || *s == '\\')
                hox__text_putc(out, '\\');
            hox__text_putc(out, *s);
        }
    }
    hox__text_putc(out, '"');
}

static void put_name(hox__text *out, const char *name)
{
    const char c = name[0];
    const bool digit = c >= '0' && c <= '9';
    if (!digit && strspn(name, letters) == strlen(name))
        hox__text_puts(out, name);
    else
        put_string(out, name);
}

/* ---- rules ---- */

static hox_status check_rule(hox__cli *cli, const char *name, const char *line)
{
    char shown[80];
    hox_space *space = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    if (!list)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the messages");
    snprintf(shown, sizeof shown, "-p %.60s", name);
    const hox_status status = hox_space_load(shown, line, strlen(line), NULL, list, &space);
    if (status != HOX_OK) {
        hox__diagnostics_put(&cli->err, list, hox__wants_json(cli));
        cli->diagnosed = hox_diagnostics_errors(list) > 0;
        hox_fail(&cli->error, status, "-p %s cannot be read", name);
    }
    hox_space_free(space);
    hox_diagnostics_free(list);
    return status;
}

static hox_status put_rule(hox__cli *cli, hox__text *out, const char *text)
{
    const size_t n = strspn(text, letters);
    char name[80];
    if (text[n] != '=' || n == 0 || n >= sizeof name || (text[0] >= '0' && text[0] <= '9'))
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "-p `%.60s`: a rule is a name, `=` and what it may be\nwrite "
                        "`-p lr='log 1e-4 .. 1e-1'`",
                        text);
    snprintf(name, sizeof name, "%.*s", (int)n, text);
    hox__text line = {0};
    hox__text_printf(&line, "%s = %s\n", name, text + n + 1);
    hox_status status = line.failed ? HOX_ERR_MEMORY : HOX_OK;
    if (status == HOX_OK)
        status = check_rule(cli, name, line.data);
    hox__text_puts(out, hox__text_get(&line));
    hox__text_deinit(&line);
    return status;
}

/* ---- the program ---- */

static hox_status put_metric(hox__cli *cli, hox__text *out, const char *text)
{
    char name[128];
    const char *equals = strchr(text, '=');
    const size_t n = equals ? (size_t)(equals - text) : 0;
    if (n == 0 || n >= sizeof name || !equals[1])
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "--metric `%.60s`: write NAME=SPEC, `--metric acc='re:top1 (\\S+)'`", text);
    snprintf(name, sizeof name, "%.*s", (int)n, text);
    hox__text_puts(out, " metric(");
    put_string(out, name);
    hox__text_puts(out, ", ");
    put_string(out, equals + 1);
    hox__text_putc(out, ')');
    return HOX_OK;
}

static hox_status put_template(hox__cli *cli, hox__text *out, const char *text)
{
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || !colon[1])
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "--template `%.60s`: write IN:OUT, `--template config.in:config.yaml`",
                        text);
    char from[1024];
    snprintf(from, sizeof from, "%.*s", (int)(colon - text), text);
    hox__text_puts(out, " template(");
    put_string(out, from);
    hox__text_puts(out, ", ");
    put_string(out, colon + 1);
    hox__text_putc(out, ')');
    return HOX_OK;
}

static bool is(const hox__args *args, int i, const char *name)
{
    return strcmp(args->repeated_by[i]->name, name) == 0;
}

static hox_status put_command(hox__cli *cli, hox__text *out)
{
    const hox__args *args = &cli->args;
    hox__text words = {0};
    hox_status status = HOX_OK;
    for (int i = args->before; i < args->positionals; i++) {
        if (i > args->before)
            hox__text_putc(&words, ' ');
        hox__word_quote(&words, args->positional[i]);
    }
    hox__text_puts(out, "command = ");
    put_string(out, hox__text_get(&words));
    out->failed |= words.failed;
    hox__text_deinit(&words);
    for (int i = 0; i < args->repeats && status == HOX_OK; i++)
        if (is(args, i, "metric"))
            status = put_metric(cli, out, args->repeated[i]);
        else if (is(args, i, "template"))
            status = put_template(cli, out, args->repeated[i]);
    const char *params = hox__args_text(args, "params-json", NULL);
    if (params) {
        hox__text_puts(out, " params(");
        put_string(out, params);
        hox__text_putc(out, ')');
    }
    if (hox__args_flag(args, "params-env"))
        hox__text_puts(out, " params(\"env\")");
    hox__text_putc(out, '\n');
    return status;
}

/* ---- the objective ---- */

/* last, best, mean:5 */
static hox_status put_reduce(hox__cli *cli, hox__text *out)
{
    const char *how = hox__args_text(&cli->args, "reduce", "last");
    int64_t n = 0;
    if (strcmp(how, "best") == 0)
        hox__text_puts(out, " best");
    else if (strncmp(how, "mean:", 5) == 0 && hox__quantity_int(how + 5, &n, NULL) == HOX_OK &&
             n > 0)
        hox__text_printf(out, " mean of last %lld", (long long)n);
    else if (strcmp(how, "last") != 0)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "--reduce: `%.60s` is none of last, best, mean:K", how);
    return HOX_OK;
}

/* seconds <= 5 */
static hox_status put_bound(hox__cli *cli, hox__text *out, const char *text)
{
    char name[128];
    double value;
    const size_t n = strcspn(text, " <>=");
    const char *sign = text + n + strspn(text + n, " ");
    const char *number = sign + 2 + (sign[0] ? strspn(sign + 2, " ") : 0);
    const bool below = strncmp(sign, "<=", 2) == 0, above = strncmp(sign, ">=", 2) == 0;
    if (n == 0 || n >= sizeof name || (!below && !above) ||
        hox__quantity_real(number, &value, NULL) != HOX_OK)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "--bound `%.60s`: write METRIC <= NUMBER or METRIC >= NUMBER", text);
    snprintf(name, sizeof name, "%.*s", (int)n, text);
    if (strspn(name, letters) != n)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "--bound: `%s` is no name\nname it with --metric NAME=SPEC", name);
    hox__text_printf(out, " %s(%s: ", below ? "below" : "above", name);
    hox__text_number(out, value);
    hox__text_putc(out, ')');
    return HOX_OK;
}

/* A bare word would be the rule of that name, or one of the objective's own. */
static bool means_more(const hox__args *args, const char *metric)
{
    static const char *const own[] = {"best", "last", "maximize", "mean", "minimize", "of"};
    const size_t n = strlen(metric);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(metric, own[i]) == 0)
            return true;
    for (int i = 0; i < args->repeats; i++)
        if (is(args, i, "param") && strncmp(args->repeated[i], metric, n) == 0 &&
            args->repeated[i][n] == '=')
            return true;
    return false;
}

static hox_status put_objective(hox__cli *cli, hox__text *out)
{
    const hox__args *args = &cli->args;
    hox_status status = HOX_OK;
    hox__text_puts(out, "objective =");
    for (int i = 0; i < args->repeats && status == HOX_OK; i++) {
        if (!is(args, i, "max") && !is(args, i, "min"))
            continue;
        hox__text_puts(out, is(args, i, "max") ? " maximize" : " minimize");
        status = put_reduce(cli, out);
        hox__text_putc(out, ' ');
        if (means_more(args, args->repeated[i]))
            put_string(out, args->repeated[i]);
        else
            put_name(out, args->repeated[i]);
    }
    for (int i = 0; i < args->repeats && status == HOX_OK; i++)
        if (is(args, i, "bound"))
            status = put_bound(cli, out, args->repeated[i]);
    hox__text_putc(out, '\n');
    return status;
}

hox_status hox__program_rules(hox__cli *cli, hox__text *out)
{
    const hox__args *args = &cli->args;
    hox_status status = HOX_OK;
    for (int i = 0; i < args->repeats && status == HOX_OK; i++)
        if (is(args, i, "param"))
            status = put_rule(cli, out, args->repeated[i]);
    return status;
}

hox_status hox__program_text(hox__cli *cli, hox__text *out, bool *any)
{
    const hox__args *args = &cli->args;
    hox_status status = HOX_OK;
    *any = true;
    const bool program = args->dashes && args->positionals > args->before;
    const bool goal = hox__args_get(args, "max")->given || hox__args_get(args, "min")->given;
    static const char *const of_program[] = {"metric", "template", "params-json", "params-env"};
    for (int i = 0; i < 4; i++)
        if (hox__args_get(args, of_program[i])->given && !program)
            return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                            "--%s belongs to a program\nwrite it behind `--`, or say it in the "
                            "`command` of the .hox file",
                            of_program[i]);
    if (!goal && (hox__args_get(args, "reduce")->given || hox__args_get(args, "bound")->given))
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "--reduce and --bound belong to --max or --min");
    if (program)
        status = put_command(cli, out);
    if (status == HOX_OK)
        status = hox__program_rules(cli, out);
    if (status == HOX_OK && goal)
        status = put_objective(cli, out);
    *any = out->len > 0;
    if (status == HOX_OK && out->failed)
        status = hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the space");
    return status;
}

/* ---- its name ---- */

static bool is_interpreter(const char *word)
{
    static const char *const known[] = {"python", "sh",   "bash",  "Rscript", "perl",
                                        "ruby",   "node", "julia", "env",     NULL};
    for (int i = 0; known[i]; i++) {
        const size_t n = strlen(known[i]);
        if (strncmp(word, known[i], n) == 0 && strspn(word + n, "0123456789.") == strlen(word + n))
            return true;
    }
    return false;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void hox__program_name(const hox__cli *cli, char *out, size_t size)
{
    const hox__args *args = &cli->args;
    const char *name = "";
    for (int i = args->before; i < args->positionals; i++) {
        const char *word = args->positional[i];
        const char *base = base_of(word);
        if (strspn(base, letters) == 0) /* a flag, a group, a script in quotes */
            break;
        if (strpbrk(base, " {[\n;:@") != NULL)
            break;
        name = base;
        if (!is_interpreter(base))
            break;
    }
    snprintf(out, size, "%.100s", *name ? name : "program");
}
