/* What a vocabulary offers, for `hox vocabulary`, and for `hox doctor`, which compares it with the
 * engine. */
#ifndef HOX_SPACE_VOCABULARY_H
#define HOX_SPACE_VOCABULARY_H

#include <hox/space.h>

typedef struct {
    const char *name, *domain; /* "int 1..4096" */
    const char *fallback;      /* its default as written; NULL: it must be given */
    const char *scale;         /* nominal, ordinal, linear, log; "" for networks and lists */
    const char *unit;          /* "" without one */
    bool each, several, network;
} hox__declared;

typedef struct {
    const char *name;
    const char *input,
        *output;               /* shape names: image, vector, any, weights, rate, files, examples */
    const char *takes, *gives; /* the shapes as written: "image(h, w, c)" */
    const char *where;         /* the condition on the input, or NULL */
    const char *body;          /* what a composed layer is made of, or NULL */
    bool native;               /* no body: the engine must know it */
    int n;
    const char *const *parameter;  /* [n] names */
    const char *const *domain;     /* [n] as printed, with the default: "int 1..4 = 1" */
    const hox__declared *declared; /* [n] */
} hox__declaration;

/* A kind, described as a parameter of its own name; `where` is NULL without one. */
typedef struct {
    hox__declared as;
    const char *where;
} hox__declared_kind;

/* The declarations of vocabulary `name` ("nn") and of those it uses, in their order; NULL: no such
 * vocabulary, or not a right one; `list` (may be NULL) says why. Freed by hox__vocabulary_free().
 */
typedef struct hox__vocabulary hox__vocabulary;
hox__vocabulary *hox__vocabulary_open(const char *name, hox_diagnostics *list);
/* The same with a way to vocabularies outside the binary; `options` may be NULL. */
hox__vocabulary *hox__vocabulary_read(const char *name, const hox_space_options *options,
                                      hox_diagnostics *list);
const hox__declaration *hox__vocabulary_at(const hox__vocabulary *vocabulary,
                                           int i); /* NULL past the end */
const hox__declared_kind *hox__vocabulary_kind(const hox__vocabulary *vocabulary, int i);
void hox__vocabulary_free(hox__vocabulary *vocabulary);

/* The i-th vocabulary in the binary, NULL past the end: "nn", and its first line without "# ". */
const char *hox__vocabulary_built_in(int i, char name[64], char line[160]);

#endif
