/* Descriptors and the environment; see terminal.h. Plain ECMA-48, no terminfo: eight lines
 * repainted in place need no more. */
#include "cli/terminal.h"
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

const char *hox__environment(const char *name)
{
    return getenv(name);
}

static bool set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

void hox__standard_streams_open(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0) {
            /* the lowest free descriptor is `fd`; the wrong direction makes its use an error */
            const int got = open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
            if (got != fd)
                _exit(3);
        }
}

static bool color_wanted(int fd, bool dumb, hox__color_wish wish)
{
    if (wish != HOX__COLOR_AUTO)
        return wish == HOX__COLOR_ALWAYS;
    if (set("NO_COLOR"))
        return false;
    if (set("CLICOLOR_FORCE") && strcmp(getenv("CLICOLOR_FORCE"), "0") != 0)
        return true;
    return isatty(fd) && !dumb;
}

/* LC_ALL, LC_CTYPE, LANG: the first that is set decides. */
static bool utf8_wanted(void)
{
    static const char *const name[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++)
        if (set(name[i]))
            return strcasestr(getenv(name[i]), "UTF-8") || strcasestr(getenv(name[i]), "utf8");
    return false;
}

void hox__terminal_measure(hox__terminal *terminal, int fd)
{
    struct winsize size;
    const bool known = terminal->is_terminal && ioctl(fd, TIOCGWINSZ, &size) == 0;
    terminal->width = known && size.ws_col ? size.ws_col : 80;
    terminal->height = known && size.ws_row ? size.ws_row : 24;
}

hox__terminal hox__terminal_of(int fd, hox__color_wish wish)
{
    const char *term = getenv("TERM");
    hox__terminal terminal = {.is_terminal = isatty(fd) == 1,
                              .dumb = term && strcmp(term, "dumb") == 0,
                              .utf8 = utf8_wanted()};
    terminal.color = color_wanted(fd, terminal.dumb, wish);
    hox__terminal_measure(&terminal, fd);
    return terminal;
}

bool hox__terminal_foreground(int fd)
{
    const pid_t group = tcgetpgrp(fd);
    return group < 0 || group == getpgrp();
}

bool hox__writable_now(int fd)
{
    struct pollfd p = {fd, POLLOUT, 0};
    return poll(&p, 1, 0) == 1 && p.revents & POLLOUT;
}

const hox__colors *hox__colors_of(bool on)
{
    static const hox__colors colors = {"\033[1;31m", "\033[33m", "\033[32m",
                                       "\033[1m",    "\033[2m",  "\033[0m"};
    static const hox__colors none = {"", "", "", "", "", ""};
    return on ? &colors : &none;
}
