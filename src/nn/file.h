/* Inside .hoxm files: terms as JSON. */
#ifndef HOX_NN_FILE_H
#define HOX_NN_FILE_H

#include "base/arena.h"
#include "nn/sealed.h"
#include "nn/train.h"
#include <jansson.h>

enum { HOX__MODEL_VERSION = 2 };
extern const hox__seal hox__model_seal;

/* A number is a number, a chain an array; the others are objects {"word": …}, {"text": …},
 * {"list": […]}, {"low": …, "high": …}, {"call": …, "path": …, "labels": […], "parts": […]}. NULL
 * when memory is short. */
json_t *hox__term_to_json(const hox_term *term);

/* NULL when it is no term, deeper than 200 levels, or memory is short. */
const hox_term *hox__term_from_json(hox__arena *arena, const json_t *json);

/* Text with what is not UTF-8 replaced; NULL becomes null. */
json_t *hox__text_to_json(const char *text);

#endif
