#include "cli/spec.h"
#include "base/alloc.h"
#include "base/io.h"
#include "cli/default_space.h"
#include "cli/quantity.h"
#include "space/embedded.h"
#include "space/estimate.h"
#include "study/functions.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 64 << 20 };

hox__file_kind hox__file_kind_of(const char *path)
{
    if (!hox__file_exists(path) || hox__is_directory(path))
        return HOX__FILE_NONE;
    hox__mapping map = {0};
    hox__file_kind kind = HOX__FILE_HOX;
    if (hox__file_map(path, &map, NULL) != HOX_OK)
        return kind; /* whoever reads it will say why */
    if (map.n >= 4 && memcmp(map.data, "HOXM", 4) == 0)
        kind = HOX__FILE_MODEL;
    else if (map.n >= 15 && memcmp(map.data, "SQLite format 3", 15) == 0)
        kind = HOX__FILE_STORE;
    hox__file_unmap(&map);
    return kind;
}

hox__places hox__places_of(const hox__cli *cli)
{
    return (hox__places){.folder = cli->data};
}

static bool facts_of_source(void *ctx, const hox_term *source, hox_facts *facts)
{
    const hox__places places = hox__places_of(ctx);
    return hox__dataset_facts(source, &places, facts, NULL) == HOX_OK;
}

static char *read_vocabulary(const char *folder, size_t length, const char *name, size_t *n)
{
    char file[1024];
    char *text = NULL;
    const int wrote = snprintf(file, sizeof file, "%.*s/%s.hox", (int)length, folder, name);
    if (wrote > 0 && (size_t)wrote < sizeof file && hox__file_exists(file) &&
        hox__file_read(file, TEXT_MAX, &text, n, NULL) == HOX_OK)
        return text;
    return NULL;
}

/* NAME.hox in the folders of HOX_PATH, separated by colons, which come before what is built in;
 * then, when it is not built in, beside the file that says `use NAME`, or in the folder vocab
 * there. */
static char *find_vocabulary(void *ctx, const char *name, size_t *n)
{
    const hox__cli *cli = ctx;
    char *text = NULL;
    for (const char *p = cli->path; p && *p && !text;) {
        const size_t length = strcspn(p, ":");
        text = read_vocabulary(p, length, name, n);
        p += length + (p[length] == ':');
    }
    char built_in[128], beside[600];
    snprintf(built_in, sizeof built_in, "vocab/%.100s.hox", name);
    if (text || hox__embedded(built_in))
        return text;
    snprintf(beside, sizeof beside, "%s", *cli->folder ? cli->folder : ".");
    text = read_vocabulary(beside, strlen(beside), name, n);
    if (text)
        return text;
    strcat(beside, "/vocab");
    return read_vocabulary(beside, strlen(beside), name, n);
}

/* "spaces" of "spaces/a.hox". */
static void remember_folder(hox__cli *cli, const char *path)
{
    const char *slash = strrchr(path, '/');
    const size_t n = slash ? (size_t)(slash - path) : 0;
    cli->folder[0] = '\0';
    if (slash && n < sizeof cli->folder)
        snprintf(cli->folder, sizeof cli->folder, "%.*s", (int)(n ? n : 1), n ? path : "/");
}

hox_space_options hox__space_options(hox__cli *cli)
{
    return (hox_space_options){.facts = facts_of_source, .ctx = cli, .vocabulary = find_vocabulary};
}

hox_status hox__spec_of_text(hox__cli *cli, const char *name, const char *text, hox__spec *spec)
{
    *spec = (hox__spec){0};
    hox_diagnostics *list = hox_diagnostics_new();
    if (!list)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the messages");
    const hox_space_options options = hox__space_options(cli);
    const hox_status status =
        hox_space_load(name, text, strlen(text), &options, list, &spec->space);
    const int errors = hox_diagnostics_errors(list);
    if (errors + hox_diagnostics_warnings(list) > 0 && (errors || !cli->quiet))
        hox__diagnostics_put(&cli->err, list, hox__wants_json(cli));
    hox_diagnostics_free(list);
    if (status == HOX_OK)
        return HOX_OK;
    cli->diagnosed = errors > 0;
    return hox_fail(&cli->error, status, "%s: the space cannot be made", name);
}

/* A test function's space. */
static bool from_function(const char *path, char **text, size_t *n)
{
    hox__text spec = {0};
    if (!hox__function_spec(path, &spec))
        return false;
    *n = spec.len;
    *text = hox__text_take(&spec);
    return *text != NULL;
}

