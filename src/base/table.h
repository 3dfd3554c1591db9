/* Hash table from byte strings to pointers; keeps the order of insertion. */
#ifndef HOX_BASE_TABLE_H
#define HOX_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hox__table hox__table;

hox__table *hox__table_new(void); /* NULL when memory is short */
void hox__table_free(hox__table *table);

/* Keys are copied. Put replaces what is there, add leaves it; false when memory is short (the table
 * is unchanged then). */
bool hox__table_put(hox__table *table, const void *key, size_t n, void *value);
bool hox__table_add(hox__table *table, const void *key, size_t n, void *value);
void *hox__table_get(const hox__table *table, const void *key, size_t n); /* NULL: absent */
bool hox__table_has(const hox__table *table, const void *key, size_t n);

/* The i-th entry in order of insertion, 0 <= i < count. `key` and `n` may be NULL. */
size_t hox__table_count(const hox__table *table);
void *hox__table_at(const hox__table *table, size_t i, const char **key, size_t *n);

/* Short forms for NUL-terminated keys. */
bool hox__table_puts(hox__table *table, const char *key, void *value);
void *hox__table_gets(const hox__table *table, const char *key);

#endif
