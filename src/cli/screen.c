#include "cli/screen.h"
#include "cli/quantity.h"
#include <string.h>

enum { FRAMES_PER_S = 10 };

void hox__screen_init(hox__screen *screen, hox__stream *stream)
{
    *screen = (hox__screen){.stream = stream, .painted_s = -1e9};
}

void hox__screen_deinit(hox__screen *screen)
{
    hox__text_deinit(&screen->frame);
}

bool hox__screen_due(const hox__screen *screen, double now_s)
{
    return now_s - screen->painted_s >= 1.0 / FRAMES_PER_S;
}

/* Back to the start of what was painted. A terminal made narrower has wrapped the lines since. */
static void back_up(hox__screen *screen)
{
    const int width = screen->stream->terminal.width;
    int rows = 0;
    for (int i = 0; i < screen->lines; i++)
        rows += screen->width[i] > width ? (screen->width[i] + width - 1) / width : 1;
    hox__text_puts(&screen->frame, "\r");
    if (rows)
        hox__text_printf(&screen->frame, "\033[%dA", rows);
    /* Rows painted over keep the terminal's mark of a wrapped line, and would be joined when it is
     * made wider again; erased whole they lose it. */
    if (width != screen->painted_width)
        hox__text_puts(&screen->frame, "\033[J");
    screen->painted_width = width;
}

static void add_line(hox__screen *screen, const char *line, size_t n)
{
    const int room = screen->stream->terminal.width - 1;
    const size_t shown = hox__width_cut(line, n, room > 0 ? room : 1);
    hox__text_add(&screen->frame, line, shown);
    hox__text_puts(&screen->frame, "\033[K\r\n");
    screen->width[screen->lines++] = hox__width(line, shown);
}

void hox__screen_paint(hox__screen *screen, const char *text, double now_s, bool always)
{
    hox__stream *stream = screen->stream;
    if (!always && (!hox__screen_due(screen, now_s) || !hox__terminal_foreground(stream->fd) ||
                    !hox__writable_now(stream->fd)))
        return;
    hox__terminal_measure(&stream->terminal, stream->fd);
    hox__text_clear(&screen->frame);
    back_up(screen);
    screen->lines = 0;
    int lines_max = stream->terminal.height - 1;
    if (lines_max > HOX__SCREEN_LINES)
        lines_max = HOX__SCREEN_LINES;
    while (*text && screen->lines < lines_max) {
        const size_t n = strcspn(text, "\n");
        add_line(screen, text, n);
        text += n + (text[n] == '\n');
    }
    hox__text_puts(&screen->frame, "\033[J"); /* what was longer before */
    hox__stream_flush(stream);
    hox__text_puts(&stream->text, hox__text_get(&screen->frame));
    hox__stream_flush(stream);
    screen->painted_s = now_s;
}

void hox__screen_clear(hox__screen *screen)
{
    if (!screen->lines)
        return;
    hox__text_clear(&screen->frame);
    back_up(screen);
    hox__text_puts(&screen->frame, "\033[J");
    hox__text_puts(&screen->stream->text, hox__text_get(&screen->frame));
    screen->lines = 0;
    screen->painted_s = -1e9;
}

void hox__screen_leave(hox__screen *screen)
{
    screen->lines = 0;
    screen->painted_s = -1e9;
}
