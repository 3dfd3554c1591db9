/* The view of a running study; see progress.h. Events update a small model of what is going on;
 * ticks paint it. The model keeps at most SLOTS running trials, POINTS improvements and REASONS
 * causes, so that a study of a million trials costs what one of ten does. */
#include "cli/progress.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "cli/chart.h"
#include "cli/events.h"
#include "cli/quantity.h"
#include "cli/screen.h"
#include "cli/signals.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SLOTS = 64, POINTS = 256, REASONS = 12, ETA_AFTER = 5 };

typedef struct {
    bool used;
    uint64_t trial;
    int64_t step, steps;
    double accuracy, progress;
} slot;

typedef struct {
    char name[24];
    int64_t n;
} cause;

struct hox__progress_view {
    hox__cli *cli;
    hox__progress_mode mode;
    hox_run_options budget;
    hox_study_facts facts; /* when it began */
    bool has_best;
    double best, began_s, ended_s;
    uint64_t best_trial;
    char best_text[256], failure[256];
    slot slot[SLOTS];
    cause cause[REASONS];
    int64_t before, failed, pruned, paused, finished, epochs;
    double sum_s, sum_s2; /* of the durations of finished trials */
    double x[POINTS], y[POINTS];
    int points;
    double line_s, heard_s; /* last line printed; last sign of life */
    int64_t unprinted;
    sig_atomic_t stop_seen;
    hox__screen screen;
    hox__text frame;
};

hox__progress_mode hox__progress_wanted(const hox__cli *cli)
{
    const char *word = hox__args_text(&cli->args, "progress", NULL);
    const hox__terminal *t = &cli->err.terminal;
    if (word)
        return strcmp(word, "live") == 0   ? HOX__PROGRESS_LIVE
               : strcmp(word, "line") == 0 ? HOX__PROGRESS_LINE
               : strcmp(word, "json") == 0 ? HOX__PROGRESS_JSON
                                           : HOX__PROGRESS_NONE;
    if (cli->quiet || (hox__wants_json(cli) && cli->out.terminal.is_terminal))
        return HOX__PROGRESS_NONE;
    const char *ci = hox__environment("CI");
    const bool live = t->is_terminal && !t->dumb && t->utf8 && !(ci && *ci);
    return live ? HOX__PROGRESS_LIVE : HOX__PROGRESS_LINE;
}

hox__progress_view *hox__progress_begin(hox__cli *cli, const hox_run_options *budget,
                                        const hox_study_facts *facts)
{
    hox__progress_view *v = hox__alloc(1, sizeof *v);
    if (!v)
        return NULL;
    const double now = hox__clock_s();
    *v = (hox__progress_view){.cli = cli,
                              .mode = hox__progress_wanted(cli),
                              .budget = *budget,
                              .facts = *facts,
                              .has_best = facts->has_best,
                              .best = facts->best_value,
                              .best_trial = facts->best_trial,
                              .before = facts->done + facts->failed + facts->pruned,
                              .paused = facts->paused,
                              .began_s = now,
                              .heard_s = now,
                              .line_s = -1e9};
    hox__screen_init(&v->screen, &cli->err);
    return v;
}

void hox__progress_free(hox__progress_view *v)
{
    if (!v)
        return;
    hox__screen_deinit(&v->screen);
    hox__text_deinit(&v->frame);
    hox__free(v);
}

double hox__progress_seconds(const hox__progress_view *v)
{
    return (v->ended_s > 0 ? v->ended_s : hox__clock_s()) - v->began_s;
}

/* ---- the model ---- */

static slot *slot_of(hox__progress_view *v, uint64_t trial, bool make)
{
    slot *unused = NULL;
    for (int i = 0; i < SLOTS; i++) {
        if (v->slot[i].used && v->slot[i].trial == trial)
            return &v->slot[i];
        if (!v->slot[i].used && !unused)
            unused = &v->slot[i];
    }
    if (!make || !unused)
        return NULL;
    *unused = (slot){.used = true, .trial = trial, .accuracy = NAN};
    return unused;
}

static int64_t running(const hox__progress_view *v)
{
    int64_t n = 0;
    for (int i = 0; i < SLOTS; i++)
        n += v->slot[i].used;
    return n;
}

/* When the points are full, every second one goes: the line keeps its shape. */
static void add_point(hox__progress_view *v, double best)
{
    if (v->points == POINTS) {
        for (int i = 0; i < POINTS / 2; i++) {
            v->x[i] = v->x[2 * i + 1];
            v->y[i] = v->y[2 * i + 1];
        }
        v->points = POINTS / 2;
    }
    v->x[v->points] = hox__clock_s() - v->began_s;
    v->y[v->points++] = best;
}

