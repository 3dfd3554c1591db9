/* Sentences: a finished derivation and what is read off it. */
#ifndef HOX_SPACE_SENTENCE_H
#define HOX_SPACE_SENTENCE_H

#include "base/text.h"
#include "space/derive.h"

struct hox_sentence {
    hox__derivation *d;
    const hox_term **term; /* [roots] */
    char key[65];          /* "" until asked for */
    int n_parameters;      /* -1: not decoded yet */
    hox_parameter *parameter;
};

const hox_term *hox__term_of(hox__derivation *d, int root); /* NULL: memory */
bool hox__is_printed(const char *root);
bool hox__sentence_print(hox__text *out, const hox__derivation *d, bool with_walk);

#endif
