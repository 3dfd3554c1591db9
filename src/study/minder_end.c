/* What became of a program, as the last line of its trial. */
#include "study/command.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *last_line(const hox__minder *m)
{
    return m->lasts ? m->last[(m->lasts - 1) % HOX__LAST_MAX] : "";
}

static hox_status failed(hox__minder *m, const char *reason, const char *text)
{
    hox_error err = {0};
    snprintf(err.message, sizeof err.message, "%.*s", (int)sizeof err.message - 1, text);
    hox__line_failed(m->fd, reason, &err);
    return HOX_ERR_DATA;
}

static bool measures(const hox__minder *m, hox__metric_kind kind)
{
    for (int i = 0; i < m->reader.n; i++)
        if (m->reader.metric[i].kind == kind)
            return true;
    return false;
}

/* Metrics of the process itself, known at its end. */
static bool take_own_metrics(hox__minder *m)
{
    bool first = false;
    for (int i = 0; i < m->reader.n; i++) {
        double value;
        switch (m->reader.metric[i].kind) {
        case HOX__METRIC_EXIT:
            value = m->end.code;
            break;
        case HOX__METRIC_TIME:
            value = m->end.wall_s;
            break;
        case HOX__METRIC_MEMORY:
            value = (double)m->end.memory_peak_bytes;
            break;
        default:
            continue;
        }
        m->reader.value[i] = value;
        m->reader.known[i] = true;
        first |= i == 0;
    }
    return first;
}

static hox_status no_metric(hox__minder *m)
{
    char seen[HOX__WIRE_TEXT_MAX], text[HOX__WIRE_TEXT_MAX + 128];
    hox__metric_reader_say_seen(&m->reader, seen, sizeof seen);
    snprintf(text, sizeof text, "`%s` was not found in what the program said; seen: %s",
             m->reader.metric[0].name, seen);
    return failed(m, "output", text);
}

static hox_status say_result(hox__minder *m)
{
    hox__line line = {.kind = HOX__LINE_RESULT, .step = m->reader.step};
    hox__minder_fill(m, &line);
    line.memory_bytes = m->end.memory_peak_bytes;
    for (int i = 0; i < line.scores; i++)
        if (!isfinite(line.score[i])) {
            char text[128];
            snprintf(text, sizeof text, "%s is %s", m->runnable->aim.goal[i].metric,
                     isnan(line.score[i]) ? "not known, or nan" : "infinite");
            return failed(m, i == 0 ? "nan" : "output", text);
        }
    return hox__line_write(m->fd, &line);
}

hox_status hox__minder_judge(hox__minder *m)
{
    char text[HOX__WIRE_TEXT_MAX];
    const char *said = last_line(m);
    if (m->ended_by_us && m->reason && (m->detail[0] || strcmp(m->reason, "pruned") == 0))
        return failed(m, m->reason, m->detail);
    if (m->ended_by_us)
        return failed(m, "signal", "it was told to stop");
    if (!m->end.exited) {
        snprintf(text, sizeof text, "signal %d (%s)%s%s", m->end.signal, strsignal(m->end.signal),
                 *said ? ": " : "", said);
        return failed(m, "signal", text);
    }
    if (m->end.code != 0 && !measures(m, HOX__METRIC_EXIT)) {
        snprintf(text, sizeof text, "exit %d%s%s", m->end.code, *said ? ": " : "", said);
        return failed(m, "exit", text);
    }
    hox__minder_note(m, take_own_metrics(m));
    if (m->reports == 0)
        return no_metric(m);
    return say_result(m);
}
