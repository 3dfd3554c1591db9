/* Open addressing over an array of entries kept in order of insertion; load at most 1/2. */
#include "base/table.h"
#include "base/alloc.h"
#include <string.h>

typedef struct {
    char *key;
    size_t n;
    uint64_t hash;
    void *value;
} entry;

struct hox__table {
    entry *entry; /* [count] */
    size_t count, cap;
    uint32_t *slot; /* [slots]: index + 1 into entry, 0 free */
    size_t slots;   /* a power of two */
};

/* Eight bytes at a time, then the finalizer of splitmix64 (Steele, Lea, Flood, OOPSLA 2014): the
 * last letters of a key are the high bits of its last word, and low bits choose the slot. */
static uint64_t hash_of(const void *key, size_t n)
{
    const unsigned char *p = key;
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ n;
    for (; n > 0; n -= n < 8 ? n : 8, p += 8) {
        uint64_t x = 0;
        memcpy(&x, p, n < 8 ? n : 8);
        h = (h ^ x) * UINT64_C(0xbf58476d1ce4e5b9);
        h ^= h >> 32;
    }
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 31;
}

hox__table *hox__table_new(void)
{
    return hox__alloc(1, sizeof(hox__table));
}

void hox__table_free(hox__table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->count; i++)
        hox__free(table->entry[i].key);
    hox__free(table->entry);
    hox__free(table->slot);
    hox__free(table);
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t find(const hox__table *table, const void *key, size_t n, uint64_t hash)
{
    size_t s = hash & (table->slots - 1);
    for (;; s = (s + 1) & (table->slots - 1)) {
        if (!table->slot[s])
            return s;
        const entry *e = &table->entry[table->slot[s] - 1];
        if (e->hash == hash && e->n == n && (n == 0 || memcmp(e->key, key, n) == 0))
            return s;
    }
}

static bool grow_slots(hox__table *table)
{
    const size_t slots = table->slots ? table->slots * 2 : 16;
    uint32_t *slot = hox__alloc(slots, sizeof *slot);
    if (!slot)
        return false;
    hox__free(table->slot);
    table->slot = slot;
    table->slots = slots;
    for (size_t i = 0; i < table->count; i++) {
        size_t s = table->entry[i].hash & (slots - 1);
        while (slot[s])
            s = (s + 1) & (slots - 1);
        slot[s] = (uint32_t)i + 1;
    }
    return true;
}

static bool grow_entries(hox__table *table)
{
    const size_t cap = table->cap ? table->cap * 2 : 8;
    entry *e = hox__realloc(table->entry, cap, sizeof *e);
    if (!e)
        return false;
    table->entry = e;
    table->cap = cap;
    return true;
}

static bool put(hox__table *table, const void *key, size_t n, void *value, bool replace)
{
    if (table->count * 2 >= table->slots && !grow_slots(table))
        return false;
    const uint64_t hash = hash_of(key, n);
    const size_t s = find(table, key, n, hash);
    if (table->slot[s]) {
        entry *there = &table->entry[table->slot[s] - 1];
        there->value = replace ? value : there->value;
        return true;
    }
    if (table->count == table->cap && !grow_entries(table))
        return false;
    char *copy = hox__alloc(n + 1, 1);
    if (!copy)
        return false;
    if (n)
        memcpy(copy, key, n);
    table->entry[table->count++] = (entry){copy, n, hash, value};
    table->slot[s] = (uint32_t)table->count;
    return true;
}

bool hox__table_put(hox__table *table, const void *key, size_t n, void *value)
{
    return put(table, key, n, value, true);
}

bool hox__table_add(hox__table *table, const void *key, size_t n, void *value)
{
    return put(table, key, n, value, false);
}

static const entry *lookup(const hox__table *table, const void *key, size_t n)
{
    if (!table->count)
        return NULL;
    const size_t s = find(table, key, n, hash_of(key, n));
    return table->slot[s] ? &table->entry[table->slot[s] - 1] : NULL;
}

void *hox__table_get(const hox__table *table, const void *key, size_t n)
{
    const entry *e = lookup(table, key, n);
    return e ? e->value : NULL;
}

bool hox__table_has(const hox__table *table, const void *key, size_t n)
{
    return lookup(table, key, n) != NULL;
}

size_t hox__table_count(const hox__table *table)
{
    return table->count;
}

void *hox__table_at(const hox__table *table, size_t i, const char **key, size_t *n)
{
    const entry *e = &table->entry[i];
    if (key)
        *key = e->key;
    if (n)
        *n = e->n;
    return e->value;
}

bool hox__table_puts(hox__table *table, const char *key, void *value)
{
    return hox__table_put(table, key, strlen(key), value);
}

void *hox__table_gets(const hox__table *table, const char *key)
{
    return hox__table_get(table, key, strlen(key));
}
