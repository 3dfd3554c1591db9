/* What the readers of tables and texts learn from a training file, and every later file is read by:
 * columns and the words of categories, the vocabulary of a text, the names of the classes. */
#ifndef HOX_DATA_SCHEMA_H
#define HOX_DATA_SCHEMA_H

#include "base/arena.h"
#include "base/table.h"
#include "data/examples.h"

/* Words with codes: word[0] has code 1, since 0 is what is missing or was never seen. */
typedef struct {
    int n;
    const char *const *word; /* [n], UTF-8, NUL-terminated */
    hox__table *code;        /* word -> its code as an integer in the pointer */
} hox__words;

typedef enum { HOX__COLUMN_NUMBER, HOX__COLUMN_CATEGORY, HOX__COLUMN_UNUSED } hox__column_kind;

typedef struct {
    const char *name;
    hox__column_kind kind;
    bool missing;     /* some value of the training file was: then a column says where */
    hox__words words; /* CATEGORY */
} hox__schema_column;

typedef enum { HOX__LEVEL_BYTE, HOX__LEVEL_CHAR, HOX__LEVEL_WORD } hox__level;

struct hox__schema {
    hox__arena *arena;
    int owners;
    hox__kind kind;
    hox__target target;
    int classes;
    const char *const *class_name; /* [classes] or NULL */
    hox__words class_code;         /* code c + 1 is class c */
    /* FEATURES from a table of text */
    int columns, target_column; /* -1: none */
    hox__schema_column *column; /* [columns], as in the file; NULL: the columns have no names */
    bool header, embed;
    char separator;
    int missing_words;
    const char *const *missing_word; /* the words that mean: no value */
    /* TOKENS */
    hox__level level;
    int64_t length;
    hox__words vocabulary;
};

hox__schema *hox__schema_new(hox__kind kind, hox__target target); /* NULL: memory */
hox__schema *hox__schema_share(hox__schema *schema);              /* one more hox__schema_free() */
void hox__schema_free(hox__schema *schema);

/* Words of `word[n]`, copied; false: memory. */
bool hox__words_set(hox__schema *schema, hox__words *words, const char *const *word, int n);
/* The `most` most frequent words of `seen` (word -> how often; words equally frequent by their
 * bytes), cleaned to UTF-8, in the order of `before` (qsort over const char *). false: memory. */
bool hox__words_set_frequent(hox__schema *schema, hox__words *words, const hox__table *seen,
                             int most, int (*before)(const void *, const void *));
/* 0: none of them; -1: no memory. Words are kept as UTF-8; one that is none is found by what it
 * became. */
int32_t hox__words_find(const hox__words *words, const char *word, size_t n);

/* Columns of examples: numbers, then categories, in the order of the file. */
int64_t hox__schema_numbers(const hox__schema *schema);
int64_t hox__schema_categories(const hox__schema *schema);

/* Codes of a text: one more than its words; 257 of bytes. */
int64_t hox__schema_vocabulary(const hox__schema *schema);

/* How wide the embedding of a column with so many codes is: half as wide, at most 16 (Guo,
 * Berkhahn, 2016, choose below the number of codes; the cap keeps wide columns cheap). */
int64_t hox__embedding_width(int64_t cardinality);

/* What the space is told. */
void hox__schema_facts(const hox__schema *schema, hox_facts *facts);

#endif
