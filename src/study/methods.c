#include "study/methods.h"
#include <string.h>

#define HOX_METHOD(room, name) extern const hox_strategy hox__strategy_##name;
#include "study/methods.def"
#undef HOX_METHOD

static const hox_strategy *const methods[] = {
#define HOX_METHOD(room, name) &hox__strategy_##name,
#include "study/methods.def"
#undef HOX_METHOD
};

enum { METHOD_COUNT = sizeof methods / sizeof methods[0] };

/* `genetic-cnn` on the command line is `genetic_cnn` in the language (decisions 2.13). */
static int same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !(*b == '-' && *a == '_'))
            return 0;
    return *a == *b;
}

const hox_strategy *hox__strategy_find(const char *name)
{
    for (int i = 0; i < METHOD_COUNT; i++)
        if (same_name(methods[i]->name, name))
            return methods[i];
    return NULL;
}

const hox_strategy *const *hox__strategy_all(int *n)
{
    *n = METHOD_COUNT;
    return methods;
}

static const hox__scheme schemes[] = {
#define HOX_SCHEME(name, strategy, allocator, source, summary)                                     \
    {#name, strategy, allocator, source, summary},
#include "study/schemes.def"
#undef HOX_SCHEME
};

const hox__scheme *hox__scheme_all(int *n)
{
    *n = (int)(sizeof schemes / sizeof schemes[0]);
    return schemes;
}

const hox__scheme *hox__scheme_find(const char *name)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (same_name(schemes[i].name, name))
            return &schemes[i];
    return NULL;
}
