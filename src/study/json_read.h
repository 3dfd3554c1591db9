/* Reading JSON with jansson. */
#ifndef HOX_STUDY_JSON_READ_H
#define HOX_STUDY_JSON_READ_H

#include <jansson.h>
#include <stdbool.h>

/* The value that the n bytes are, json_decref(); NULL: they are none, or memory is short, which
 * *no_memory (NULL: of no interest) tells apart. Without memory jansson may call a whole text
 * wrong, and may even read it with a letter less (2.14, strbuffer.c): neither gets through. */
json_t *hox__json_read(const char *s, size_t n, bool *no_memory);

#endif
