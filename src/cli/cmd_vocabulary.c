/* hox vocabulary [NAME [WORD]]: what a vocabulary offers: kinds, layers, domains, defaults, shapes.
 */
#include "cli/cli.h"
#include "cli/sheet.h"
#include "cli/spec.h"
#include "space/vocabulary.h"
#include <string.h>

/* ---- the vocabularies there are ---- */

static int list_all(hox__cli *cli)
{
    static const hox__column column[] = {{"name", HOX__CELL_TEXT, 4},
                                         {"layers", HOX__CELL_INT, 2},
                                         {"kinds", HOX__CELL_INT, 1},
                                         {"about", HOX__CELL_TEXT, 3}};
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "vocabulary", column, 4);
    if (!sheet)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the table"), HOX__FAILED;
    char name[64], line[160];
    for (int i = 0; hox__vocabulary_built_in(i, name, line); i++) {
        hox__vocabulary *v = hox__vocabulary_open(name, NULL);
        int layers = 0, kinds = 0;
        while (v && hox__vocabulary_at(v, layers))
            layers++;
        while (v && hox__vocabulary_kind(v, kinds))
            kinds++;
        hox__vocabulary_free(v);
        hox__sheet_row(
            sheet,
            (hox__cell[]){{.text = name}, {.integer = layers}, {.integer = kinds}, {.text = line}});
    }
    hox__sheet_end(sheet, &cli->err, "all of it: -f tsv");
    return HOX__EXIT_DONE;
}

/* ---- for people: as one would declare it ---- */

enum { LINE = 96 };

/* Side by side when they fit the line, else one below the other. */
static void put_parameters(hox__stream *out, const hox__declaration *d)
{
    size_t length = strlen(d->name);
    for (int k = 0; k < d->n; k++)
        length += strlen(d->parameter[k]) + strlen(d->domain[k]) + 4;
    for (int k = 0; k < d->n; k++) {
        hox__text_puts(&out->text, length > LINE ? "\n      " : k ? ", " : "(");
        hox__put(out, "%s%s: %s", d->declared[k].each ? "each " : "", d->parameter[k],
                 d->domain[k]);
    }
    if (d->n && length <= LINE)
        hox__text_putc(&out->text, ')');
}

static void put_layer(hox__stream *out, const hox__declaration *d)
{
    hox__put(out, "  %s%s%s", out->color->strong, d->name, out->color->off);
    put_parameters(out, d);
    if (d->n || d->where || d->body)
        hox__text_puts(&out->text, "\n     ");
    hox__put(out, " : %s -> %s\n", d->takes, d->gives);
    if (d->where)
        hox__put(out, "       where %s\n", d->where);
    if (d->body)
        hox__put(out, "       = %s\n", d->body);
}

static void put_kind(hox__stream *out, const hox__declared_kind *k)
{
    hox__put(out, "  %s%s%s = %s%s%s", out->color->strong, k->as.name, out->color->off,
             k->as.domain, k->where ? " where " : "", k->where ? k->where : "");
    hox__put(out, "\n      %s", k->as.scale);
    if (k->as.fallback)
        hox__put(out, ", default %s", k->as.fallback);
    if (*k->as.unit)
        hox__put(out, ", in %s", k->as.unit);
    hox__text_putc(&out->text, '\n');
}

static void for_people(hox__cli *cli, const hox__vocabulary *v, const char *word)
{
    const hox__declared_kind *k;
    const hox__declaration *d;
    for (int i = 0; (k = hox__vocabulary_kind(v, i)) != NULL; i++) {
        if (i == 0 && !word)
            hox__put(&cli->out, "kinds\n");
        if (!word || strcmp(word, k->as.name) == 0)
            put_kind(&cli->out, k);
    }
    for (int i = 0; (d = hox__vocabulary_at(v, i)) != NULL; i++) {
        if (i == 0 && !word)
            hox__put(&cli->out, "\nlayers\n");
        if (!word || strcmp(word, d->name) == 0)
            put_layer(&cli->out, d);
    }
}

/* ---- for programs ---- */

static void json_parameter(hox__json *json, const hox__declared *p)
{
    hox__json_text(json, "domain", p->domain);
    hox__json_text(json, "default", p->fallback);
    hox__json_text(json, "scale", *p->scale ? p->scale : NULL);
    hox__json_text(json, "unit", *p->unit ? p->unit : NULL);
}

static void json_layer(hox__json *json, const hox__declaration *d)
{
    hox__json_text(json, "name", d->name);
    hox__json_bool(json, "native", d->native);
    hox__json_text(json, "takes", d->takes);
    hox__json_text(json, "where", d->where);
    hox__json_text(json, "gives", d->gives);
    hox__json_text(json, "body", d->body);
    hox__json_begin_array(json, "parameters");
    for (int i = 0; i < d->n; i++) {
        hox__json_begin_object(json, NULL);
        hox__json_text(json, "name", d->parameter[i]);
        json_parameter(json, &d->declared[i]);
        hox__json_bool(json, "each", d->declared[i].each);
        hox__json_bool(json, "several", d->declared[i].several);
        hox__json_end_object(json);
    }
    hox__json_end_array(json);
}

