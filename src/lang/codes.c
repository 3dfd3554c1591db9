/* The table of codes, for `hox explain`. */
#include "lang/diagnose.h"
#include <string.h>

static const hox__code codes[] = {
#define HOX_CODE(code, title, text, wrong, right) {code, title, text, wrong, right},
#include "lang/codes.def"
#undef HOX_CODE
};

enum { CODE_COUNT = sizeof codes / sizeof codes[0] };

const hox__code *hox__code_at(int i)
{
    return i >= 0 && i < CODE_COUNT ? &codes[i] : NULL;
}

const hox__code *hox__code_find(const char *code)
{
    for (int i = 0; i < CODE_COUNT; i++)
        if (strcmp(codes[i].code, code) == 0)
            return &codes[i];
    return NULL;
}
