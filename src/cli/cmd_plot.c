/* hox plot KIND [STUDY...]: pictures of studies, as text on a terminal or as files; the numbers
 * behind them for other programs. */
#include "base/alloc.h"
#include "base/io.h"
#include "cli/cli.h"
#include "cli/plot/kind.h"
#include "cli/plot/pen.h"
#include <string.h>

static const hox__option options[] = {
    {"output", 'o', HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "FILE",
     "write a picture: FILE.svg, FILE.png or FILE.pdf", NULL, "file"},
    {"param", 'p', HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_REPEAT, "NAME",
     "slice, parallel: only these parameters", NULL, NULL},
    {"goal", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON, "METRIC",
     "of a study with several goals: which to plot", "the first", NULL},
    {0},
};

/* What the table's last row means; help lists the kinds. */
static hox_status unknown_kind(const char *word, hox_error *err)
{
    const char *name[64], *near;
    hox__text list = {0};
    size_t n = 0;
    for (const hox__plot_kind *k; n < 64 && (k = hox__plot_kind_at((int)n)) != NULL; n++) {
        name[n] = k->name;
        hox__text_printf(&list, "%s%s", n ? ", " : "", k->name);
    }
    near = word ? hox__nearest(word, name, n) : NULL;
    if (near)
        hox_fail(err, HOX_ERR_ARGUMENT, "unknown kind of plot `%s`\ndid you mean `hox plot %s`?",
                 word, near);
    else
        hox_fail(err, HOX_ERR_ARGUMENT, "unknown kind of plot `%s`\nthere are %s", word ? word : "",
                 hox__text_get(&list));
    hox__text_deinit(&list);
    return HOX_ERR_ARGUMENT;
}

/* ---- files ---- */

typedef enum { TO_TEXT, TO_SVG, TO_PNG, TO_PDF } target;

static bool ends(const char *path, const char *end)
{
    const size_t n = strlen(path), m = strlen(end);
    return n > m && strcmp(path + n - m, end) == 0;
}

static hox_status target_of(const char *path, target *out, hox_error *err)
{
    *out = ends(path, ".svg")   ? TO_SVG
           : ends(path, ".png") ? TO_PNG
           : ends(path, ".pdf") ? TO_PDF
                                : TO_TEXT;
    if (*out != TO_TEXT || ends(path, ".txt"))
        return HOX_OK;
    return hox_fail(err, HOX_ERR_ARGUMENT,
                    "--output: `%s` is no picture\nwrite a name that ends with .svg, .png, .pdf or "
                    ".txt",
                    path);
}

static hox_status write_file(hox__plot *plot, const char *path)
{
    enum { TEXT_COLUMNS = 80 };
    hox__cli *cli = plot->cli;
    hox__text out = {0};
    target to;
    hox_status status = target_of(path, &to, &cli->error);
    if (status == HOX_OK && to == TO_SVG)
        status = hox__scene_as_svg(&plot->scene, &out);
    else if (status == HOX_OK && to == TO_TEXT)
        status =
            hox__scene_as_text(&plot->scene, TEXT_COLUMNS, cli->out.terminal.utf8, false, &out);
    else if (status == HOX_OK)
        status = hox__scene_as_cairo(&plot->scene, to == TO_PDF, &out, &cli->error);
    if (status == HOX_ERR_MEMORY)
        hox__plot_no_memory(plot);
    if (status == HOX_OK)
        status = hox__file_write(path, hox__text_get(&out), out.len, &cli->error);
    if (status == HOX_OK && !cli->quiet)
        hox__put(&cli->err, "%s shows %s\n", path, plot->scene.title);
    hox__text_deinit(&out);
    return status;
}

/* ---- the command ---- */

static hox_status read_studies(hox__plot *plot)
{
    const hox__args *args = &plot->cli->args;
    const char *goal = hox__args_text(args, "goal", NULL);
    const char *word = args->positionals ? args->positional[0] : NULL;
    plot->kind = word ? hox__plot_kind_find(word) : NULL;
    if (!plot->kind)
        return unknown_kind(word, &plot->cli->error);
    if (args->positionals > 2 && !plot->kind->several)
        return hox_fail(&plot->cli->error, HOX_ERR_ARGUMENT, "`hox plot %s` shows one study",
                        plot->kind->name);
    for (int i = 0; i < args->repeats; i++) {
        if (plot->parameters == HOX__PLOT_PARAMETERS_MAX)
            return hox_fail(&plot->cli->error, HOX_ERR_ARGUMENT, "--param: at most %d",
                            HOX__PLOT_PARAMETERS_MAX);
        plot->parameter[plot->parameters++] = args->repeated[i];
    }
    hox_status status = HOX_OK;
    for (int i = 1; i < args->positionals && status == HOX_OK; i++)
        status = hox__plot_load(plot, args->positional[i], goal);
    if (args->positionals == 1)
        status = hox__plot_load(plot, NULL, goal);
    return status;
}

static hox_status draw(hox__plot *plot, const char *path)
{
    hox__cli *cli = plot->cli;
    if (path)
        return write_file(plot, path);
    const hox_status status = hox__scene_as_text(
        &plot->scene, cli->out.terminal.width < 120 ? cli->out.terminal.width : 120,
        cli->out.terminal.utf8 && !cli->out.terminal.dumb, cli->out.terminal.color, &cli->out.text);
    return status == HOX_OK ? status : hox__plot_no_memory(plot);
}

static hox_status show(hox__plot *plot)
{
    hox__cli *cli = plot->cli;
    const char *path = hox__args_text(&cli->args, "output", NULL);
    target to;
    hox_status status = path ? target_of(path, &to, &cli->error) : HOX_OK;
    if (status == HOX_OK)
        status = read_studies(plot);
    if (status != HOX_OK)
        return status;
    plot->picture = path || cli->format == HOX__FORMAT_TABLE;
    if (plot->kind->column)
        hox__plot_columns(plot, plot->kind->column, plot->kind->columns);
    status = plot->kind->make(plot);
    hox__plot_rows_end(plot);
    if (status == HOX_OK && plot->scene.failed)
        status = hox__plot_no_memory(plot);
    return status == HOX_OK && plot->picture ? draw(plot, path) : status;
}

static int run(hox__cli *cli)
{
    hox__plot *plot = hox__alloc(1, sizeof *plot);
    if (!plot)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the plot"), HOX__FAILED;
    plot->cli = cli;
    hox_status status = hox__scene_init(&plot->scene) ? HOX_OK : hox__plot_no_memory(plot);
    if (status == HOX_OK)
        status = show(plot);
    hox__plot_unload(plot);
    hox__scene_deinit(&plot->scene);
    hox__free(plot);
    return status == HOX_OK ? HOX__EXIT_DONE : status == HOX_DONE ? HOX__EXIT_NO : HOX__FAILED;
}

const hox__command hox__command_plot = {
    .name = "plot",
    .synopsis = "KIND [[STORE:]STUDY...] [FLAGS]",
    .summary = "pictures of a study: history, slice, edf, importance, parallel, curves, pareto, "
               "timeline",
    .example = {{"hox plot history", "values and the best so far, as text"},
                {"hox plot importance fashion -o why.svg", "which parameters matter"},
                {"hox plot edf one two --json", "the numbers behind the picture"}},
    .option = options,
    .positional_min = 1,
    .positional_max = -1,
    .complete = "study",
    .run = run,
};
