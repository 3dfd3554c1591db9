/* room: lang */
/* Any bytes: the parser returns; what it accepts prints to a text that prints to itself; findings
 * can be shown. */
#include "base/text.h"
#include "lang/diagnose.h"
#include "lang/print.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *print(const char *text, size_t n, int *errors)
{
    hox__arena *arena = hox__arena_new(256 << 20);
    hox_diagnostics *list = hox_diagnostics_new();
    const hox__tree *tree = arena && list ? hox__parse(arena, "fuzz", text, n, list) : NULL;
    hox__text out = {0};
    *errors = list ? hox_diagnostics_errors(list) : 1;
    if (tree)
        hox__print_tree(&out, tree);
    if (list) {
        hox_text_free(hox_diagnostics_text(list, true));
        hox_text_free(hox_diagnostics_json(list));
    }
    hox_diagnostics_free(list);
    hox__arena_free(arena);
    return hox__text_take(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int errors;
    char *once = print((const char *)data, size, &errors);
    if (once && errors == 0) {
        char *twice = print(once, strlen(once), &errors);
        if (!twice || errors || strcmp(once, twice) != 0)
            abort();
        hox_text_free(twice);
    }
    hox_text_free(once);
    return 0;
}
