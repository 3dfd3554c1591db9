/* csv("adult-train.csv", target: "income", test: "adult-test.csv"): a table in a text file. */
#include "base/alloc.h"
#include "data/csv.h"
#include "data/source.h"
#include <string.h>

static bool says(const hox_term *source, const char *label, const char *word)
{
    return strcmp(hox_term_word(source, label, ""), word) == 0;
}

static hox_status read_options(const hox_term *source, hox__csv_options *o, hox_error *err)
{
    const char *separator = hox_term_word(source, "separator", "");
    if (strcmp(separator, "\\t") == 0 || strcmp(separator, "tab") == 0)
        separator = "\t";
    if (strlen(separator) > 1 || *separator == '"' || *separator == '\n')
        return hox_fail_code(err, HOX_ERR_DATA, "E0503",
                             "csv(separator: \"%s\"): one character, such as \",\" \";\" \"tab\"",
                             separator);
    *o = (hox__csv_options){
        .target = hox_term_word(source, "target", ""),
        .separator = *separator,
        .header = says(source, "header", "yes")  ? 1
                  : says(source, "header", "no") ? 0
                                                 : -1,
        .embed = says(source, "encode", "embed"),
        .task = says(source, "task", "classes") ? HOX__TASK_CLASSES
                : says(source, "task", "value") ? HOX__TASK_VALUE
                                                : HOX__TASK_AUTO,
        .na = hox_term_get(source, "na"),
        .drop = hox_term_get(source, "drop"),
        .categories = hox_term_get(source, "categories"),
    };
    return HOX_OK;
}

static hox_status open_file(const hox__places *places, const char *name, char path[PATH_MAX],
                            hox__bytes *file, hox_error *err)
{
    const hox_status status = hox__source_path(name, places, path, err);
    return status == HOX_OK ? hox__bytes_read(path, 0, file, err) : status;
}

/* The training file and what its columns are. */
static hox_status look(const hox_term *source, const hox__places *places, char path[PATH_MAX],
                       hox__bytes *file, hox__schema **schema, hox_error *err)
{
    hox__csv_options options;
    const char *name;
    hox_status status = read_options(source, &options, err);
    if (status == HOX_OK)
        status = hox__source_text(source, "name", &name, err);
    if (status == HOX_OK)
        status = open_file(places, name, path, file, err);
    if (status == HOX_OK)
        status = hox__csv_infer(file, &options, schema, err);
    return status;
}

hox_status hox__open_csv(const hox_term *source, const hox__places *places, hox__parts *parts,
                         hox_error *err)
{
    char path[PATH_MAX], test_path[PATH_MAX];
    hox__bytes file = {0}, test = {0};
    hox__schema *schema = NULL;
    const char *test_name = hox_term_word(source, "test", "");
    hox_status status = look(source, places, path, &file, &schema, err);
    if (status == HOX_OK)
        status = hox__csv_read(&file, schema, true, &parts->training, err);
    if (status == HOX_OK && *test_name)
        status = open_file(places, test_name, test_path, &test, err);
    if (status == HOX_OK && *test_name)
        status = hox__csv_read(&test, schema, true, &parts->test, err);
    hox__bytes_free(&file);
    hox__bytes_free(&test);
    hox__schema_free(schema);
    return status;
}

hox_status hox__facts_csv(const hox_term *source, const hox__places *places, hox_facts *facts,
                          hox_error *err)
{
    return hox__facts_by(look, source, places, facts, err);
}
