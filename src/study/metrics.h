/* Metrics in what a program says. A metric has a name and a place where it is read:
 *
 *   auto           a JSON line with that key, else NAME [:=] NUMBER in a line, or a report
 *   re:PATTERN     first group, or the group `value`; the group `step` is the step
 *   json:a.b       that key in JSON lines
 *   file:F#key     that key of a JSON or CSV file, read while it grows and after the end
 *   exit time memory   the exit status, wall seconds, peak bytes
 *   report         what came over the channel
 */
#ifndef HOX_STUDY_METRICS_H
#define HOX_STUDY_METRICS_H

#include "base/arena.h"
#include <hox/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    HOX__METRIC_AUTO,
    HOX__METRIC_PATTERN,
    HOX__METRIC_JSON,
    HOX__METRIC_FILE,
    HOX__METRIC_EXIT,
    HOX__METRIC_TIME,
    HOX__METRIC_MEMORY,
    HOX__METRIC_REPORT,
} hox__metric_kind;

typedef struct {
    const char *name;
    hox__metric_kind kind;
    const char *file, *key; /* FILE; JSON: key */
    void *pattern;          /* compiled */
} hox__metric;

/* HOX_ERR_ARGUMENT: the specification or its pattern is wrong, and where. */
hox_status hox__metric_read(const char *name, const char *spec, hox__arena *arena,
                            hox__metric *metric, hox_error *err);
void hox__metric_free(hox__metric *metric);

/* ---- reading ---- */

enum { HOX__METRICS_MAX = 16, HOX__SEEN_MAX = 24 };

typedef enum { HOX__FROM_OUTPUT, HOX__FROM_CHANNEL, HOX__FROM_FILE } hox__line_source;

typedef struct {
    char name[40];
    int64_t times;
} hox__seen;

typedef struct {
    const hox__metric *metric; /* [n]; the first is what the study wants */
    int n;
    double value[HOX__METRICS_MAX]; /* the latest; NaN: none yet, or not a number */
    bool known[HOX__METRICS_MAX];
    int64_t step, reports;         /* of the latest report; how many there were */
    hox__seen seen[HOX__SEEN_MAX]; /* other names with numbers */
    int seen_n;
} hox__metric_reader;

void hox__metric_reader_begin(hox__metric_reader *reader, const hox__metric *metric, int n);

/* One line, without its end. `file`: that of a FROM_FILE line. True: the first metric was in it;
 * reader->value and step are those of a report then. */
bool hox__metric_reader_line(hox__metric_reader *reader, hox__line_source from, const char *file,
                             const char *line, size_t n);

/* A whole file: CSV with a header, JSON lines, or one JSON text. Lines before *done were read
 * before; *done is moved. Calls `report` for each report in it. `last`: it will not grow. */
void hox__metric_reader_file(hox__metric_reader *reader, const char *file, const char *text,
                             size_t n, size_t *done, bool last, void (*report)(void *ctx),
                             void *ctx);

/* A number as programs print them: 0.87 -1e-3 nan inf Infinity; *used characters, 0: none. */
double hox__metric_number(const char *s, size_t n, size_t *used);

/* "loss 10 times, accuracy 10 times: did you mean --max accuracy?"; of what was wanted. */
void hox__metric_reader_say_seen(const hox__metric_reader *reader, char *out, size_t size);

#endif
