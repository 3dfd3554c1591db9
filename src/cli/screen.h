/* A few lines at the bottom of a terminal, repainted in place. Never the alternate screen: what was
 * painted last stays in the scrollback. One write per frame; a frame is dropped when the terminal
 * is slow, when it is too early for the next one, or when the process is in the background. */
#ifndef HOX_CLI_SCREEN_H
#define HOX_CLI_SCREEN_H

#include "cli/output.h"

enum { HOX__SCREEN_LINES = 8 };

typedef struct {
    hox__stream *stream;
    int width[HOX__SCREEN_LINES]; /* columns of the lines on the screen */
    int lines;
    int painted_width; /* of the terminal then */
    double painted_s;
    hox__text frame;
} hox__screen;

void hox__screen_init(hox__screen *screen, hox__stream *stream);
void hox__screen_deinit(hox__screen *screen);

/* Is it time for another frame (10 a second at most)? */
bool hox__screen_due(const hox__screen *screen, double now_s);

/* Paints the lines of `text` (each ended by \n), cut to the width. `always`: the last frame, which
 * may be neither early nor dropped. */
void hox__screen_paint(hox__screen *screen, const char *text, double now_s, bool always);

/* The lines are taken away, so that something else can be printed where they were. */
void hox__screen_clear(hox__screen *screen);

/* The lines stay and the next frame begins below: after fg, or at the end. */
void hox__screen_leave(hox__screen *screen);

#endif
