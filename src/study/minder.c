/* Watching a program: everything it says is read, measured and passed on; its limits are kept; when
 * it ends, or must end, nothing that it started stays behind. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/io.h"
#include "study/command.h"
#include "study/json_read.h"
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const double look_s = 0.25;    /* between two looks at memory, time and files */
static const double last_wait_s = 2;  /* from SIGTERM to SIGKILL when hox itself is told to stop */
static const double flush_wait_s = 1; /* for the rest of the output after the end */

enum { REPORTS_MAX = 10000, FILE_BYTES = 1 << 26 };

/* ---- the log ---- */

void hox__log_add(hox__log *log, const char *s, size_t n)
{
    const size_t head = log->head < HOX__LOG_HEAD ? HOX__LOG_HEAD - log->head : 0;
    const size_t now = n < head ? n : head;
    log->total += (int64_t)n;
    if (now > 0 && hox__write_all(log->fd, s, now, NULL) == HOX_OK)
        log->head += now;
    if (now == n)
        return;
    log->head = HOX__LOG_HEAD;
    if (!log->ring && !(log->ring = hox__alloc(HOX__LOG_TAIL, 1)))
        return;
    for (size_t i = now; i < n; i++) {
        log->ring[log->at] = s[i];
        log->at = (log->at + 1) % HOX__LOG_TAIL;
    }
    log->tail += n - now;
}

void hox__log_end(hox__log *log)
{
    char text[96];
    if (!log->ring)
        return;
    const size_t kept = log->tail < HOX__LOG_TAIL ? log->tail : HOX__LOG_TAIL;
    if (log->tail > kept) {
        snprintf(text, sizeof text, "\n[... %zu bytes are left out here ...]\n", log->tail - kept);
        hox__write_all(log->fd, text, strlen(text), NULL);
    }
    const size_t first = log->tail < HOX__LOG_TAIL ? 0 : log->at;
    const size_t part = kept < HOX__LOG_TAIL - first ? kept : HOX__LOG_TAIL - first;
    hox__write_all(log->fd, log->ring + first, part, NULL);
    hox__write_all(log->fd, log->ring, kept - part, NULL);
}

/* ---- ending it ---- */

/* SIGTERM after `term_s`, SIGKILL `wait_s` later. The first reason stays, the earliest time holds.
 */
static void end_it(hox__minder *m, const char *reason, double term_s, double wait_s)
{
    const double term = hox__clock_s() + term_s, kill = term + wait_s;
    if (!m->ended_by_us) {
        m->reason = reason;
        m->term_at_s = term;
        m->kill_at_s = kill;
    }
    m->ended_by_us = true;
    if (m->term_at_s > term)
        m->term_at_s = term;
    if (m->kill_at_s > kill)
        m->kill_at_s = kill;
}

static void kill_all(hox__minder *m)
{
    hox__child_end end;
    for (int i = 0; i < 1000 && hox__descendants_kill(SIGKILL) > 0; i++) {
        if (hox__program_ended(&m->program, &end) && !m->over) {
            m->end = end;
            m->over = true;
        }
        hox__sleep_s(i < 10 ? 0.0005 : 0.005);
    }
}

/* ---- reports ---- */

double hox__minder_value(const hox__minder *m, int goal)
{
    const int64_t reduce = m->runnable->aim.goal[goal].reduce;
    const int64_t n = m->reports;
    const double *curve = m->curve[goal];
    if (n == 0)
        return (double)NAN;
    if (reduce == 0)
        return curve[n - 1];
    const int64_t last = reduce > 0 && reduce < n ? reduce : n;
    double sum = 0, best = (double)NAN;
    for (int64_t i = n - last; i < n; i++) {
        sum += curve[i];
        const bool better =
            m->runnable->aim.goal[goal].maximize ? curve[i] > best : curve[i] < best;
        best = isnan(best) || better ? curve[i] : best;
    }
    return reduce < 0 ? best : sum / (double)last;
}

static int index_of(const hox__minder *m, const char *metric)
{
    for (int i = 0; i < m->reader.n; i++)
        if (strcmp(m->reader.metric[i].name, metric) == 0)
            return i;
    return 0;
}

void hox__minder_fill(const hox__minder *m, hox__line *line)
{
    const hox__aim *aim = &m->runnable->aim;
    double bounded[HOX__BOUNDS_MAX];
    hox__text text = {0};
    hox__json json = {.out = &text};
    hox__json_begin_object(&json, NULL);
    for (int i = 0; i < m->reader.n; i++)
        if (m->reader.known[i])
            hox__json_number(&json, m->reader.metric[i].name, m->reader.value[i]);
    hox__json_end_object(&json);
    snprintf(line->metrics, sizeof line->metrics, "%s",
             text.len < sizeof line->metrics ? hox__text_get(&text) : "{}");
    hox__text_deinit(&text);
    line->scores = aim->goals;
    for (int i = 0; i < aim->goals; i++)
        line->score[i] = hox__minder_value(m, i);
    for (int i = 0; i < aim->bounds; i++)
        bounded[i] = m->reader.value[index_of(m, aim->bound[i].metric)];
    line->violation = hox__aim_violation(aim, bounded);
    line->value = line->score[0];
}

