/* Data on the command line, and the shipped space around it: spaces/image.hox, table.hox, text.hox.
 *
 * What the data are is tried in the order of `kinds`; the source is put in the place of the space's
 * own, and where a number is to be learnt instead of a class, so is the objective.
 */
#include "cli/default_space.h"
#include "base/alloc.h"
#include "base/io.h"
#include "cli/quantity.h"
#include "cli/spec.h"
#include "data/dataset.h"
#include "lang/tree.h"
#include "space/embedded.h"
#include "study/functions.h"
#include <string.h>

typedef enum { A_NAME, A_FOLDER, A_TABLE, A_TEXT, ARRAYS } sort;

static bool ends_in(const char *path, const char *ending)
{
    size_t n = strlen(path);
    const size_t m = strlen(ending);
    if (n > 3 && strcmp(path + n - 3, ".gz") == 0)
        n -= 3;
    return n > m && memcmp(path + n - m, ending, m) == 0;
}

static bool begins_with(const char *path, const char *magic, size_t n)
{
    hox__mapping file;
    if (hox__file_map(path, &file, NULL) != HOX_OK)
        return false;
    const bool same = file.n >= n && memcmp(file.data, magic, n) == 0;
    hox__file_unmap(&file);
    return same;
}

static bool sort_of(const char *path, sort *out)
{
    static const struct {
        const char *ending;
        sort sort;
    } endings[] = {{".csv", A_TABLE}, {".tsv", A_TABLE}, {".tab", A_TABLE},
                   {".txt", A_TEXT},  {".text", A_TEXT}, {".md", A_TEXT}};
    if (strcmp(path, "-") == 0 || strstr(path, ".hox"))
        return false;
    const bool here = hox__file_exists(path);
    *out = A_FOLDER;
    if (hox__is_directory(path))
        return true;
    *out = ARRAYS;
    if (here && (begins_with(path, "\x93NUMPY", 6) || begins_with(path, "PK\3\4", 4)))
        return true;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_in(path, endings[i].ending)) { /* here, or in HOX_DATA */
            *out = endings[i].sort;
            return here || !strchr(path, '/');
        }
    *out = A_NAME;
    return !here && *path && !strchr(path, '/');
}

bool hox__is_data(const char *path)
{
    sort found;
    return sort_of(path, &found) && !(found == A_NAME && hox__function_spec(path, NULL));
}

/* ---- the source, as text ---- */

static void put_quoted(hox__text *out, const char *s)
{
    hox__text_putc(out, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            hox__text_putc(out, '\\');
        hox__text_putc(out, *s);
    }
    hox__text_putc(out, '"');
}

static const char *said(const hox__cli *cli, const char *flag)
{
    return hox__args_has(&cli->args, flag) ? hox__args_text(&cli->args, flag, "") : "";
}

/* The last --target that is no number: a score to reach is one. */
static const char *column(const hox__args *args)
{
    const char *name = "";
    double value;
    for (int i = 0; i < args->repeats; i++)
        if (strcmp(args->repeated_by[i]->name, "target") == 0 &&
            hox__quantity_real(args->repeated[i], &value, NULL) != HOX_OK)
            name = args->repeated[i];
    return name;
}

static void put_missing(hox__text *out, const hox__args *args)
{
    int n = 0;
    for (int i = 0; i < args->repeats; i++)
        if (strcmp(args->repeated_by[i]->name, "na") == 0) {
            hox__text_puts(out, n++ ? ", " : ", na: [");
            put_quoted(out, args->repeated[i]);
        }
    hox__text_puts(out, n ? "]" : "");
}

static void put_source(hox__text *out, const hox__cli *cli, const char *word, const char *path)
{
    const bool table = strcmp(word, "csv") == 0;
    hox__text_printf(out, "%s(", word);
    put_quoted(out, path);
    if (*column(&cli->args) && (table || strcmp(word, "npy") == 0)) {
        hox__text_puts(out, table ? ", target: " : ", targets: ");
        put_quoted(out, column(&cli->args));
    }
    if (*said(cli, "test")) {
        hox__text_puts(out, ", test: ");
        put_quoted(out, said(cli, "test"));
    }
    if (table)
        put_missing(out, &cli->args);
    hox__text_putc(out, ')');
}

/* ---- which source, and what it says ---- */

/* The facts of a source given as text, and the set itself when `dataset` is not NULL. */
static hox_status ask(hox__cli *cli, const char *source, hox_facts *facts, hox__dataset **dataset,
                      hox_error *err)
{
    const hox__places places = hox__places_of(cli);
    hox__text text = {0};
    hox_space *space = NULL;
    hox__data_plan plan;
    hox_status status = HOX_ERR_MEMORY;
    hox__text_printf(&text, "use nn\ndata = %s\nnet = dense(classes)\ntrain = adam\n", source);
    if (!text.failed)
        status = hox_space_load("data", hox__text_get(&text), text.len, NULL, NULL, &space);
    if (status != HOX_OK)
        hox_fail(err, status, "%s cannot be read as data", source);
    else
        status = hox__data_plan_read(hox_space_constant(space, "data"), &plan, err);
    if (status == HOX_OK)
        status = hox__dataset_facts(plan.source, &places, facts, err);
    if (status == HOX_OK && dataset)
        status = hox__dataset_open(plan.source, &places, dataset, err);
    hox_space_free(space);
    hox__text_deinit(&text);
    return status;
}

/* The first of `words` that takes the path; the error is the last one's, or the first's when the
 * others only say that there is nothing of theirs. */
