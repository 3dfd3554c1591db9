/* What stands behind a descriptor: a terminal or not, how wide, whether colours are wanted. */
#ifndef HOX_CLI_TERMINAL_H
#define HOX_CLI_TERMINAL_H

#include <stdbool.h>

/* The environment, as the only function that reads it sees it. NULL: not set. */
const char *hox__environment(const char *name);

/* Descriptors 0, 1, 2 that are closed are opened so that using them fails, as it should, and no
 * file opened later becomes somebody's output. */
void hox__standard_streams_open(void);

typedef struct {
    bool is_terminal, color, utf8, dumb;
    int width, height; /* 80 x 24 when unknown */
} hox__terminal;

typedef enum { HOX__COLOR_AUTO, HOX__COLOR_ALWAYS, HOX__COLOR_NEVER } hox__color_wish;

hox__terminal hox__terminal_of(int fd, hox__color_wish wish);

/* Width and height now: windows change. */
void hox__terminal_measure(hox__terminal *terminal, int fd);

/* Is this process the one that may draw: in the foreground of its terminal? */
bool hox__terminal_foreground(int fd);

/* Can `fd` take a frame without waiting? */
bool hox__writable_now(int fd);

/* Colours are the terminal's own 16; each names a meaning. "" when off. */
typedef struct {
    const char *bad, *warn, *good, *strong, *faint, *off;
} hox__colors;
const hox__colors *hox__colors_of(bool on);

#endif