static void as_json(hox__cli *cli, const hox__vocabulary *v, const char *name, const char *word)
{
    hox__json json = {.out = &cli->out.text};
    const hox__declared_kind *k;
    const hox__declaration *d;
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "vocabulary");
    hox__json_text(&json, "name", name);
    hox__json_begin_array(&json, "kinds");
    for (int i = 0; (k = hox__vocabulary_kind(v, i)) != NULL; i++)
        if (!word || strcmp(word, k->as.name) == 0) {
            hox__json_begin_object(&json, NULL);
            hox__json_text(&json, "name", k->as.name);
            json_parameter(&json, &k->as);
            hox__json_text(&json, "where", k->where);
            hox__json_end_object(&json);
        }
    hox__json_end_array(&json);
    hox__json_begin_array(&json, "layers");
    for (int i = 0; (d = hox__vocabulary_at(v, i)) != NULL; i++)
        if (!word || strcmp(word, d->name) == 0) {
            hox__json_begin_object(&json, NULL);
            json_layer(&json, d);
            hox__json_end_object(&json);
        }
    hox__json_end_array(&json);
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

static void row(hox__sheet *sheet, const char *word, const char *is, const hox__declaration *d,
                const hox__declared *p, const char *where)
{
    hox__sheet_row(sheet, (hox__cell[]){{.text = word},
                                        {.text = is},
                                        {.empty = !p, .text = p ? p->name : ""},
                                        {.empty = !p, .text = p ? p->domain : ""},
                                        {.empty = !p || !p->fallback, .text = p ? p->fallback : ""},
                                        {.empty = !p || !*p->scale, .text = p ? p->scale : ""},
                                        {.empty = !p || !*p->unit, .text = p ? p->unit : ""},
                                        {.empty = !d, .text = d ? d->takes : ""},
                                        {.empty = !where, .text = where},
                                        {.empty = !d, .text = d ? d->gives : ""}});
}

/* One row a parameter; a layer without any has one of its own. */
static hox_status as_sheet(hox__cli *cli, const hox__vocabulary *v, const char *word)
{
    static const hox__column column[] = {
        {"word", HOX__CELL_TEXT, 9},      {"is", HOX__CELL_TEXT, 3},
        {"parameter", HOX__CELL_TEXT, 8}, {"domain", HOX__CELL_TEXT, 7},
        {"default", HOX__CELL_TEXT, 6},   {"scale", HOX__CELL_TEXT, 2},
        {"unit", HOX__CELL_TEXT, 1},      {"takes", HOX__CELL_TEXT, 5},
        {"where", HOX__CELL_TEXT, 0},     {"gives", HOX__CELL_TEXT, 4}};
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "parameter", column, 10);
    if (!sheet)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the table");
    const hox__declared_kind *k;
    const hox__declaration *d;
    for (int i = 0; (k = hox__vocabulary_kind(v, i)) != NULL; i++)
        if (!word || strcmp(word, k->as.name) == 0)
            row(sheet, k->as.name, "kind", NULL, &k->as, k->where);
    for (int i = 0; (d = hox__vocabulary_at(v, i)) != NULL; i++) {
        if (word && strcmp(word, d->name) != 0)
            continue;
        for (int p = 0; p < d->n || p == 0; p++)
            row(sheet, d->name, d->native ? "native" : "composed", d, d->n ? &d->declared[p] : NULL,
                d->where);
    }
    hox__sheet_end(sheet, &cli->err, "all of it: -f tsv");
    return HOX_OK;
}

/* ---- the command ---- */

static hox_status find_word(const hox__vocabulary *v, const char *name, const char *word,
                            hox_error *err)
{
    enum { NAMES_MAX = 512 };
    const char *names[NAMES_MAX];
    size_t n = 0;
    const hox__declared_kind *k;
    const hox__declaration *d;
    for (int i = 0; n < NAMES_MAX && (k = hox__vocabulary_kind(v, i)) != NULL; i++)
        names[n++] = k->as.name;
    for (int i = 0; n < NAMES_MAX && (d = hox__vocabulary_at(v, i)) != NULL; i++)
        names[n++] = d->name;
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], word) == 0)
            return HOX_OK;
    const char *near = hox__nearest(word, names, n);
    return hox_fail(err, HOX_ERR_ARGUMENT, "vocabulary `%s` has no word `%s`%s%s%s", name, word,
                    near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
}

static int run(hox__cli *cli)
{
    if (!cli->args.positionals)
        return list_all(cli);
    const char *name = cli->args.positional[0];
    const char *word = cli->args.positionals > 1 ? cli->args.positional[1] : NULL;
    const hox_space_options space_options = hox__space_options(cli);
    hox_diagnostics *list = hox_diagnostics_new();
    hox__vocabulary *v = list ? hox__vocabulary_read(name, &space_options, list) : NULL;
    hox_status status = HOX_OK;
    if (!v) {
        const bool said = list && hox_diagnostics_errors(list);
        if (said)
            hox__diagnostics_put(hox__wants_json(cli) ? &cli->out : &cli->err, list,
                                 hox__wants_json(cli));
        cli->diagnosed = said;
        status = hox_fail(&cli->error, said ? HOX_ERR_SYNTAX : HOX_ERR_MEMORY,
                          "the vocabulary `%s` cannot be read", name);
    } else if (word && find_word(v, name, word, &cli->error) != HOX_OK) {
        status = cli->error.status;
    } else if (cli->format == HOX__FORMAT_JSON) {
        as_json(cli, v, name, word);
    } else if (cli->format == HOX__FORMAT_TABLE) {
        for_people(cli, v, word);
    } else {
        status = as_sheet(cli, v, word);
    }
    hox__vocabulary_free(v);
    hox_diagnostics_free(list);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

const hox__command hox__command_vocabulary = {
    .name = "vocabulary",
    .synopsis = "[NAME [WORD]]",
    .summary = "what a vocabulary offers: kinds, layers, domains, defaults, shapes",
    .example = {{"hox vocabulary", "the vocabularies there are"},
                {"hox vocabulary nn", "the words of one"},
                {"hox vocabulary nn conv", "one word"}},
    .positional_max = 2,
    .complete = "vocabulary",
    .run = run,
};
