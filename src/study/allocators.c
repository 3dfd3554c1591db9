#include "study/allocator.h"

#define HOX_ALLOCATOR(name) extern const hox_allocator hox__allocator_##name;
#include "study/allocators.def"
#undef HOX_ALLOCATOR

static const hox_allocator *const allocators[] = {
#define HOX_ALLOCATOR(name) &hox__allocator_##name,
#include "study/allocators.def"
#undef HOX_ALLOCATOR
};

enum { ALLOCATOR_COUNT = sizeof allocators / sizeof allocators[0] };

static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !(*b == '-' && *a == '_'))
            return false;
    return *a == *b;
}

const hox_allocator *hox__allocator_find(const char *name)
{
    for (int i = 0; i < ALLOCATOR_COUNT; i++)
        if (same_name(allocators[i]->name, name))
            return allocators[i];
    return NULL;
}

const hox_allocator *const *hox__allocator_all(int *n)
{
    *n = ALLOCATOR_COUNT;
    return allocators;
}
