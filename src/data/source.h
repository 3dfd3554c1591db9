/* Where examples come from: one word of the `data` chain, one file here, one line in sources.def.
 */
#ifndef HOX_DATA_SOURCE_H
#define HOX_DATA_SOURCE_H

#include "data/dataset.h"
#include "data/reader.h"
#include "data/set.h"
#include <limits.h>

typedef struct {
    hox__examples *training, *test; /* hox__examples_free(), also when opening failed */
} hox__parts;

typedef hox_status hox__source_open(const hox_term *source, const hox__places *places,
                                    hox__parts *parts, hox_error *err);
typedef hox_status hox__source_facts(const hox_term *source, const hox__places *places,
                                     hox_facts *facts, hox_error *err);

typedef struct {
    const char *word;
    hox__source_open *open;
    hox__source_facts *facts;
} hox__source;

#define SOURCE(word)                                                                               \
    hox__source_open hox__open_##word;                                                             \
    hox__source_facts hox__facts_##word;
#include "data/sources.def"
#undef SOURCE

/* The row of the table for a CALL; E0503 names those there are. */
hox_status hox__source_find(const hox_term *term, const hox__source **source, hox_error *err);

/* A text argument that must not be empty. */
hox_status hox__source_text(const hox_term *source, const char *label, const char **text,
                            hox_error *err);

/* What `look` learns from a training file, as facts. */
typedef hox_status hox__source_look(const hox_term *source, const hox__places *places,
                                    char path[PATH_MAX], hox__bytes *file, hox__schema **schema,
                                    hox_error *err);
hox_status hox__facts_by(hox__source_look *look, const hox_term *source, const hox__places *places,
                         hox_facts *facts, hox_error *err);

/* A file or folder that a source names: here, else in HOX_DATA; E0501 when in neither. */
hox_status hox__source_path(const char *name, const hox__places *places, char path[PATH_MAX],
                            hox_error *err);

#endif
