/* Columns, words, vocabularies. */
#include "data/schema.h"
#include "base/alloc.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 1 << 28 };

hox__schema *hox__schema_new(hox__kind kind, hox__target target)
{
    hox__arena *arena = hox__arena_new(BYTES_MAX);
    hox__schema *schema = arena ? HOX__NEW(arena, hox__schema) : NULL;
    if (!schema) {
        hox__arena_free(arena);
        return NULL;
    }
    *schema = (hox__schema){
        .arena = arena, .owners = 1, .kind = kind, .target = target, .target_column = -1};
    return schema;
}

hox__schema *hox__schema_share(hox__schema *schema)
{
    schema->owners++;
    return schema;
}

void hox__schema_free(hox__schema *schema)
{
    if (!schema || --schema->owners > 0)
        return;
    for (int j = 0; schema->column && j < schema->columns; j++)
        hox__table_free(schema->column[j].words.code);
    hox__table_free(schema->class_code.code);
    hox__table_free(schema->vocabulary.code);
    hox__arena_free(schema->arena);
}

bool hox__words_set(hox__schema *schema, hox__words *words, const char *const *word, int n)
{
    const char **copy = HOX__NEW_N(schema->arena, const char *, (size_t)n + 1);
    hox__table *code = hox__table_new();
    bool good = copy && code;
    for (int i = 0; good && i < n; i++) {
        copy[i] = hox__arena_copy(schema->arena, word[i], strlen(word[i]));
        good = copy[i] && hox__table_puts(code, word[i], (void *)(intptr_t)(i + 1));
    }
    if (!good) {
        hox__table_free(code);
        return false;
    }
    hox__table_free(words->code);
    *words = (hox__words){n, copy, code};
    return true;
}

static int32_t code_of(const hox__words *words, const char *word, size_t n)
{
    return words->code ? (int32_t)(intptr_t)hox__table_get(words->code, word, n) : 0;
}

typedef struct {
    const char *word;
    intptr_t count;
} counted;

static int by_count(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->word, y->word);
}

bool hox__words_set_frequent(hox__schema *schema, hox__words *words, const hox__table *seen,
                             int most, int (*before)(const void *, const void *))
{
    const size_t n = seen ? hox__table_count(seen) : 0;
    const int kept = n < (size_t)most ? (int)n : most;
    counted *all = hox__alloc(n + 1, sizeof *all);
    const char **word = hox__alloc(n + 1, sizeof *word);
    bool good = all && word;
    for (size_t i = 0; good && i < n; i++) {
        const char *key;
        size_t len;
        all[i].count = (intptr_t)hox__table_at(seen, i, &key, &len);
        hox__text clean = {0}; /* words of a file that is no UTF-8 */
        hox__text_utf8(&clean, key, len);
        all[i].word = hox__arena_copy(schema->arena, hox__text_get(&clean), clean.len);
        good = all[i].word && !clean.failed;
        hox__text_deinit(&clean);
    }
    if (good) {
        qsort(all, n, sizeof *all, by_count);
        for (int i = 0; i < kept; i++)
            word[i] = all[i].word;
        qsort(word, (size_t)kept, sizeof *word, before);
        good = hox__words_set(schema, words, word, kept);
    }
    hox__free(all);
    hox__free(word);
    return good;
}

int32_t hox__words_find(const hox__words *words, const char *word, size_t n)
{
    const int32_t code = code_of(words, word, n);
    bool plain = true;
    for (size_t i = 0; i < n && plain; i++)
        plain = (unsigned char)word[i] < 0x80;
    if (code || plain)
        return code;
    hox__text clean = {0};
    hox__text_utf8(&clean, word, n);
    const int32_t again = clean.failed ? -1 : code_of(words, hox__text_get(&clean), clean.len);
    hox__text_deinit(&clean);
    return again;
}

static int64_t columns_of(const hox__schema *schema, hox__column_kind kind)
{
    int64_t n = 0;
    for (int j = 0; schema->column && j < schema->columns; j++)
        n += j != schema->target_column && schema->column[j].kind == kind;
    return n;
}

int64_t hox__schema_numbers(const hox__schema *schema)
{
    return columns_of(schema, HOX__COLUMN_NUMBER);
}

int64_t hox__schema_categories(const hox__schema *schema)
{
    return columns_of(schema, HOX__COLUMN_CATEGORY);
}

int64_t hox__schema_vocabulary(const hox__schema *schema)
{
    return schema->level == HOX__LEVEL_BYTE ? 257 : schema->vocabulary.n + 1;
}

int64_t hox__embedding_width(int64_t cardinality)
{
    const int64_t half = (cardinality + 1) / 2;
    return half < 1 ? 1 : half > 16 ? 16 : half;
}

static int64_t width_of(const hox__schema *schema, const hox__schema_column *column)
{
    if (column->kind == HOX__COLUMN_NUMBER)
        return 1 + column->missing;
    if (column->kind == HOX__COLUMN_UNUSED)
        return 0;
    return schema->embed ? hox__embedding_width(column->words.n + 1)
                         : column->words.n + column->missing;
}

void hox__schema_facts(const hox__schema *schema, hox_facts *facts)
{
    *facts = (hox_facts){.classes = schema->target == HOX__VALUE ? 1 : schema->classes};
    if (schema->kind == HOX__TOKENS) {
        facts->length = schema->length;
        facts->vocabulary = hox__schema_vocabulary(schema);
        if (schema->target == HOX__NEXT)
            facts->classes = facts->vocabulary;
    }
    for (int j = 0; schema->column && j < schema->columns; j++)
        if (j != schema->target_column)
            facts->features += width_of(schema, &schema->column[j]);
}
