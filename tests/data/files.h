/* A folder of its own for a test's files. */
#ifndef HOX_TESTS_FILES_H
#define HOX_TESTS_FILES_H

#include "base/io.h"
#include "hoxtest.h"
#include <hox/space.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char files_folder[64];

static inline int files_begin(void **state)
{
    (void)state;
    strcpy(files_folder, "/tmp/hox-files-XXXXXX");
    return mkdtemp(files_folder) ? 0 : -1;
}

static inline int files_end(void **state)
{
    (void)state;
    return hox__remove_tree(files_folder, NULL) == HOX_OK ? 0 : -1;
}

static inline const char *file_path(const char *name)
{
    static char path[4][200];
    static int k;
    char *p = path[k++ & 3];
    snprintf(p, sizeof path[0], "%s/%s", files_folder, name);
    return p;
}

static inline const char *file_put(const char *name, const void *data, size_t n)
{
    const char *path = file_path(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    fclose(f);
    return path;
}

static inline const char *text_put(const char *name, const char *text)
{
    return file_put(name, text, strlen(text));
}

/* The term CALL word(label: "text", ...) of pairs up to NULL; terms are static, one at a time. */
static inline const hox_term *source_term(const char *word, const char *const *pair)
{
    static hox_term text[8], call;
    static const hox_term *part[8];
    static const char *label[8];
    int n = 0;
    for (; pair[2 * n]; n++) {
        text[n] = (hox_term){.kind = HOX_TERM_TEXT, .name = pair[2 * n + 1], .path = ""};
        part[n] = &text[n];
        label[n] = pair[2 * n];
    }
    call = (hox_term){
        .kind = HOX_TERM_CALL, .name = word, .path = "", .n = n, .part = part, .label = label};
    return &call;
}

#define SOURCE_TERM(word, ...) source_term(word, (const char *const[]){__VA_ARGS__, NULL, NULL})

#endif
