/* hox fmt FILE.hox...: the canonical layout, comments kept. */
#include "base/alloc.h"
#include "base/io.h"
#include "cli/cli.h"
#include "cli/spec.h"
#include "lang/format.h"
#include <string.h>

static const hox__option options[] = {
    {"check", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, NULL,
     "change nothing; exit 1 when a file would change", NULL, NULL},
    {0},
};

/* Text to text. HOX_ERR_SYNTAX with the findings in `list` when it does not parse; HOX_ERR_DATA
 * when the new layout would not say the same. */
static hox_status format(const char *name, const char *text, size_t n, hox_diagnostics *list,
                         hox__text *out, hox_error *err)
{
    enum { ARENA_MAX = 1 << 30 };
    hox__arena *arena = hox__arena_new(ARENA_MAX);
    const hox__tree *tree = arena ? hox__parse(arena, name, text, n, list) : NULL;
    hox_status status = HOX_OK;
    hox__text before = {0}, after = {0};
    if (!tree) {
        status = hox_fail(err, HOX_ERR_MEMORY, "no memory for %s", name);
    } else if (hox_diagnostics_errors(list)) {
        status = HOX_ERR_SYNTAX;
    } else {
        hox__format_tree(out, tree);
        const hox__tree *again = hox__parse(arena, name, hox__text_get(out), out->len, list);
        for (int i = 0; i < tree->n; i++)
            hox__print_item(&before, &tree->item[i]);
        for (int i = 0; again && i < again->n; i++)
            hox__print_item(&after, &again->item[i]);
        if (!again || out->failed || before.failed || after.failed)
            status = hox_fail(err, HOX_ERR_MEMORY, "no memory for %s", name);
        else if (strcmp(hox__text_get(&before), hox__text_get(&after)) != 0)
            status = hox_fail(err, HOX_ERR_DATA,
                              "%s is left alone: its new layout would not say the same", name);
    }
    hox__text_deinit(&before);
    hox__text_deinit(&after);
    hox__arena_free(arena);
    return status;
}

static void put_json(hox__cli *cli, const char *path, bool changed)
{
    hox__json json = {.out = &cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "fmt");
    hox__json_text(&json, "file", path);
    hox__json_bool(&json, "changed", changed);
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

/* What is said about a file, and where its new text goes. */
static hox_status deliver(hox__cli *cli, const char *path, const hox__text *text, bool changed)
{
    const bool check = hox__args_flag(&cli->args, "check"), standard = strcmp(path, "-") == 0;
    hox_status status = HOX_OK;
    if (hox__wants_json(cli)) {
        put_json(cli, standard ? "<stdin>" : path, changed);
    } else if (standard && !check) {
        hox__text_add(&cli->out.text, hox__text_get(text), text->len);
    } else if (check && changed) {
        hox__put_escaped(&cli->out, standard ? "<stdin>" : path);
        hox__text_putc(&cli->out.text, '\n');
    }
    if (changed && !check && !standard) {
        status = hox__file_write(path, hox__text_get(text), text->len, &cli->error);
        if (status == HOX_OK && !cli->quiet && !hox__wants_json(cli))
            hox__put(&cli->err, "%s: new layout\n", path);
    }
    return status;
}

static hox_status format_file(hox__cli *cli, const char *path, bool *changed)
{
    char *text = NULL;
    size_t n = 0;
    if (strcmp(path, "-") != 0 && !hox__file_exists(path))
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "there is no file `%s`", path);
    hox_status status = hox__spec_read(cli, path, &text, &n);
    if (status != HOX_OK)
        return status;
    hox__text out = {0};
    hox_diagnostics *list = hox_diagnostics_new();
    if (!list)
        status = hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the messages");
    else
        status = format(strcmp(path, "-") ? path : "<stdin>", text, n, list, &out, &cli->error);
    if (status == HOX_OK) {
        *changed = out.len != n || memcmp(hox__text_get(&out), text, n) != 0;
        status = deliver(cli, path, &out, *changed);
    } else if (status == HOX_ERR_SYNTAX) {
        hox__diagnostics_put(hox__wants_json(cli) ? &cli->out : &cli->err, list,
                             hox__wants_json(cli));
        cli->diagnosed = true;
        hox_fail(&cli->error, HOX_ERR_SYNTAX, "%s: unchanged", path);
    }
    hox__text_deinit(&out);
    hox_diagnostics_free(list);
    hox__free(text);
    return status;
}

/* A file that does not parse does not keep the others from their layout. */
static int run(hox__cli *cli)
{
    bool any = false, failed = false;
    for (int i = 0; i < cli->args.positionals; i++) {
        bool changed = false;
        hox_status status = format_file(cli, cli->args.positional[i], &changed);
        failed |= status != HOX_OK;
        if (status != HOX_OK && status != HOX_ERR_SYNTAX)
            return HOX__FAILED;
        any |= changed;
    }
    if (failed)
        return HOX__FAILED;
    return any && hox__args_flag(&cli->args, "check") ? HOX__EXIT_NO : HOX__EXIT_DONE;
}

const hox__command hox__command_fmt = {
    .name = "fmt",
    .synopsis = "FILE.hox... [FLAGS]",
    .summary = "the canonical layout of files, in place, with their comments",
    .example = {{"hox fmt fashion.hox", "writes the file anew when it changes"},
                {"hox fmt --check *.hox", "names those that would change, exits 1"},
                {"hox fmt - <fashion.hox", "to standard output"}},
    .option = options,
    .positional_min = 1,
    .positional_max = -1,
    .complete = "file",
    .run = run,
};
