/* Text as tokens. */
#ifndef HOX_DATA_CORPUS_H
#define HOX_DATA_CORPUS_H

#include "data/reader.h"
#include "data/schema.h"

typedef struct {
    hox__level level;
    int64_t length;     /* tokens of an example */
    int vocabulary_max; /* WORD: the most frequent are kept, the others have code 0 */
} hox__corpus_options;

/* The vocabulary of a training text. */
hox_status hox__corpus_learn(const hox__bytes *file, const hox__corpus_options *options,
                             hox__schema **schema, hox_error *err);

/* The text cut into examples of schema->length tokens, one behind the other; target NEXT. What is
 * left of the last one is not used. */
hox_status hox__corpus_read(const hox__bytes *file, hox__schema *schema, hox__examples **out,
                            hox_error *err);

#endif
