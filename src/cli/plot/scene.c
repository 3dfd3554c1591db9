#include "cli/plot/scene.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const size_t scene_bytes = (size_t)1 << 30;

bool hox__scene_init(hox__scene *scene)
{
    *scene = (hox__scene){.arena = hox__arena_new(scene_bytes)};
    scene->failed = !scene->arena;
    return !scene->failed;
}

void hox__scene_deinit(hox__scene *scene)
{
    hox__arena_free(scene->arena);
    *scene = (hox__scene){0};
}

hox__panel *hox__scene_panel(hox__scene *scene)
{
    hox__panel *panel = scene->failed || scene->panels == HOX__PANELS_MAX
                            ? NULL
                            : HOX__NEW(scene->arena, hox__panel);
    if (!panel) {
        scene->failed |= scene->panels < HOX__PANELS_MAX;
        return NULL;
    }
    panel->x.low = panel->x.high = panel->y.low = panel->y.high = (double)NAN;
    scene->panel[scene->panels++] = panel;
    return panel;
}

static const char *write_down(hox__scene *scene, const char *format, va_list args)
{
    char text[512];
    if (scene->failed)
        return NULL;
    vsnprintf(text, sizeof text, format, args);
    const char *copy = hox__arena_copy(scene->arena, text, strlen(text));
    scene->failed |= !copy;
    return copy;
}

void hox__scene_note(hox__scene *scene, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = write_down(scene, format, args);
    va_end(args);
    if (text && scene->notes < HOX__NOTES_MAX)
        scene->note[scene->notes++] = text;
}

const char *hox__scene_text(hox__scene *scene, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = write_down(scene, format, args);
    va_end(args);
    return text;
}

static double *gaps(hox__scene *scene, int n)
{
    double *x = HOX__NEW_N(scene->arena, double, (size_t)(n > 0 ? n : 1));
    for (int i = 0; x && i < n; i++)
        x[i] = (double)NAN;
    return x;
}

hox__mark *hox__scene_mark(hox__scene *scene, hox__panel *panel, hox__mark_kind kind, int ink,
                           const char *label, int n)
{
    if (scene->failed || !panel || panel->marks == HOX__MARKS_MAX)
        return NULL;
    hox__mark *mark = &panel->mark[panel->marks];
    *mark = (hox__mark){.kind = kind, .ink = ink, .label = label, .n = n};
    mark->x = gaps(scene, n);
    mark->y = gaps(scene, n);
    mark->x2 = kind == HOX__MARK_SPANS ? gaps(scene, n) : NULL;
    scene->failed = !mark->x || !mark->y || (kind == HOX__MARK_SPANS && !mark->x2);
    if (scene->failed)
        return NULL;
    panel->marks++;
    return mark;
}

/* ---- ends of axes ---- */

typedef struct {
    double low, high;
    bool log;
} span;

static void take(span *s, double x)
{
    if (!isfinite(x) || (s->log && x <= 0))
        return;
    s->low = fmin(s->low, x);
    s->high = fmax(s->high, x);
}

static span needed(const hox__panel *panel, bool of_x)
{
    span s = {HUGE_VAL, -HUGE_VAL, of_x ? panel->x.log : panel->y.log};
    for (int m = 0; m < panel->marks; m++) {
        const hox__mark *mark = &panel->mark[m];
        for (int i = 0; i < mark->n; i++)
            take(&s, of_x ? mark->x[i] : mark->y[i]);
        for (int i = 0; of_x && mark->x2 && i < mark->n; i++)
            take(&s, mark->x2[i]);
        if (of_x && mark->kind == HOX__MARK_BARS)
            take(&s, 0);
    }
    return s;
}

/* A value alone lies in the middle of an axis. All stays finite, and positive on a log axis. */
static void widen(span *s)
{
    if (!(s->low <= s->high))
        *s = (span){s->log ? 1 : 0, s->log ? 10 : 1, s->log};
    if (s->log) {
        const double f = s->high > s->low ? pow(s->high / s->low, 0.03) : 2;
        s->low = fmax(s->low / f, 5e-324);
        s->high = fmin(s->high * f, 1e308);
        return;
    }
    double pad = 0.03 * (s->high / 2 - s->low / 2) * 2;
    if (!(pad > 0))
        pad = fabs(s->low) * 0.05 > 0 ? fabs(s->low) * 0.05 : 1;
    s->low = fmax(s->low - pad, -1e308);
    s->high = fmin(s->high + pad, 1e308);
}

void hox__panel_ends(const hox__panel *panel, bool of_x, double *low, double *high)
{
    const hox__axis *axis = of_x ? &panel->x : &panel->y;
    if (axis->words > 0) {
        *low = -0.5;
        *high = axis->words - 0.5;
        return;
    }
    span s = needed(panel, of_x);
    widen(&s);
    *low = isnan(axis->low) ? s.low : axis->low;
    *high = isnan(axis->high) ? s.high : axis->high;
    if (!(*high > *low))
        *high = *low + fmax(fabs(*low) * 0.05, 1e-300);
}
