/* Streaming JSON writer: commas and escapes are its business. Numbers are the shortest that read
 * back; nan and infinities become null (the caller adds "nonfinite"). 64-bit integers that may pass
 * 2^53 go through hox__json_id() and become strings. */
#ifndef HOX_BASE_JSON_H
#define HOX_BASE_JSON_H

#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    hox__text *out; /* the caller's */
    int depth;
    bool comma[64];
} hox__json; /* start with {.out = &text} */

void hox__json_begin_object(hox__json *json,
                            const char *key); /* key NULL inside arrays and at the top */
void hox__json_begin_array(hox__json *json, const char *key);
void hox__json_end_object(hox__json *json);
void hox__json_end_array(hox__json *json);
void hox__json_text(hox__json *json, const char *key, const char *value); /* value NULL: null */
void hox__json_text_n(hox__json *json, const char *key, const char *value, size_t n);
void hox__json_number(hox__json *json, const char *key, double value);
void hox__json_int(hox__json *json, const char *key, int64_t value);
void hox__json_id(hox__json *json, const char *key, uint64_t value); /* decimal string */
void hox__json_bool(hox__json *json, const char *key, bool value);
void hox__json_null(hox__json *json, const char *key);

#endif
