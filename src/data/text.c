/* text("corpus.txt", level: char, length: 64): what comes next in a text. */
#include "data/corpus.h"
#include "data/source.h"
#include <string.h>

static hox_status look(const hox_term *source, const hox__places *places, char path[PATH_MAX],
                       hox__bytes *file, hox__schema **schema, hox_error *err)
{
    const char *level = hox_term_word(source, "level", "char"), *name;
    const hox__corpus_options options = {.level = strcmp(level, "word") == 0   ? HOX__LEVEL_WORD
                                                  : strcmp(level, "byte") == 0 ? HOX__LEVEL_BYTE
                                                                               : HOX__LEVEL_CHAR,
                                         .length = (int64_t)hox_term_number(source, "length", 64),
                                         .vocabulary_max =
                                             (int)hox_term_number(source, "vocabulary", 10000)};
    if (options.length < 1 || options.vocabulary_max < 1)
        return hox_fail_code(err, HOX_ERR_DATA, "E0503",
                             "text(…): length and vocabulary are 1 or more");
    hox_status status = hox__source_text(source, "name", &name, err);
    if (status == HOX_OK)
        status = hox__source_path(name, places, path, err);
    if (status == HOX_OK)
        status = hox__bytes_read(path, 0, file, err);
    if (status == HOX_OK)
        status = hox__corpus_learn(file, &options, schema, err);
    return status;
}

hox_status hox__open_text(const hox_term *source, const hox__places *places, hox__parts *parts,
                          hox_error *err)
{
    char path[PATH_MAX], test_path[PATH_MAX];
    hox__bytes file = {0}, test = {0};
    hox__schema *schema = NULL;
    const char *test_name = hox_term_word(source, "test", "");
    hox_status status = look(source, places, path, &file, &schema, err);
    if (status == HOX_OK)
        status = hox__corpus_read(&file, schema, &parts->training, err);
    if (status == HOX_OK && *test_name)
        status = hox__source_path(test_name, places, test_path, err);
    if (status == HOX_OK && *test_name)
        status = hox__bytes_read(test_path, 0, &test, err);
    if (status == HOX_OK && *test_name)
        status = hox__corpus_read(&test, schema, &parts->test, err);
    hox__bytes_free(&file);
    hox__bytes_free(&test);
    hox__schema_free(schema);
    return status;
}

hox_status hox__facts_text(const hox_term *source, const hox__places *places, hox_facts *facts,
                           hox_error *err)
{
    return hox__facts_by(look, source, places, facts, err);
}
