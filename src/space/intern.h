/* Numbers for short keys: equal keys of 32-bit words get the same number, counted from 1. Each
 * number carries a pointer of the caller's. */
#ifndef HOX_SPACE_INTERN_H
#define HOX_SPACE_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t *pool; /* keys, one behind the other */
    size_t pool_n, pool_cap;
    struct hox__intern_entry *entry; /* [n + 1], entry 0 unused */
    size_t n, cap;
    uint32_t *slot; /* open addressing, linear probing; [slots], a power of two */
    size_t slots;
    bool failed; /* memory was short once */
} hox__intern;

/* 0 when memory is short. */
uint32_t hox__intern_id(hox__intern *table, const uint32_t *key, size_t n);
const uint32_t *hox__intern_key(const hox__intern *table, uint32_t id, size_t *n);
void **hox__intern_value(hox__intern *table, uint32_t id);
void hox__intern_clear(hox__intern *table); /* keeps the memory */
void hox__intern_deinit(hox__intern *table);

#endif
