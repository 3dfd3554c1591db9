#include "base/digest.h"
#include "base/alloc.h"
#include <gcrypt.h>
#include <string.h>

struct hox__digest {
    gcry_md_hd_t md;
};

static void end(void *ctx, int code, const char *text)
{
    (void)code;
    (void)text;
    ((void (*)(void))(uintptr_t)ctx)();
}

void hox__digest_when_ended(void (*ended)(void))
{
    gcry_set_fatalerror_handler(end, (void *)(uintptr_t)ended);
}

/* The library wants this once, before anything else; it is idempotent and cheap afterwards. */
static void start_library(void)
{
    if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
        return;
    gcry_check_version(NULL);
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

hox__digest *hox__digest_new(void)
{
    start_library();
    hox__digest *digest = hox__alloc(1, sizeof *digest);
    if (digest && gcry_md_open(&digest->md, GCRY_MD_SHA256, 0)) {
        hox__free(digest);
        digest = NULL;
    }
    return digest;
}

void hox__digest_add(hox__digest *digest, const void *data, size_t n)
{
    gcry_md_write(digest->md, data, n);
}

void hox__digest_add_text(hox__digest *digest, const char *s)
{
    hox__digest_add(digest, s, strlen(s) + 1);
}

void hox__digest_get(hox__digest *digest, uint8_t out[HOX__DIGEST_BYTES])
{
    memcpy(out, gcry_md_read(digest->md, GCRY_MD_SHA256), HOX__DIGEST_BYTES);
}

void hox__digest_free(hox__digest *digest)
{
    if (!digest)
        return;
    gcry_md_close(digest->md);
    hox__free(digest);
}

void hox__digest_of(const void *data, size_t n, uint8_t out[HOX__DIGEST_BYTES])
{
    start_library();
    gcry_md_hash_buffer(GCRY_MD_SHA256, out, data, n);
}

void hox__digest_hex(const uint8_t digest[HOX__DIGEST_BYTES], char out[HOX__DIGEST_HEX])
{
    for (int i = 0; i < HOX__DIGEST_BYTES; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[2 * HOX__DIGEST_BYTES] = '\0';
}
