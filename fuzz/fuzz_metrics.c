/* room: study */
/* The first line is the specification of a metric, the rest what a program prints: lines and a
 * file. Whatever they are, reading ends, and a value is a value. */
#include "study/metrics.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *ctx)
{
    ++*(int *)ctx;
}

static void read_all(hox__metric_reader *r, const char *text, size_t n)
{
    static const hox__line_source from[] = {HOX__FROM_OUTPUT, HOX__FROM_CHANNEL, HOX__FROM_FILE};
    char said[200];
    size_t done = 0;
    int reports = 0, line = 0;
    for (const char *p = text; p < text + n; line++) {
        const char *end = memchr(p, '\n', (size_t)(text + n - p));
        const size_t len = end ? (size_t)(end - p) : (size_t)(text + n - p);
        const bool got = hox__metric_reader_line(r, from[line % 3], "f.csv", p, len);
        if (got && !r->known[0])
            abort();
        p += len + 1;
    }
    hox__metric_reader_file(r, "f.csv", text, n / 2, &done, false, count, &reports);
    hox__metric_reader_file(r, "f.csv", text, n, &done, true, count, &reports);
    if (done > n)
        abort();
    hox__metric_reader_say_seen(r, said, sizeof said);
    if (memchr(said, 0, sizeof said) == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char spec[256];
    const uint8_t *end = memchr(data, '\n', size);
    const size_t n = end ? (size_t)(end - data) : size;
    hox__arena *arena = hox__arena_new((size_t)1 << 24);
    hox__metric metric = {0};
    hox_error err = {0};
    if (!arena || n >= sizeof spec) {
        hox__arena_free(arena);
        return 0;
    }
    memcpy(spec, data, n);
    spec[n] = '\0';
    const hox_status status = hox__metric_read("acc", spec, arena, &metric, &err);
    if (status == HOX_OK) {
        hox__metric_reader reader;
        hox__metric_reader_begin(&reader, &metric, 1);
        read_all(&reader, (const char *)data + n, size - n);
        hox__metric_free(&metric);
    } else if (!err.message[0]) {
        abort();
    }
    hox__arena_free(arena);
    return 0;
}
