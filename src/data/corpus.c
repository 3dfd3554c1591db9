/* Text as tokens: bytes, characters or words.
 *
 *   byte  token = any byte, code 1 + byte
 *   char  token = a character of UTF-8
 *   word  token = line end | mark | what white space and marks leave, where marks are taken off
 * only at the ends of something that holds a letter, a digit or more than one byte:
 *         `"Well," he said` is  " Well , " he said  and `<unk>` and `@-@` stay whole
 */
#include "data/corpus.h"
#include "data/set.h"
#include <string.h>

enum { DISTINCT_MAX = 1 << 21, WORD_BYTES_MAX = 256 };

typedef struct {
    const hox__bytes *file;
    hox__level level;
    size_t at;
    size_t word_end; /* WORD: end of the run of visible characters that `at` stands in */
    hox_error *err;
} lexer;

/* ---- tokens ---- */

/* Bytes of the character at s[0..n), 0 when it is none of UTF-8 (RFC 3629). */
static size_t character(const uint8_t *s, size_t n)
{
    if (s[0] < 0x80)
        return 1;
    const size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0xc2 || s[0] > 0xf4 || n < len)
        return 0;
    uint32_t code = s[0] & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3f);
    }
    return code < least[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : len;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool is_mark(uint8_t c)
{
    return c && strchr(".,;:!?\"'()[]{}", c);
}

static bool is_inner(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80;
}

/* The token of a run of visible characters that begins at `at`: a mark in front, the middle, a mark
 * behind. */
static size_t piece(const lexer *l)
{
    const uint8_t *s = l->file->data;
    size_t end = l->word_end;
    if (is_mark(s[l->at]))
        return 1;
    for (size_t i = end; i > l->at; i--)
        if (is_inner(s[i - 1])) {
            end = i;
            break;
        }
    for (size_t i = end; i < l->word_end && !is_mark(s[i]); i++)
        end = i + 1; /* marks come off, other signs stay */
    const size_t n = end - l->at;
    return n < WORD_BYTES_MAX ? n : WORD_BYTES_MAX;
}

static size_t word(lexer *l)
{
    const uint8_t *s = l->file->data;
    while (l->at < l->file->n && is_space(s[l->at]))
        l->at++;
    if (l->at >= l->file->n)
        return 0;
    if (s[l->at] == '\n')
        return 1;
    if (l->word_end <= l->at)
        for (l->word_end = l->at;
             l->word_end < l->file->n && !is_space(s[l->word_end]) && s[l->word_end] != '\n';)
            l->word_end++;
    return piece(l);
}

/* The next token: HOX_OK, HOX_DONE, or an error at a byte. */
static hox_status next(lexer *l, const char **token, size_t *n)
{
    if (l->level == HOX__LEVEL_WORD)
        *n = word(l);
    else if (l->at >= l->file->n)
        *n = 0;
    else if (l->level == HOX__LEVEL_BYTE)
        *n = 1;
    else if ((*n = character(l->file->data + l->at, l->file->n - l->at)) == 0)
        return hox_fail_code(l->err, HOX_ERR_DATA, "E0502",
                             "%s: byte %zu: no character of UTF-8\nlevel: byte takes any bytes",
                             l->file->name, l->at);
    if (*n == 0)
        return HOX_DONE;
    *token = (const char *)l->file->data + l->at;
    if (l->level != HOX__LEVEL_BYTE && !**token)
        return hox_fail_code(l->err, HOX_ERR_DATA, "E0502",
                             "%s: byte %zu: a zero byte: not a text\nlevel: byte takes any bytes",
                             l->file->name, l->at);
    l->at += *n;
    return HOX_OK;
}

/* ---- the vocabulary ---- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static hox_status no_memory(const hox__bytes *file, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory for its text", file->name);
}

static hox_status count(const hox__bytes *file, hox__level level, hox__table *seen, hox_error *err)
{
    lexer l = {.file = file, .level = level, .err = err};
    const char *token = "";
    size_t n = 0;
    hox_status status;
    while ((status = next(&l, &token, &n)) == HOX_OK) {
        const intptr_t before = (intptr_t)hox__table_get(seen, token, n);
        if (!before && hox__table_count(seen) >= DISTINCT_MAX)
            continue;
        if (!hox__table_put(seen, token, n, (void *)(before + 1)))
            return no_memory(file, err);
    }
    return status == HOX_DONE ? HOX_OK : status;
}

hox_status hox__corpus_learn(const hox__bytes *file, const hox__corpus_options *options,
                             hox__schema **out, hox_error *err)
{
    hox__schema *schema = hox__schema_new(HOX__TOKENS, HOX__NEXT);
    hox__table *seen = hox__table_new();
    const bool bytes = options->level == HOX__LEVEL_BYTE;
    hox_status status = schema && seen ? HOX_OK : no_memory(file, err);
    if (status == HOX_OK && !bytes)
        status = count(file, options->level, seen, err);
    if (status == HOX_OK && !bytes &&
        !hox__words_set_frequent(
            schema, &schema->vocabulary, seen,
            options->level == HOX__LEVEL_WORD ? options->vocabulary_max : DISTINCT_MAX, by_bytes))
        status = no_memory(file, err);
    hox__table_free(seen);
    if (status != HOX_OK) {
        hox__schema_free(schema);
        return status;
    }
    schema->level = options->level;
    schema->length = options->length;
    schema->classes = (int)hox__schema_vocabulary(schema);
    *out = schema;
    return HOX_OK;
}

/* ---- examples ---- */

static int32_t code_of(const hox__schema *schema, const char *token, size_t n)
{
    if (schema->level == HOX__LEVEL_BYTE)
        return 1 + (uint8_t)*token;
    return hox__words_find(&schema->vocabulary, token, n);
}

static hox_status count_tokens(const hox__bytes *file, const hox__schema *schema, int64_t *n,
                               hox_error *err)
{
    lexer l = {.file = file, .level = schema->level, .err = err};
    const char *token = "";
    size_t len = 0;
    hox_status status;
    *n = 0;
    while ((status = next(&l, &token, &len)) == HOX_OK)
        ++*n;
    if (status == HOX_DONE && *n <= schema->length)
        return hox_fail_code(err, HOX_ERR_DATA, "E0502",
                             "%s: %lld tokens, but an example has %lld and is followed by one\n"
                             "length: makes examples shorter",
                             file->name, (long long)*n, (long long)schema->length);
    return status == HOX_DONE ? HOX_OK : status;
}

hox_status hox__corpus_read(const hox__bytes *file, hox__schema *schema, hox__examples **out,
                            hox_error *err)
{
    int64_t tokens;
    hox_status status = count_tokens(file, schema, &tokens, err);
    if (status != HOX_OK)
        return status;
    hox__examples *x = hox__examples_new(HOX__TOKENS, HOX__NEXT);
    const int64_t n = (tokens - 1) / schema->length, used = n * schema->length + 1;
    int32_t *code = x ? hox__examples_array(x, used, sizeof *code) : NULL;
    if (!code) {
        hox__examples_free(x);
        return no_memory(file, err);
    }
    lexer l = {.file = file, .level = schema->level, .err = err};
    const char *token = "";
    size_t len = 0;
    for (int64_t i = 0; i < used && next(&l, &token, &len) == HOX_OK; i++)
        if ((code[i] = code_of(schema, token, len)) < 0) {
            hox__examples_free(x);
            return no_memory(file, err);
        }
    x->n = n;
    x->codes = code;
    x->length = schema->length;
    x->vocabulary = hox__schema_vocabulary(schema);
    x->classes = (int)x->vocabulary;
    hox__examples_describe(x, schema);
    *out = x;
    return HOX_OK;
}