static hox_status choose(hox__cli *cli, const char *path, const char *const *words,
                         hox__text *source, hox_facts *facts, hox__dataset **dataset)
{
    hox_status status = HOX_ERR_DATA;
    hox_error first = {0};
    for (int i = 0; words[i]; i++) {
        hox_error err = {0};
        /* CIFAR's files have names of their own: any word would find them in HOX_DATA. */
        if (strcmp(words[i], "cifar") == 0 && !hox__file_exists(path) && strncmp(path, "cifar", 5))
            continue;
        hox__text_clear(source);
        put_source(source, cli, words[i], path);
        if (source->failed)
            return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the space");
        *facts = (hox_facts){0};
        status = ask(cli, hox__text_get(source), facts, dataset, &err);
        if (status == HOX_OK)
            return status;
        if (i == 0 || strcmp(err.code, "E0501") != 0)
            first = err;
    }
    cli->error = first;
    return status;
}

/* ---- the space ---- */

/* `text` with what stands between `from` and `to` replaced. */
static void put_replaced(hox__text *out, const char *text, const char *from, const char *to,
                         const char *by)
{
    const char *at = strstr(text, from), *end = at ? strstr(at, to) : NULL;
    if (!end) {
        hox__text_puts(out, text);
        return;
    }
    at += strlen(from);
    hox__text_add(out, text, (size_t)(at - text));
    hox__text_puts(out, by);
    hox__text_puts(out, end);
}

static hox_status fill_in(hox__cli *cli, const char *source, const hox_facts *facts, char **text,
                          size_t *n)
{
    const char *name = facts->height > 0   ? "spaces/image.hox"
                       : facts->length > 0 ? "spaces/text.hox"
                                           : "spaces/table.hox";
    const hox__embedded_file *file = hox__embedded(name);
    hox__text with = {0}, whole = {0};
    if (!file)
        return hox_fail(&cli->error, HOX_ERR_DATA, "%s is not in this program", name);
    put_replaced(&with, file->text, "= ", " split(", source);
    /* The first `= ` of the file is that of `data`: the words before it are comments. */
    if (facts->classes == 1)
        put_replaced(&whole, hox__text_get(&with), "objective = ", "\n", "minimize rmse");
    else
        hox__text_puts(&whole, hox__text_get(&with));
    *n = whole.len;
    *text = with.failed ? NULL : hox__text_take(&whole);
    hox__text_deinit(&with);
    hox__text_deinit(&whole);
    return *text ? HOX_OK : hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the space");
}

/* The words that may read each sort, in the order in which they are tried. */
static const char *const *words_of(sort which)
{
    static const char *const words[][4] = {[A_NAME] = {"idx", "cifar"},
                                           [A_FOLDER] = {"folder", "idx", "cifar"},
                                           [A_TABLE] = {"csv"},
                                           [A_TEXT] = {"text"},
                                           [ARRAYS] = {"npy"}};
    return words[which];
}

hox_status hox__data_open(hox__cli *cli, const char *path, hox__text *source, hox_facts *facts,
                          hox__dataset **dataset)
{
    sort found = A_NAME;
    if (!sort_of(path, &found))
        return hox_fail_code(&cli->error, HOX_ERR_DATA, "E0501",
                             "%s: neither a set's name nor a table (.csv, .tsv), a text (.txt), an "
                             "array (.npy, .npz) or a folder",
                             path);
    return choose(cli, path, words_of(found), source, facts, dataset);
}

hox_status hox__default_space(hox__cli *cli, const char *path, char **text, size_t *n)
{
    sort found = A_NAME;
    hox_facts facts;
    hox__text source = {0};
    if (!sort_of(path, &found))
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "%s is no data", path);
    hox_status status = choose(cli, path, words_of(found), &source, &facts, NULL);
    if (status == HOX_OK)
        status = fill_in(cli, hox__text_get(&source), &facts, text, n);
    hox__text_deinit(&source);
    return status;
}

/* ---- other data in a space that is there ---- */

/* What stands for the source in `data = SOURCE split(…) …`; false: no such rule. */
static bool source_place(hox__arena *arena, const char *name, const char *text, size_t n,
                         hox__place *place)
{
    hox_diagnostics *list = hox_diagnostics_new();
    const hox__tree *tree = list ? hox__parse(arena, name, text, n, list) : NULL;
    bool found = false;
    for (int i = 0; tree && !hox_diagnostics_errors(list) && i < tree->n; i++) {
        const hox__item *item = &tree->item[i];
        if (item->kind != HOX__ITEM_RULE || strcmp(item->name, "data") != 0)
            continue;
        const hox__expr *body = item->body;
        *place = body->kind == HOX__EXPR_CHAIN ? body->kid[0]->place : body->place;
        found = true;
    }
    hox_diagnostics_free(list);
    return found;
}

hox_status hox__with_data(hox__cli *cli, const char *name, const char *data, char **text, size_t *n)
{
    hox_facts facts;
    hox__text source = {0}, whole = {0};
    hox__place place = {0};
    hox__arena *arena = hox__arena_new(SIZE_MAX);
    hox_status status = hox__data_open(cli, data, &source, &facts, NULL);
    if (status == HOX_OK && !(arena && source_place(arena, name, *text, *n, &place)))
        status = hox_fail(&cli->error, HOX_ERR_DATA,
                          "--data: %s has no rule `data = …` whose source could be another\n"
                          "`hox check %s` says what is wrong with the file",
                          name, name);
    if (status == HOX_OK) {
        hox__text_add(&whole, *text, place.byte);
        hox__text_puts(&whole, hox__text_get(&source));
        hox__text_puts(&whole, *text + place.byte + place.length);
        hox__free(*text);
        *n = whole.len;
        *text = hox__text_take(&whole);
        if (!*text)
            status = hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the space");
    }
    hox__arena_free(arena);
    hox__text_deinit(&source);
    hox__text_deinit(&whole);
    return status;
}
