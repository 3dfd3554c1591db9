/* What a vocabulary offers, for `hox doctor` (which compares it with the engine) and for help. */
#ifndef HOX_SPACE_VOCABULARY_H
#define HOX_SPACE_VOCABULARY_H

#include <hox/space.h>

typedef struct {
    const char *name;
    const char *input,
        *output; /* shape names: image, vector, any, weights, rate, files, examples */
    bool native; /* no body: the engine must know it */
    int n;
    const char *const *parameter; /* [n] names */
    const char *const *domain;    /* [n] as printed, with the default: "int 1..4 = 1" */
} hox__declaration;

/* The declarations of vocabulary `name` ("nn"), in its order; NULL: no such vocabulary. Freed by
 * hox__vocabulary_free(). */
typedef struct hox__vocabulary hox__vocabulary;
hox__vocabulary *hox__vocabulary_open(const char *name, hox_diagnostics *list);
const hox__declaration *hox__vocabulary_at(const hox__vocabulary *vocabulary,
                                           int i); /* NULL past the end */
void hox__vocabulary_free(hox__vocabulary *vocabulary);

#endif
