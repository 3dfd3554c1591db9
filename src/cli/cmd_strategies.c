/* hox strategies [NAME]: the taxonomy of the field, or the settings of one method. */
#include "cli/cli.h"
#include "cli/sheet.h"
#include "study/allocator.h"
#include "study/methods.h"
#include <string.h>
#include <strings.h>

static hox_status no_memory(hox__cli *cli)
{
    return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the table");
}

static int taxonomy(hox__cli *cli)
{
    static const hox__column column[] = {
        {"method", HOX__CELL_TEXT, 9},    {"here", HOX__CELL_TEXT, 8},
        {"branch", HOX__CELL_TEXT, 3},    {"manipulates", HOX__CELL_TEXT, 7},
        {"mechanism", HOX__CELL_TEXT, 6}, {"product", HOX__CELL_TEXT, 4},
        {"source", HOX__CELL_TEXT, 5},
    };
    int n;
    const hox__taxon *taxon = hox__taxonomy(&n);
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "method", column, 7);
    if (!sheet)
        return no_memory(cli), HOX__FAILED;
    for (int i = 0; i < n; i++)
        hox__sheet_row(sheet, (hox__cell[]){{.text = taxon[i].name},
                                            {.text = taxon[i].strategy ? taxon[i].strategy : "-"},
                                            {.text = taxon[i].branch},
                                            {.text = taxon[i].manipulates},
                                            {.text = taxon[i].mechanism},
                                            {.text = taxon[i].product},
                                            {.text = taxon[i].source}});
    hox__sheet_end(sheet, &cli->err, "all of it: hox strategies -f tsv");
    if (hox__for_people(cli) && !cli->quiet)
        hox__put(&cli->err,
                 "\nbranch A searches architectures, B puts networks inside networks; "
                 "`here` is the word after `search =`\nnext    hox strategies NAME   its "
                 "settings, their defaults and sources\n");
    return HOX__EXIT_DONE;
}

static void settings(hox__cli *cli, const hox_setting *setting, int n)
{
    static const hox__column column[] = {
        {"setting", HOX__CELL_TEXT, 9}, {"domain", HOX__CELL_TEXT, 6},
        {"default", HOX__CELL_TEXT, 8}, {"meaning", HOX__CELL_TEXT, 7},
        {"source", HOX__CELL_TEXT, 5},
    };
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "setting", column, 5);
    if (!sheet) {
        no_memory(cli);
        return;
    }
    for (int i = 0; i < n; i++)
        hox__sheet_row(sheet, (hox__cell[]){{.text = setting[i].name},
                                            {.text = setting[i].domain},
                                            {.text = setting[i].fallback},
                                            {.text = setting[i].meaning},
                                            {.text = setting[i].source}});
    hox__sheet_end(sheet, &cli->err, "all of it: -f tsv");
}

static hox_status unknown_method(const char *name, hox_error *err)
{
    int n;
    const hox__taxon *taxon = hox__taxonomy(&n);
    for (int i = 0; i < n; i++)
        if (!taxon[i].strategy && strcasecmp(taxon[i].name, name) == 0)
            return hox_fail(err, HOX_ERR_ARGUMENT,
                            "`%s` is not in this version\n`hox strategies` shows what is here",
                            name);
    return hox__strategy_unknown(name, err);
}

/* What a page on a method says, whichever table it stands in. */
typedef struct {
    const char *name, *summary, *source, *deviations, *use;
    const hox_setting *setting;
    int settings;
} page;

/* A strategy, one that shares out budget besides, or a rule alone. */
static bool find(const char *name, page *p)
{
    const hox__scheme *scheme = hox__scheme_find(name);
    const hox_strategy *s = scheme ? NULL : hox__strategy_find(name);
    const hox_allocator *a = s ? NULL : hox__allocator_find(scheme ? scheme->allocator : name);
    if (s)
        *p = (page){s->name, s->summary, s->source, s->deviations, NULL, s->setting, s->settings};
    else if (a)
        *p = (page){scheme ? scheme->name : a->name,
                    scheme ? scheme->summary : a->summary,
                    scheme ? scheme->source : a->source,
                    a->deviations,
                    a->name,
                    a->setting,
                    a->settings};
    return s || a;
}

static int run(hox__cli *cli)
{
    page p;
    if (!cli->args.positionals)
        return taxonomy(cli);
    if (!find(cli->args.positional[0], &p))
        return unknown_method(cli->args.positional[0], &cli->error), HOX__FAILED;
    if (hox__for_people(cli)) {
        const bool searches = hox__strategy_find(p.name) || hox__scheme_find(p.name);
        hox__put(&cli->out, "%s%s%s: %s\nsource      %s\n", cli->out.color->strong, p.name,
                 cli->out.color->off, p.summary, p.source);
        hox__put(&cli->out, "deviations  %s\n", p.deviations ? p.deviations : "none");
        if (searches)
            hox__put(&cli->out, "use         search = %s, or hox search -s %s\n", p.name, p.name);
        if (p.use)
            hox__put(&cli->out, "%s hox search --prune=%s with any strategy\n",
                     searches ? "           " : "use        ", p.use);
        hox__text_putc(&cli->out.text, '\n');
    }
    if (p.settings || !hox__for_people(cli))
        settings(cli, p.setting, p.settings);
    else
        hox__put(&cli->out, "no settings\n");
    return cli->error.status < 0 ? HOX__FAILED : HOX__EXIT_DONE;
}

const hox__command hox__command_strategies = {
    .name = "strategies",
    .synopsis = "[NAME]",
    .summary = "the taxonomy of methods: what each manipulates, how, and whether it is here",
    .example = {{"hox strategies", "the table"},
                {"hox strategies evolution", "settings, defaults and sources"},
                {"hox strategies -f tsv", "the whole table, nothing shortened"}},
    .positional_max = 1,
    .complete = "strategy",
    .run = run,
};
