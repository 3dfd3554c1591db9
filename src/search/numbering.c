#include "search/numbering.h"
#include "base/alloc.h"

static int64_t first_slot(const hox__numbering *n, uint64_t key)
{
    return (int64_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (n->slots - 1);
}

int64_t hox__numbering_find(const hox__numbering *n, uint64_t key)
{
    if (n->slots == 0)
        return -1;
    for (int64_t i = first_slot(n, key); n->slot[i].number; i = (i + 1) & (n->slots - 1))
        if (n->slot[i].key == key)
            return n->slot[i].number - 1;
    return -1;
}

hox_status hox__numbering_reserve(hox__numbering *n, int64_t keys)
{
    int64_t slots = n->slots ? n->slots : 64;
    while (slots < 2 * keys)
        slots *= 2;
    if (slots == n->slots)
        return HOX_OK;
    hox__numbering wider = {.slot = hox__alloc((size_t)slots, sizeof *wider.slot), .slots = slots};
    if (!wider.slot)
        return HOX_ERR_MEMORY;
    for (int64_t i = 0; i < n->slots; i++)
        if (n->slot[i].number)
            hox__numbering_put(&wider, n->slot[i].key, n->slot[i].number - 1);
    hox__free(n->slot);
    *n = wider;
    return HOX_OK;
}

void hox__numbering_put(hox__numbering *n, uint64_t key, int64_t number)
{
    int64_t i = first_slot(n, key);
    while (n->slot[i].number)
        i = (i + 1) & (n->slots - 1);
    n->slot[i] = (hox__numbered){key, number + 1};
}

void hox__numbering_deinit(hox__numbering *n)
{
    hox__free(n->slot);
    *n = (hox__numbering){0};
}
