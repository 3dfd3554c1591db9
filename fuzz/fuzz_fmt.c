/* room: lang */
/* Any bytes: what parses can be formatted; the new layout parses, says the same, keeps every
 * comment, and stays as it is when formatted again. */
#include "base/text.h"
#include "lang/diagnose.h"
#include "lang/format.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    bool good;        /* it parses */
    size_t comments;  /* bytes of comments that the tree holds, white space aside */
    hox__text said;   /* the tree without comments */
    hox__text layout; /* as `hox fmt` writes it */
} formatted;

static size_t letters(const char *s)
{
    size_t n = 0;
    for (; s && *s; s++)
        n += *s != ' ' && *s != '\t' && *s != '\n' && *s != '\r';
    return n;
}

static formatted format(const char *text, size_t n)
{
    formatted f = {0};
    hox__arena *arena = hox__arena_new(256 << 20);
    hox_diagnostics *list = hox_diagnostics_new();
    const hox__tree *tree = arena && list ? hox__parse(arena, "fuzz", text, n, list) : NULL;
    f.good = tree && hox_diagnostics_errors(list) == 0;
    for (int i = 0; f.good && i < tree->n; i++) {
        hox__print_item(&f.said, &tree->item[i]);
        hox__text_putc(&f.said, '\n');
        f.comments += letters(tree->item[i].comment_before) + letters(tree->item[i].comment_after);
    }
    if (f.good) {
        f.comments += letters(tree->comment_end);
        hox__format_tree(&f.layout, tree);
    }
    hox_diagnostics_free(list);
    hox__arena_free(arena);
    return f;
}

static void done(formatted *f)
{
    hox__text_deinit(&f->said);
    hox__text_deinit(&f->layout);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    formatted once = format((const char *)data, size);
    if (once.good) {
        formatted twice = format(hox__text_get(&once.layout), once.layout.len);
        if (!twice.good || strcmp(hox__text_get(&once.said), hox__text_get(&twice.said)) != 0 ||
            once.comments != twice.comments ||
            strcmp(hox__text_get(&once.layout), hox__text_get(&twice.layout)) != 0)
            abort();
        done(&twice);
    }
    done(&once);
    return 0;
}
