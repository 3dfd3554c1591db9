#include "space/intern.h"
#include "base/alloc.h"
#include <string.h>

struct hox__intern_entry {
    uint32_t at, n;
    uint64_t hash;
    void *value;
};

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

/* Two words a step. */
static uint64_t hash_of(const uint32_t *key, size_t n)
{
    uint64_t h = n * 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i + 1 < n; i += 2) {
        h = (h ^ (key[i] | (uint64_t)key[i + 1] << 32)) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    return mix(n % 2 ? (h ^ key[n - 1]) * 0x9e3779b97f4a7c15u : h);
}

static bool grow_slots(hox__intern *t)
{
    size_t slots = t->slots ? 2 * t->slots : 256;
    uint32_t *slot = hox__alloc(slots, sizeof *slot);
    if (!slot)
        return false;
    for (uint32_t id = 1; id <= t->n; id++) {
        size_t at = t->entry[id].hash & (slots - 1);
        while (slot[at])
            at = (at + 1) & (slots - 1);
        slot[at] = id;
    }
    hox__free(t->slot);
    t->slot = slot;
    t->slots = slots;
    return true;
}

static bool grow(hox__intern *t, size_t key_words)
{
    if (t->n + 2 > t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 128;
        struct hox__intern_entry *entry = hox__realloc(t->entry, cap, sizeof *entry);
        if (!entry)
            return false;
        t->entry = entry;
        t->cap = cap;
    }
    if (t->pool_n + key_words > t->pool_cap) {
        size_t cap = 2 * t->pool_cap + key_words + 512;
        uint32_t *pool = hox__realloc(t->pool, cap, sizeof *pool);
        if (!pool)
            return false;
        t->pool = pool;
        t->pool_cap = cap;
    }
    return 2 * (t->n + 1) <= t->slots || grow_slots(t);
}

uint32_t hox__intern_id(hox__intern *t, const uint32_t *key, size_t n)
{
    uint64_t hash = hash_of(key, n);
    size_t at = 0;
    for (at = t->slots ? hash & (t->slots - 1) : 0; t->slots && t->slot[at];
         at = (at + 1) & (t->slots - 1)) {
        const struct hox__intern_entry *e = &t->entry[t->slot[at]];
        if (e->hash == hash && e->n == n && !memcmp(t->pool + e->at, key, n * sizeof *key))
            return t->slot[at];
    }
    if (!grow(t, n) || t->pool_n > UINT32_MAX - n) {
        t->failed = true;
        return 0;
    }
    uint32_t id = (uint32_t)++t->n;
    t->entry[id] = (struct hox__intern_entry){(uint32_t)t->pool_n, (uint32_t)n, hash, NULL};
    memcpy(t->pool + t->pool_n, key, n * sizeof *key);
    t->pool_n += n;
    for (at = hash & (t->slots - 1); t->slot[at]; at = (at + 1) & (t->slots - 1))
        ;
    t->slot[at] = id;
    return id;
}

const uint32_t *hox__intern_key(const hox__intern *t, uint32_t id, size_t *n)
{
    if (n)
        *n = t->entry[id].n;
    return t->pool + t->entry[id].at;
}

void **hox__intern_value(hox__intern *t, uint32_t id)
{
    return &t->entry[id].value;
}

void hox__intern_clear(hox__intern *t)
{
    t->n = t->pool_n = 0;
    if (t->slots)
        memset(t->slot, 0, t->slots * sizeof *t->slot);
    t->failed = false;
}

void hox__intern_deinit(hox__intern *t)
{
    hox__free(t->pool);
    hox__free(t->entry);
    hox__free(t->slot);
    *t = (hox__intern){0};
}
