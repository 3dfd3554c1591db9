/* Help, all of it from the tables: the overview, one screen per command, every flag. */
#include "cli/cli.h"
#include "cli/quantity.h"
#include <stdio.h>
#include <string.h>

enum { SCREEN = 24, COMMON_MAX = 8, EXAMPLES_MAX = 3 };

void hox__help_short(hox__stream *stream)
{
    hox__text_puts(
        &stream->text,
        "Hox searches for networks, and for the best parameters of any program.\n"
        "\n"
        "usage: hox COMMAND [SUBJECT] [FLAGS]\n"
        "\n"
        "  hox search fashion-mnist -t 2m         networks for images, a table or a text\n"
        "  hox predict fashion-mnist.hoxm IMAGES  use the best of them\n"
        "  hox search --max acc -p lr='log 1e-4..1e-1' -n 50 -- ./train {lr}\n"
        "\n"
        "search   resume   best     trials   show     plot     compare  bench\n"
        "check    sample   count    fmt      train    predict  data     strategies\n"
        "ask      tell     report   worker   studies  export   doctor   explain\n"
        "\n"
        "hox help            all commands, and what each does\n"
        "hox COMMAND --help  its flags and examples\n"
        "hox explain E0207   what an error code means\n");
}

void hox__help_all_commands(hox__stream *stream)
{
    hox__text_puts(&stream->text, "usage: hox [GLOBAL FLAGS] COMMAND [SUBJECT] [FLAGS]\n\n");
    for (int i = 0; hox__command_at(i); i++)
        hox__put(stream, "  %-11s %s\n", hox__command_at(i)->name, hox__command_at(i)->summary);
    hox__text_puts(
        &stream->text,
        "\nA subject is [STORE:]STUDY[@TRIAL]: fashion, fashion@42, @best, runs.db:fashion@last.\n"
        "Every flag has an environment variable: --store is HOX_STORE. A flag wins over it.\n"
        "`hox COMMAND --help` shows examples, `--help-all` every flag, `hox help json` the "
        "events.\n");
}

/* "-n, --trials N" */
static int usage_of(const hox__option *option, char *out, size_t size)
{
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    const bool word = option->kind == HOX__OPTION_WORD && strlen(option->value) > 18;
    const char *value = word ? "WORD" : option->value;
    return snprintf(out, size, "%s--%s%s%s", letter, option->name, value ? " " : "",
                    value ? value : "");
}

static void put_option(hox__stream *stream, const hox__option *option, bool full)
{
    char usage[96];
    usage_of(option, usage, sizeof usage);
    hox__put(stream, "  %-24s %s", usage, option->help);
    if (option->fallback)
        hox__put(stream, " (%s)", option->fallback);
    hox__text_putc(&stream->text, '\n');
    if (!full)
        return;
    if (option->kind == HOX__OPTION_WORD && strlen(option->value) > 18)
        hox__put(stream, "  %-24s one of %s\n", "", option->value);
    if (!(option->flags & (HOX__OPTION_NO_ENV | HOX__OPTION_REPEAT)) &&
        option->kind != HOX__OPTION_COUNT) {
        char variable[40];
        hox__option_variable(option, variable);
        hox__put(stream, "  %-24s also %s\n", "", variable);
    }
}

static void put_head(hox__stream *stream, const hox__command *c)
{
    hox__put(stream, "usage: hox %s%s%s\n\n%c%s.\n\n", c->name, *c->synopsis ? " " : "",
             c->synopsis, c->summary[0] - ('a' <= c->summary[0] && c->summary[0] <= 'z') * 32,
             c->summary + 1);
    for (int i = 0; i < EXAMPLES_MAX && c->example[i][0]; i++) {
        if (strlen(c->example[i][0]) > 40 || !*c->example[i][1])
            hox__put(stream, "  %s\n", c->example[i][0]);
        else
            hox__put(stream, "  %-40s  %s\n", c->example[i][0], c->example[i][1]);
    }
    hox__text_putc(&stream->text, '\n');
}

void hox__help_command(hox__stream *stream, const hox__command *c)
{
    put_head(stream, c);
    int shown = 0, all = 0;
    for (const hox__option *o = c->option; o && o->name; o++)
        all++;
    for (const hox__option *o = c->option; o && o->name; o++)
        if ((o->flags & HOX__OPTION_COMMON || all <= COMMON_MAX) && shown < COMMON_MAX) {
            put_option(stream, o, false);
            shown++;
        }
    hox__put(stream, "%s  -f, --json, --store, -C, -q, -v  as for every command\n\n",
             shown ? "" : "  no flags of its own\n");
    hox__put(stream, "`hox %s --help-all` shows every flag.\n", c->name);
}

void hox__help_command_all(hox__stream *stream, const hox__command *c)
{
    put_head(stream, c);
    for (const hox__option *o = c->option; o && o->name; o++)
        put_option(stream, o, true);
    if (c->option && c->option->name)
        hox__text_puts(&stream->text, "\n");
    hox__text_puts(&stream->text, "Flags of every command:\n");
    for (const hox__option *o = hox__common_options; o->name; o++)
        put_option(stream, o, true);
    hox__text_puts(&stream->text,
                   "\nBooleans have --no- forms. Numbers take k M G and Ki Mi Gi, durations "
                   "ms s m h d.\n");
}