static void take_best(hox__progress_view *v, const hox_event *e)
{
    v->has_best = true;
    v->best = e->value;
    v->best_trial = e->trial;
    add_point(v, v->best);
    char *summary = e->sentence ? hox_sentence_summary(e->sentence) : NULL;
    snprintf(v->best_text, sizeof v->best_text, "%s", summary ? summary : "");
    hox_text_free(summary);
}

static void take_failure(hox__progress_view *v, const hox_event *e)
{
    const char *why = e->reason && *e->reason ? e->reason : "unknown";
    snprintf(v->failure, sizeof v->failure, "failed @%" PRIu64 ": %s%s%s", e->trial, why,
             e->message && *e->message ? ", " : "", e->message ? e->message : "");
    for (int i = 0; i < REASONS; i++) {
        if (v->cause[i].n && strcmp(v->cause[i].name, why) != 0)
            continue;
        snprintf(v->cause[i].name, sizeof v->cause[i].name, "%s", why);
        v->cause[i].n++;
        return;
    }
}

static void take_end(hox__progress_view *v, const hox_event *e)
{
    const char *state = e->state ? e->state : "";
    slot *s = slot_of(v, e->trial, false);
    if (s)
        s->used = false;
    if (isfinite(e->best)) { /* the line of this trial is printed before the event `best` */
        v->has_best = true;
        v->best = e->best;
        v->best_trial = e->best_trial;
    }
    v->pruned += strcmp(state, "pruned") == 0;
    if (strcmp(state, "failed") == 0) {
        v->failed++;
        take_failure(v, e);
    }
    v->paused = e->paused;
    if (strcmp(state, "cancelled") == 0)
        return;
    v->unprinted++;
    if (strcmp(state, "paused") == 0)
        return;
    v->finished++;
    v->epochs += e->step;
    v->sum_s += e->seconds;
    v->sum_s2 += e->seconds * e->seconds;
}

static void take(hox__progress_view *v, const hox_event *e)
{
    if (strcmp(e->type, "trial.start") == 0) {
        slot *s = slot_of(v, e->trial, true);
        if (s)
            s->steps = e->steps;
    } else if (strcmp(e->type, "trial.report") == 0) {
        slot *s = slot_of(v, e->trial, true);
        if (!s)
            return;
        s->step = e->step;
        s->steps = e->steps ? e->steps : s->steps;
        s->progress = e->progress;
        s->accuracy = isnan(e->accuracy) || e->accuracy == 0 ? s->accuracy : e->accuracy;
    } else if (strcmp(e->type, "trial.end") == 0) {
        take_end(v, e);
    } else if (strcmp(e->type, "best") == 0) {
        take_best(v, e);
    }
}

/* ---- text ---- */

/* Both ends of a guess: the mean duration with two standard errors around it. */
static void put_eta(hox__progress_view *v, hox__text *out, double elapsed)
{
    if (v->finished < ETA_AFTER || v->budget.trials <= 0)
        return;
    const double n = (double)v->finished;
    const double left = (double)(v->budget.trials - v->before - v->finished);
    const int jobs = v->budget.jobs > 0 ? v->budget.jobs : 1;
    const double mean = v->sum_s / n, var = fmax(v->sum_s2 / n - mean * mean, 0);
    double middle = left * mean / jobs,
           spread = 2 * sqrt(var * left + var * left * left / n) / jobs;
    spread = fmax(spread, 0.05 * middle);
    double low = fmax(middle - spread, 0), high = middle + spread;
    if (v->budget.time_s > 0) {
        low = fmin(low, v->budget.time_s - elapsed);
        high = fmin(high, v->budget.time_s - elapsed);
    }
    if (left <= 0 || high < 1)
        return;
    hox__text_puts(out, "   ");
    hox__print_duration(out, low);
    hox__text_putc(out, '-');
    hox__print_duration(out, high);
    hox__text_puts(out, " left");
}

static void put_counts(hox__progress_view *v, hox__text *out)
{
    const double elapsed = hox__clock_s() - v->began_s;
    hox__print_duration(out, elapsed);
    if (v->budget.time_s > 0) {
        hox__text_puts(out, " / ");
        hox__print_duration(out, v->budget.time_s);
    }
    hox__text_printf(out, "   %" PRId64, v->before + v->finished);
    if (v->budget.trials > 0)
        hox__text_printf(out, " / %" PRId64, v->budget.trials);
    hox__text_printf(out, " done  %" PRId64 " running", running(v));
    if (v->paused)
        hox__text_printf(out, "  %" PRId64 " paused", v->paused);
    if (v->pruned)
        hox__text_printf(out, "  %" PRId64 " pruned", v->pruned);
    hox__text_printf(out, "  %" PRId64 " failed", v->failed);
    put_eta(v, out, elapsed);
}