static bool grow(hox__minder *m)
{
    if (m->reports < m->room)
        return true;
    const int64_t room = m->room ? 2 * m->room : 64;
    for (int i = 0; i < m->runnable->aim.goals; i++) {
        double *grown = hox__realloc(m->curve[i], (size_t)room, sizeof *grown);
        if (!grown)
            return false;
        m->curve[i] = grown;
    }
    m->room = room;
    return true;
}

void hox__minder_note(hox__minder *m, bool fresh)
{
    const hox__aim *aim = &m->runnable->aim;
    if (fresh && (m->reports >= HOX__MEAN_MAX || !grow(m)))
        return;
    m->reports += fresh;
    for (int i = fresh ? 0 : 1; i < aim->goals && m->reports > 0; i++)
        m->curve[i][m->reports - 1] = m->reader.value[index_of(m, aim->goal[i].metric)];
}

/* The first metric was said: it goes to the log of the study. Reports beyond a bound count for the
 * result alone. */
static bool report(hox__minder *m, bool answer)
{
    hox__line line = {.kind = HOX__LINE_REPORT, .step = m->reader.step, .epoch_end = true};
    if (m->paused && m->reader.step > m->paused_at)
        end_it(m, "pruned", 0, m->task->grace_s);
    if (m->paused)
        return false;
    hox__minder_note(m, true);
    if (!isfinite(m->reader.value[0])) {
        snprintf(m->detail, sizeof m->detail, "%s is %s at step %lld", m->reader.metric[0].name,
                 isnan(m->reader.value[0]) ? "nan" : "infinite", (long long)m->reader.step);
        end_it(m, "nan", 0, m->task->grace_s);
        return false;
    }
    if (m->reports > REPORTS_MAX)
        return false;
    hox__minder_fill(m, &line);
    line.accuracy = line.loss = line.train_loss = line.progress = (double)NAN;
    for (int i = 0; i < m->reader.n; i++) {
        const char *name = m->reader.metric[i].name;
        if (strcmp(name, "accuracy") == 0)
            line.accuracy = m->reader.value[i];
        else if (strcmp(name, "loss") == 0)
            line.loss = m->reader.value[i];
        else if (strcmp(name, "train_loss") == 0)
            line.train_loss = m->reader.value[i];
    }
    line.wait = answer && m->task->asks;
    if (hox__line_write(m->fd, &line) != HOX_OK)
        m->gone = true;
    return line.wait;
}

/* ---- hearing ---- */

static void keep_last(hox__minder *m, const char *s, size_t n)
{
    if (n == 0)
        return;
    snprintf(m->last[m->lasts++ % HOX__LAST_MAX], HOX__LAST_BYTES, "%.*s",
             (int)(n < HOX__LAST_BYTES ? n : HOX__LAST_BYTES - 1), s);
}

/* A progress bar writes over itself: each of its states is a line. */
static void on_output(void *ctx, const char *s, size_t n)
{
    hox__minder *m = ctx;
    hox__log_add(&m->log, s, n);
    hox__log_add(&m->log, "\n", 1);
    while (n > 0) {
        const char *end = memchr(s, '\r', n);
        const size_t length = end ? (size_t)(end - s) : n;
        keep_last(m, s, length);
        if (hox__metric_reader_line(&m->reader, HOX__FROM_OUTPUT, NULL, s, length))
            report(m, false);
        s += length + (end != NULL);
        n -= length + (end != NULL);
    }
}

static void answer(const hox__minder *m, bool go)
{
    static const char yes[] = "{\"go\":true}\n", no[] = "{\"go\":false,\"why\":\"pruned\"}\n";
    if (m->program.channel >= 0)
        hox__write_some(m->program.channel, go ? yes : no, go ? sizeof yes - 1 : sizeof no - 1);
}

static void on_channel(void *ctx, const char *s, size_t n)
{
    hox__minder *m = ctx;
    const bool first = hox__metric_reader_line(&m->reader, HOX__FROM_CHANNEL, NULL, s, n);
    if (m->ended_by_us)
        answer(m, false);
    else if (!first || !report(m, true)) /* nobody else will answer */
        answer(m, !m->ended_by_us);
}

/* {"go":false}: the program ends. One that asked is told, and has the time to end by itself; so has
 * one that has come to its budget, which may have its state to save, until it goes on beyond. */
