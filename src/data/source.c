/* The table of sources, and what they share. */
#include "data/source.h"
#include "base/io.h"
#include "base/text.h"
#include "data/schema.h"
#include <stdio.h>
#include <string.h>

static const hox__source sources[] = {
#define SOURCE(word) {#word, hox__open_##word, hox__facts_##word},
#include "data/sources.def"
#undef SOURCE
};
enum { SOURCES = sizeof sources / sizeof *sources };

hox_status hox__source_find(const hox_term *term, const hox__source **source, hox_error *err)
{
    const bool call = term && term->kind == HOX_TERM_CALL;
    for (int i = 0; call && i < SOURCES; i++)
        if (strcmp(sources[i].word, term->name) == 0) {
            *source = &sources[i];
            return HOX_OK;
        }
    hox__text names = {0};
    for (int i = 0; i < SOURCES; i++)
        hox__text_printf(&names, "%s%s",
                         i == 0             ? ""
                         : i == SOURCES - 1 ? " or "
                                            : ", ",
                         sources[i].word);
    hox_fail_code(err, HOX_ERR_DATA, "E0503", "`data` must begin with a source: %s",
                  hox__text_get(&names));
    hox__text_deinit(&names);
    return HOX_ERR_DATA;
}

hox_status hox__source_text(const hox_term *source, const char *label, const char **text,
                            hox_error *err)
{
    const hox_term *name = hox_term_get(source, label);
    if (!name || name->kind != HOX_TERM_TEXT || !*name->name)
        return hox_fail_code(err, HOX_ERR_DATA, "E0503", "%s(…) needs its %s, in quotes",
                             source->name, label);
    *text = name->name;
    return HOX_OK;
}

hox_status hox__source_path(const char *name, const hox__places *places, char path[PATH_MAX],
                            hox_error *err)
{
    const char *folder = places && *name != '/' ? places->folder : NULL;
    int n = snprintf(path, PATH_MAX, "%s", name);
    if (n < PATH_MAX && hox__file_exists(path))
        return HOX_OK;
    if (folder && (n = snprintf(path, PATH_MAX, "%s/%s", folder, name)) < PATH_MAX &&
        hox__file_exists(path))
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_DATA, "E0501", "`%s` is not here%s%s\n%s", name,
                         folder ? " nor in " : "", folder ? folder : "",
                         folder || *name == '/' ? "check its name"
                                                : "check its name, or name its folder in HOX_DATA");
}

hox_status hox__facts_by(hox__source_look *look, const hox_term *source, const hox__places *places,
                         hox_facts *facts, hox_error *err)
{
    char path[PATH_MAX];
    hox__bytes file = {0};
    hox__schema *schema = NULL;
    const hox_status status = look(source, places, path, &file, &schema, err);
    if (status == HOX_OK)
        hox__schema_facts(schema, facts);
    hox__bytes_free(&file);
    hox__schema_free(schema);
    return status;
}
