/* Files on the way in: .hox texts, told apart from models and stores by content, and the space they
 * denote. */
#ifndef HOX_CLI_SPEC_H
#define HOX_CLI_SPEC_H

#include "cli/cli.h"
#include "data/dataset.h"
#include <hox/space.h>

typedef enum { HOX__FILE_NONE, HOX__FILE_HOX, HOX__FILE_MODEL, HOX__FILE_STORE } hox__file_kind;

/* By its first bytes; NONE: there is no such file. */
hox__file_kind hox__file_kind_of(const char *path);

typedef struct {
    char *text; /* hox__free() */
    size_t n;
    hox_space *space;
} hox__spec;

/* Reads `path` and makes its space. Shipped spaces are found by their path in the repository when
 * there is no such file ("spaces/mlp.hox"). Findings are printed on stderr, warnings too;
 * cli->diagnosed says that the errors are out. */
hox_status hox__spec_open(hox__cli *cli, const char *path, hox__spec *spec);
hox_status hox__spec_read(hox__cli *cli, const char *path, char **text, size_t *n);
hox_status hox__spec_of_text(hox__cli *cli, const char *name, const char *text, hox__spec *spec);
void hox__spec_close(hox__spec *spec);

/* How spaces learn about data and vocabularies outside the binary. */
hox_space_options hox__space_options(hox__cli *cli);
hox__places hox__places_of(const hox__cli *cli);

/* spaces/fashion-mnist.hox -> fashion-mnist, photos/ -> photos */
void hox__path_name(const char *path, char *out, size_t size);

/* The one sentence of a space without questions. */
hox_status hox__spec_sentence(const hox_space *space, hox_sentence **sentence, hox_error *err);

/* "about 4e9 sentences, 2 real numbers counted once" */
void hox__put_size(hox__text *out, const hox_space *space);

#endif