static void on_order(void *ctx, const char *s, size_t n)
{
    hox__minder *m = ctx;
    json_t *order = hox__json_read(s, n, NULL);
    const json_t *go = json_object_get(order, "go");
    const bool asked = json_is_true(json_object_get(order, "wait"));
    if (json_is_boolean(go) && asked)
        answer(m, json_is_true(go));
    const char *why = json_string_value(json_object_get(order, "why"));
    m->paused |= json_is_false(go) && why && strcmp(why, "paused") == 0;
    m->paused_at = m->reader.step;
    if (json_is_false(go))
        end_it(m, "pruned", asked || m->paused ? m->task->grace_s : 0, m->task->grace_s);
    json_decref(order);
}

/* ---- files and limits ---- */

static void on_file_report(void *ctx)
{
    report(ctx, false);
}

static void read_files(hox__minder *m, bool last)
{
    for (int i = 0; i < m->files; i++) {
        hox__followed *f = &m->file[i];
        const char *path = f->path[0] && hox__file_exists(f->path[0]) ? f->path[0] : f->path[1];
        char *text;
        size_t n;
        const bool fresh =
            hox__file_exists(path) && hox__file_changed_ms(path) >= m->began_ms - 1000;
        if (!fresh || hox__file_read(path, FILE_BYTES, &text, &n, NULL) != HOX_OK)
            continue;
        if (n < f->done) /* written anew */
            f->done = 0;
        if (n != f->size || last)
            hox__metric_reader_file(&m->reader, f->name, text, n, &f->done, last, on_file_report,
                                    m);
        f->size = n;
        hox__free(text);
    }
}

static void keep_limits(hox__minder *m)
{
    const hox__task *t = m->task;
    if (m->ended_by_us || !(t->memory_bytes > 0 || t->cpu_s > 0))
        return;
    hox__usage u = hox__descendants_usage();
    u.cpu_s -= m->dead_cpu_s;
    if (t->memory_bytes > 0 && u.memory_bytes > t->memory_bytes) {
        snprintf(m->detail, sizeof m->detail, "%.0f MiB in %d process%s, more than %.0f MiB",
                 (double)u.memory_bytes / 1048576, u.processes, u.processes == 1 ? "" : "es",
                 (double)t->memory_bytes / 1048576);
        end_it(m, "memory", 0, 0);
    } else if (t->cpu_s > 0 && u.cpu_s > t->cpu_s) {
        snprintf(m->detail, sizeof m->detail, "%.1f s of processor time, more than %.1f s", u.cpu_s,
                 t->cpu_s);
        end_it(m, "timeout", 0, t->grace_s);
    }
}

static void look(hox__minder *m)
{
    const double now = hox__clock_s();
    if (now - m->looked_at_s >= look_s) {
        m->looked_at_s = now;
        keep_limits(m);
        read_files(m, false);
    }
    if (m->ended_by_us && m->term_at_s > 0 && now >= m->term_at_s) {
        m->term_at_s = 0;
        hox__descendants_kill(SIGTERM);
        hox__descendants_kill(SIGCONT); /* one that is stopped would not hear it */
    }
    if (m->gone || (m->ended_by_us && now >= m->kill_at_s))
        kill_all(m);
}

/* ---- the loop ---- */

static double patience(const hox__minder *m)
{
    const double now = hox__clock_s(), next = m->looked_at_s + look_s;
    double until = m->ended_by_us && m->kill_at_s < next ? m->kill_at_s : next;
    if (m->ended_by_us && m->term_at_s > 0 && m->term_at_s < until)
        until = m->term_at_s;
    return until > now ? until - now : 0;
}

static void hear_the_rest(hox__minder *m)
{
    const double until = hox__clock_s() + flush_wait_s;
    hox__lines_read(m->channel, on_channel, m);
    while (hox__lines_read(m->output, on_output, m) && hox__clock_s() < until)
        hox__wait(&m->program.output, 1, 0.01);
    hox__lines_end(m->output, on_output, m);
    read_files(m, true);
}

void hox__minder_watch(hox__minder *m)
{
    bool talks = true, reports = true;
    m->looked_at_s = hox__clock_s();
    while (!m->over) {
        const int fds[] = {m->signals, m->fd, talks ? m->program.output : -1,
                           reports ? m->program.channel : -1};
        hox__wait(fds, 4, patience(m));
        talks = talks && hox__lines_read(m->output, on_output, m);
        reports = reports && hox__lines_read(m->channel, on_channel, m);
        if (!hox__lines_read(m->orders, on_order, m))
            m->gone = true;
        if (hox__minder_asked_to_stop(m->signals))
            end_it(m, "interrupted", 0, last_wait_s);
        if (!m->over)
            m->over = hox__program_ended(&m->program, &m->end);
        look(m);
    }
    m->end.wall_s = hox__clock_s() - m->began_s;
    kill_all(m);
    hear_the_rest(m);
    hox__log_end(&m->log);
}
