/* SHA-256 (FIPS 180-4). */
#ifndef HOX_BASE_DIGEST_H
#define HOX_BASE_DIGEST_H

#include <hox/status.h>
#include <stddef.h>
#include <stdint.h>

enum { HOX__DIGEST_BYTES = 32, HOX__DIGEST_HEX = 65 };

typedef struct hox__digest hox__digest;

hox__digest *hox__digest_new(void); /* NULL when memory is short */
void hox__digest_add(hox__digest *digest, const void *data, size_t n);
void hox__digest_add_text(hox__digest *digest,
                          const char *s); /* with its NUL, so that "a","b" is not "ab" */
void hox__digest_get(hox__digest *digest,
                     uint8_t out[HOX__DIGEST_BYTES]); /* nothing is added after it */
void hox__digest_free(hox__digest *digest);

void hox__digest_of(const void *data, size_t n, uint8_t out[HOX__DIGEST_BYTES]);
void hox__digest_hex(const uint8_t digest[HOX__DIGEST_BYTES], char out[HOX__DIGEST_HEX]);

#endif