static hox_status from_binary(const char *path, char **text, size_t *n, hox_error *err)
{
    const hox__embedded_file *file = hox__embedded(path);
    if (!file && from_function(path, text, n))
        return HOX_OK;
    if (!file)
        return hox_fail(err, HOX_ERR_DATA,
                        "%s: there is no such file\n`hox help` shows how commands are written",
                        path);
    *text = hox__alloc(file->n + 1, 1);
    if (!*text)
        return hox_fail(err, HOX_ERR_MEMORY, "%s: no memory to read it", path);
    memcpy(*text, file->text, file->n);
    *n = file->n;
    return HOX_OK;
}

static hox_status read_file(hox__cli *cli, const char *path, char **text, size_t *n)
{
    hox_error *err = &cli->error;
    remember_folder(cli, path);
    if (hox__is_data(path))
        return hox__default_space(cli, path, text, n);
    if (strcmp(path, "-") != 0 && !hox__file_exists(path))
        return from_binary(path, text, n, err);
    if (hox__is_directory(path))
        return hox_fail(err, HOX_ERR_DATA, "%s is a folder; a .hox file is needed", path);
    const hox__file_kind kind = strcmp(path, "-") == 0 ? HOX__FILE_HOX : hox__file_kind_of(path);
    if (kind == HOX__FILE_MODEL)
        return hox_fail(err, HOX_ERR_DATA,
                        "%s is a trained model, not a .hox file\n`hox show %s` prints the sentence "
                        "inside it, `hox predict %s INPUT` uses it",
                        path, path, path);
    if (kind == HOX__FILE_STORE)
        return hox_fail(err, HOX_ERR_DATA,
                        "%s is a store of studies, not a .hox file\n`hox show %s` lists them", path,
                        path);
    return hox__file_read(path, TEXT_MAX, text, n, err);
}

hox_status hox__spec_read(hox__cli *cli, const char *path, char **text, size_t *n)
{
    const char *data =
        hox__args_has(&cli->args, "data") ? hox__args_text(&cli->args, "data", NULL) : NULL;
    hox_status status = read_file(cli, path, text, n);
    if (status != HOX_OK || !data || strcmp(data, path) == 0)
        return status;
    status = hox__with_data(cli, path, data, text, n);
    if (status != HOX_OK) {
        hox__free(*text);
        *text = NULL;
    }
    return status;
}

hox_status hox__spec_open(hox__cli *cli, const char *path, hox__spec *spec)
{
    char *text = NULL;
    size_t n = 0;
    *spec = (hox__spec){0};
    hox_status status = hox__spec_read(cli, path, &text, &n);
    if (status != HOX_OK)
        return status;
    if (strlen(text) != n) {
        hox_fail_at(&cli->error, HOX_ERR_SYNTAX, path, 1, 1,
                    "the file holds a zero byte: it is not text");
        hox__free(text);
        return HOX_ERR_SYNTAX;
    }
    status = hox__spec_of_text(cli, strcmp(path, "-") == 0 ? "<stdin>" : path, text, spec);
    spec->text = text;
    spec->n = n;
    if (status != HOX_OK)
        hox__spec_close(spec);
    return status;
}

void hox__spec_close(hox__spec *spec)
{
    hox_space_free(spec->space);
    hox__free(spec->text);
    *spec = (hox__spec){0};
}

void hox__path_name(const char *path, char *out, size_t size)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    size_t from = n;
    while (from > 0 && path[from - 1] != '/')
        from--;
    for (size_t dot = n; dot > from + 1; dot--)
        if (path[dot - 1] == '.') {
            n = dot - 1;
            break;
        }
    snprintf(out, size, "%.*s", (int)(n - from), path + from);
}

hox_status hox__spec_sentence(const hox_space *space, hox_sentence **sentence, hox_error *err)
{
    hox_walk *walk = hox_walk_new(space, err);
    if (!walk)
        return HOX_ERR_MEMORY;
    hox_status status = hox_walk_derive(walk, hox_answer_default, NULL, NULL, err);
    if (status == HOX_OK)
        status = hox_walk_finish(walk, sentence, err);
    hox_walk_free(walk);
    return status;
}

void hox__put_size(hox__text *out, const hox_space *space)
{
    if (hox_space_is_sentence(space)) {
        hox__text_puts(out, "1 sentence");
        return;
    }
    int reals = 0;
    const double size = hox_space_size_log10(space, &reals);
    if (isinf(size)) { /* a recursion */
        hox__text_puts(out, hox__size_is_infinite(space)
                                ? "infinitely many sentences"
                                : "very many sentences (`hox count` estimates)");
        return;
    }
    if (size < 1e6) {
        hox__text_puts(out, size < 5 ? "at most " : "about ");
        hox__print_power(out, size);
    } else {
        hox__text_puts(out, "more than 1e1000000");
    }
    hox__text_puts(out, size == 0 ? " sentence" : " sentences");
    if (reals)
        hox__text_printf(out, ", %d real number%s counted once", reals, hox__plural(reals));
}