static void put_best(hox__progress_view *v, hox__text *out, bool with_text)
{
    if (!v->has_best) {
        hox__text_puts(out, "no trial has finished yet");
        return;
    }
    hox__text_puts(out, "best ");
    if (v->facts.goals > 1) { /* the first of them */
        hox__text_escaped(out, v->facts.metric, strlen(v->facts.metric));
        hox__text_putc(out, ' ');
    }
    hox__print_score(out, v->best);
    hox__text_printf(out, " @%" PRIu64, v->best_trial);
    if (with_text && v->best_text[0]) {
        hox__text_puts(out, "   ");
        hox__text_escaped(out, v->best_text, strlen(v->best_text));
    }
}

static void put_running(hox__progress_view *v, hox__text *out, int width)
{
    const size_t start = out->len;
    for (int i = 0; i < SLOTS; i++) {
        const slot *s = &v->slot[i];
        if (!s->used || (int)(out->len - start) > width - 30)
            continue;
        hox__text_printf(out, "%s@%" PRIu64, out->len > start ? "    " : "  ", s->trial);
        if (s->steps)
            hox__text_printf(out, " epoch %" PRId64 "/%" PRId64, s->step, s->steps);
        if (!isnan(s->accuracy)) {
            hox__text_putc(out, ' ');
            hox__text_printf(out, "%.3f", s->accuracy);
        }
    }
    if (out->len > start)
        hox__text_putc(out, '\n');
}

static void compose(hox__progress_view *v)
{
    const int width = v->cli->err.terminal.width, height = v->cli->err.terminal.height;
    hox__text *out = &v->frame;
    hox__text_clear(out);
    hox__text_puts(out, "  ");
    put_counts(v, out);
    hox__text_puts(out, "\n  ");
    put_best(v, out, true);
    hox__text_putc(out, '\n');
    if (height >= 12 && v->has_best) {
        add_point(v, v->best); /* the line reaches until now */
        hox__chart(out, v->x, v->y, v->points, 3, width < 100 ? width - 2 : 100, 0, true);
        v->points--;
    }
    put_running(v, out, width);
    if (v->failure[0]) {
        hox__text_puts(out, "  ");
        hox__text_escaped(out, v->failure, strcspn(v->failure, "\n"));
        hox__text_putc(out, '\n');
    }
    const int stop = *hox__signals_stop();
    if (stop)
        hox__text_printf(out, "  stopping%s\n",
                         stop == 1 ? ": Ctrl-C again to stop the running trials" : " now");
}

/* ---- lines ---- */

static void line_of_trial(hox__progress_view *v, const hox_event *e)
{
    hox__text *out = &v->cli->err.text;
    hox__text_printf(out, "@%-4" PRIu64 " %-6s ", e->trial, e->state ? e->state : "");
    const bool paused = e->state && strcmp(e->state, "paused") == 0;
    if (paused || (e->state && strcmp(e->state, "done") == 0))
        hox__print_score(out, e->value);
    if (paused)
        hox__text_printf(out, " at step %" PRId64, e->step);
    else if (e->reason)
        hox__text_escaped(out, e->reason, strlen(e->reason));
    hox__text_printf(out, "  %.1f s   ", e->seconds);
    put_best(v, out, false);
    if (v->budget.trials > 0)
        hox__text_printf(out, "   %" PRId64 " / %" PRId64, v->before + v->finished + v->paused,
                         v->budget.trials);
    hox__text_putc(out, '\n');
}

/* What came too fast for lines of its own. */
static void line_of_many(hox__progress_view *v)
{
    hox__text *out = &v->cli->err.text;
    const int64_t n = v->before + v->finished + v->paused;
    hox__text_printf(out, "%" PRId64 " trial%s, ", n, hox__plural(n));
    put_best(v, out, false);
    if (v->failed)
        hox__text_printf(out, ", %" PRId64 " failed", v->failed);
    hox__text_putc(out, '\n');
}

static void lines_tick(hox__progress_view *v, double now)
{
    if (v->unprinted && now - v->line_s >= 1) {
        line_of_many(v);
        v->unprinted = 0;
        v->line_s = v->heard_s = now;
    } else if (now - v->heard_s >= 60) {
        put_counts(v, &v->cli->err.text);
        hox__text_puts(&v->cli->err.text, "   ");
        put_best(v, &v->cli->err.text, false);
        hox__text_putc(&v->cli->err.text, '\n');
        v->heard_s = now;
    }
    hox__stream_flush(&v->cli->err);
}

