/* hox count FILE.hox: how many sentences a space holds, exactly or as an estimate with an interval.
 */
#include "cli/cli.h"
#include "cli/quantity.h"
#include "cli/sheet.h"
#include "cli/spec.h"
#include "space/count.h"
#include <math.h>
#include <string.h>

static const hox__option options[] = {
    {"work", 0, HOX__OPTION_INT, HOX__OPTION_COMMON, "N",
     "answers to try before the exact count is given up", "300k", NULL},
    {"probes", 0, HOX__OPTION_INT, HOX__OPTION_COMMON, "N",
     "of the estimate; else fewer when 2 % are reached", "5000", NULL},
    {"seed", 0, HOX__OPTION_SEED, HOX__OPTION_COMMON, "N", "of the probes", "1", NULL},
    {0},
};

enum { DIGITS_MAX = 30 };

/* 1 234 567; from 31 digits on 1.23e45. */
static void put_digits(hox__text *out, const char *digits)
{
    const size_t n = strlen(digits);
    if (n > DIGITS_MAX) {
        hox__text_printf(out, "%c.%.3se%zu", digits[0], digits + 1, n - 1);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0 && n > 4)
            hox__text_putc(out, ' ');
        hox__text_putc(out, digits[i]);
    }
}

/* 1.234e45 of its logarithm; small ones without exponent. */
static void put_power(hox__text *out, double log10)
{
    const double exponent = floor(log10), mantissa = pow(10, log10 - exponent);
    if (isinf(log10))
        hox__text_puts(out, "0");
    else if (log10 < 6)
        hox__text_printf(out, "%.0f", pow(10, log10));
    else if (mantissa >= 9.995)
        hox__text_printf(out, "1.00e%.0f", exponent + 1);
    else
        hox__text_printf(out, "%.2fe%.0f", mantissa, exponent);
}

static void for_people(hox__cli *cli, const char *path, const hox__tally *c)
{
    hox__text *out = &cli->out.text;
    hox__put_escaped(&cli->out, path);
    if (c->infinite) {
        hox__text_puts(out,
                       ": infinitely many sentences: a recursion that no requirement bounds\n");
        return;
    }
    hox__text_puts(out, c->exact ? ": " : ": about ");
    if (c->exact)
        put_digits(out, c->digits);
    else
        put_power(out, c->log10);
    hox__text_puts(out, c->exact && !strcmp(c->digits, "1") ? " sentence" : " sentences");
    if (c->exact) {
        hox__text_puts(out, ", exactly");
    } else {
        hox__text_puts(out, " (95 %: ");
        put_power(out, c->low);
        hox__text_puts(out, " .. ");
        put_power(out, c->high);
        hox__text_printf(out, "; %lld probes, %lld of them legal)", (long long)c->probes,
                         (long long)c->legal);
    }
    if (c->reals)
        hox__text_printf(out, "; %d range%s of reals, each counted as one value", c->reals,
                         hox__plural(c->reals));
    hox__text_putc(out, '\n');
    if (c->rough && !cli->quiet)
        hox__put(&cli->err,
                 "the estimate may be far too low: long sentences of a recursion are rarely met\n");
    if (!c->exact && !cli->quiet)
        hox__put(&cli->err, "not counted exactly: %s\n", c->why ? c->why : "");
}

static void as_json(hox__cli *cli, const char *path, const hox__tally *c)
{
    hox__json json = {.out = &cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "count");
    hox__json_text(&json, "file", path);
    hox__json_bool(&json, "infinite", c->infinite);
    hox__json_bool(&json, "exact", c->exact);
    hox__json_text(&json, "count", c->digits);
    hox__json_number(&json, "log10", c->log10);
    hox__json_begin_array(&json, "log10_interval");
    hox__json_number(&json, NULL, c->low);
    hox__json_number(&json, NULL, c->high);
    hox__json_end_array(&json);
    hox__json_int(&json, "reals", c->reals);
    hox__json_bool(&json, "rough", c->rough);
    hox__json_int(&json, "states", c->states);
    hox__json_int(&json, "probes", c->probes);
    hox__json_int(&json, "legal", c->legal);
    hox__json_text(&json, "why", c->why);
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

static hox_status as_sheet(hox__cli *cli, const char *path, const hox__tally *c)
{
    static const hox__column column[] = {
        {"file", HOX__CELL_TEXT, 1},    {"count", HOX__CELL_TEXT, 9}, {"exact", HOX__CELL_BOOL, 8},
        {"log10", HOX__CELL_NUMBER, 7}, {"low", HOX__CELL_NUMBER, 6}, {"high", HOX__CELL_NUMBER, 5},
        {"reals", HOX__CELL_INT, 4}};
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "count", column, 7);
    if (!sheet)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the table");
    hox__sheet_row(
        sheet, (hox__cell[]){{.text = path},
                             {.empty = !c->digits, .text = c->infinite ? "infinite" : c->digits},
                             {.integer = c->exact},
                             {.empty = c->infinite, .number = c->log10},
                             {.empty = c->infinite, .number = c->low},
                             {.empty = c->infinite, .number = c->high},
                             {.integer = c->reals}});
    hox__sheet_end(sheet, &cli->err, NULL);
    return HOX_OK;
}

static int run(hox__cli *cli)
{
    const char *path = cli->args.positional[0];
    hox__spec spec;
    hox__count_options wish;
    hox__tally count = {0};
    if (hox__spec_open(cli, path, &spec) != HOX_OK)
        return HOX__FAILED;
    hox__count_defaults(&wish);
    wish.work = hox__args_int(&cli->args, "work", wish.work);
    wish.probes = hox__args_int(&cli->args, "probes", wish.probes);
    if (hox__args_get(&cli->args, "probes")->given)
        wish.narrow = -1;
    const hox__option_value *seed = hox__args_get(&cli->args, "seed");
    wish.seed = seed->given ? seed->seed : wish.seed;
    hox_status status = HOX_OK;
    if (wish.probes < 1 || wish.probes > 100000000)
        status = hox_fail(&cli->error, HOX_ERR_ARGUMENT, "--probes is 1 to 100M, not %lld",
                          (long long)wish.probes);
    else
        status = hox__count_space(spec.space, &wish, &count, &cli->error);
    if (status == HOX_OK && hox__wants_json(cli))
        as_json(cli, path, &count);
    else if (status == HOX_OK && cli->format == HOX__FORMAT_TABLE)
        for_people(cli, path, &count);
    else if (status == HOX_OK)
        status = as_sheet(cli, path, &count);
    hox_text_free(count.digits);
    hox__spec_close(&spec);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

const hox__command hox__command_count = {
    .name = "count",
    .synopsis = "FILE.hox [FLAGS]",
    .summary = "how many sentences a space holds, exactly or as an estimate with its interval",
    .example = {{"hox count fashion.hox", "ranges of reals count as one value"},
                {"hox count big.hox --work 10M", "try harder to be exact"},
                {"hox count big.hox --probes 100k", "a narrower estimate"}},
    .option = options,
    .positional_min = 1,
    .positional_max = 1,
    .complete = "file",
    .run = run,
};
