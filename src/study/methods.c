#include "study/methods.h"
#include "base/text.h"
#include <stdio.h>
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

enum { SCHEME_COUNT = sizeof schemes / sizeof schemes[0] };

const hox__scheme *hox__scheme_all(int *n)
{
    *n = SCHEME_COUNT;
    return schemes;
}

const hox__scheme *hox__scheme_find(const char *name)
{
    for (int i = 0; i < SCHEME_COUNT; i++)
        if (same_name(schemes[i].name, name))
            return &schemes[i];
    return NULL;
}

hox_status hox__strategy_unknown(const char *name, hox_error *err)
{
    const char *names[METHOD_COUNT + SCHEME_COUNT];
    for (int i = 0; i < METHOD_COUNT; i++)
        names[i] = methods[i]->name;
    for (int i = 0; i < SCHEME_COUNT; i++)
        names[METHOD_COUNT + i] = schemes[i].name;
    const char *near = hox__nearest(name, names, METHOD_COUNT + SCHEME_COUNT);
    if (near)
        return hox_fail(err, HOX_ERR_ARGUMENT, "unknown strategy `%s`\ndid you mean `%s`?", name,
                        near);
    return hox_fail(err, HOX_ERR_ARGUMENT, "unknown strategy `%s`\n`hox strategies` lists them",
                    name);
}

hox_status hox__strategy_check(const char *text, hox_error *err)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, "( "), text);
    return hox__strategy_find(name) || hox__scheme_find(name) ? HOX_OK
                                                              : hox__strategy_unknown(name, err);
}