/* ---- the observer ---- */

static void say(hox__progress_view *v, const hox_event *e)
{
    hox__stream *err = &v->cli->err;
    if (v->mode == HOX__PROGRESS_LIVE)
        hox__screen_clear(&v->screen);
    const bool bad = strcmp(e->type, "error") == 0;
    hox__put(err, "%s%s%s: ", bad ? err->color->bad : err->color->warn, e->type, err->color->off);
    hox__put_escaped(err, e->message ? e->message : "");
    hox__text_putc(&err->text, '\n');
    hox__stream_flush(err);
}

static void on_event(void *ctx, const hox_event *e)
{
    hox__progress_view *v = ctx;
    take(v, e);
    if (v->cli->format == HOX__FORMAT_JSONL || v->cli->format == HOX__FORMAT_JSON) {
        hox__event_json(&v->cli->out.text, e, &v->facts, v->budget.jobs);
        hox__stream_flush(&v->cli->out);
    }
    if (v->mode == HOX__PROGRESS_JSON) {
        hox__event_json(&v->cli->err.text, e, &v->facts, v->budget.jobs);
        hox__stream_flush(&v->cli->err);
        return;
    }
    const bool said = strcmp(e->type, "warning") == 0 || strcmp(e->type, "error") == 0;
    if (said && v->cli->quiet < 2)
        say(v, e);
    const double now = hox__clock_s();
    if (v->mode == HOX__PROGRESS_LINE && strcmp(e->type, "trial.end") == 0 && v->unprinted == 1 &&
        now - v->line_s >= 1) {
        line_of_trial(v, e);
        v->unprinted = 0;
        v->line_s = v->heard_s = now;
        hox__stream_flush(&v->cli->err);
    }
}

static void say_stopping(hox__progress_view *v)
{
    const sig_atomic_t stop = *hox__signals_stop();
    if (stop == v->stop_seen || v->mode == HOX__PROGRESS_JSON)
        return;
    v->stop_seen = stop;
    if (v->mode == HOX__PROGRESS_LIVE || v->cli->quiet >= 2)
        return;
    if (stop == 1)
        hox__put(&v->cli->err,
                 "stopping: %" PRId64 " trials running; Ctrl-C again to stop them now\n",
                 running(v));
    else
        hox__put(&v->cli->err, "stopping now\n");
}

static void say_status(hox__progress_view *v)
{
    if (v->mode == HOX__PROGRESS_LIVE)
        hox__screen_clear(&v->screen);
    put_counts(v, &v->cli->err.text);
    hox__text_puts(&v->cli->err.text, "   ");
    put_best(v, &v->cli->err.text, true);
    hox__text_putc(&v->cli->err.text, '\n');
    hox__stream_flush(&v->cli->err);
}

static void on_tick(void *ctx)
{
    hox__progress_view *v = ctx;
    const double now = hox__clock_s();
    if (hox__signals_continued())
        hox__screen_leave(&v->screen);
    say_stopping(v);
    if (hox__signals_status_wanted())
        say_status(v);
    if (v->mode == HOX__PROGRESS_LINE)
        lines_tick(v, now);
    else if (v->mode == HOX__PROGRESS_LIVE && hox__screen_due(&v->screen, now)) {
        compose(v);
        hox__screen_paint(&v->screen, hox__text_get(&v->frame), now, false);
    }
}

void hox__progress_observe(hox__progress_view *view, hox_observer *observer)
{
    *observer = (hox_observer){.event = on_event, .tick = on_tick, .ctx = view};
}

void hox__progress_end(hox__progress_view *v)
{
    v->ended_s = hox__clock_s();
    memset(v->slot, 0, sizeof v->slot);
    if (v->mode == HOX__PROGRESS_LIVE) {
        compose(v);
        hox__screen_paint(&v->screen, hox__text_get(&v->frame), v->ended_s, true);
        hox__screen_leave(&v->screen);
        hox__text_puts(&v->cli->err.text, "\n");
    } else if (v->mode == HOX__PROGRESS_LINE && v->unprinted) {
        line_of_many(v);
    }
    hox__stream_flush(&v->cli->err);
}

void hox__progress_failures(const hox__progress_view *v, hox__stream *out)
{
    if (!v->failed)
        return;
    hox__put(out, "%" PRId64 " of %" PRId64 " trial%s failed: ", v->failed, v->finished,
             hox__plural(v->finished));
    for (int i = 0; i < REASONS && v->cause[i].n; i++)
        hox__put(out, "%s%s (%" PRId64 ")", i ? ", " : "", v->cause[i].name, v->cause[i].n);
    hox__text_putc(&out->text, '\n');
}
