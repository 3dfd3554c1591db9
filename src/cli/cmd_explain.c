/* hox explain [CODE]: what a code means, with a wrong and a right example. */
#include "cli/cli.h"
#include "cli/sheet.h"
#include "lang/diagnose.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int list(hox__cli *cli)
{
    static const hox__column column[] = {{"code", HOX__CELL_TEXT, 2}, {"title", HOX__CELL_TEXT, 1}};
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "code", column, 2);
    if (!sheet)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the table"), HOX__FAILED;
    for (int i = 0; hox__code_at(i); i++)
        hox__sheet_row(sheet, (hox__cell[]){{.text = hox__code_at(i)->code},
                                            {.text = hox__code_at(i)->title}});
    hox__sheet_end(sheet, &cli->err, NULL);
    return HOX__EXIT_DONE;
}

static void indented(hox__stream *out, const char *title, const char *text)
{
    if (!text || !*text)
        return;
    hox__put(out, "\n%s\n", title);
    while (*text) {
        const size_t n = strcspn(text, "\n");
        hox__text_puts(&out->text, n ? "    " : "");
        hox__text_add(&out->text, text, n);
        hox__text_putc(&out->text, '\n');
        text += n + (text[n] == '\n');
    }
}

static void as_json(hox__stream *out, const hox__code *code)
{
    hox__json json = {.out = &out->text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "code");
    hox__json_text(&json, "code", code->code);
    hox__json_text(&json, "title", code->title);
    hox__json_text(&json, "text", code->text);
    hox__json_text(&json, "wrong", code->wrong);
    hox__json_text(&json, "right", code->right);
    hox__json_end_object(&json);
    hox__text_putc(&out->text, '\n');
}

static int run(hox__cli *cli)
{
    if (!cli->args.positionals)
        return list(cli);
    char name[16];
    snprintf(name, sizeof name, "%s", cli->args.positional[0]);
    for (char *p = name; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    const hox__code *code = hox__code_find(name);
    if (!code)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "there is no code `%s`\n`hox explain` lists the codes",
                        cli->args.positional[0]),
               HOX__FAILED;
    if (hox__wants_json(cli)) {
        as_json(&cli->out, code);
        return HOX__EXIT_DONE;
    }
    hox__put(&cli->out, "%s%s%s: %s\n\n%s\n", cli->out.color->strong, code->code,
             cli->out.color->off, code->title, code->text);
    indented(&cli->out, "wrong", code->wrong);
    indented(&cli->out, "right", code->right);
    return HOX__EXIT_DONE;
}

const hox__command hox__command_explain = {
    .name = "explain",
    .synopsis = "[CODE]",
    .summary = "what an error or warning code means, with a wrong and a right example",
    .example = {{"hox explain E0207", "one code"}, {"hox explain", "the list"}},
    .positional_max = 1,
    .complete = "code",
    .run = run,
};
