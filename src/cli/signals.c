/* Signal handlers; see signals.h. The only static state of the program: a handler has no context.
 * Handlers set flags; the third request to stop writes its last words and ends the process, which
 * is safe at any instant because the store commits and trials die with their parent. */
#include "cli/signals.h"
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop_level, stop_signal, status_wanted, continued;
static const char *volatile last_words_text = "";

static void leave_at_once(int number)
{
    const char *s = last_words_text;
    const ssize_t put = write(STDERR_FILENO, s, strlen(s));
    (void)put;
    signal(number, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &set, NULL); /* a handler runs with its own signal blocked */
}

static void on_stop(int number)
{
    if (!stop_signal)
        stop_signal = number;
    if (stop_level >= 2)
        leave_at_once(number);
    stop_level = stop_level + 1;
}

static void on_flag(int number)
{
    if (number == SIGUSR1)
        status_wanted = 1;
    else
        continued = 1;
}

static void install(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigaction(number, &action, NULL);
}

void hox__signals_install(const char *last_words)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    last_words_text = last_words;
    for (int i = 0; i < 3; i++) {
        struct sigaction old;
        sigaction(stops[i], NULL, &old);
        if (old.sa_handler !=
            SIG_IGN) /* nohup, or a background job of a shell without job control */
            install(stops[i], on_stop);
    }
    install(SIGUSR1, on_flag);
    install(SIGCONT, on_flag);
    signal(SIGPIPE, SIG_IGN);
}

volatile sig_atomic_t *hox__signals_stop(void)
{
    return &stop_level;
}

static bool taken(volatile sig_atomic_t *flag)
{
    const bool was = *flag != 0;
    *flag = 0;
    return was;
}

bool hox__signals_status_wanted(void)
{
    return taken(&status_wanted);
}

bool hox__signals_continued(void)
{
    return taken(&continued);
}

void hox__signals_reraise(void)
{
    if (!stop_signal)
        return;
    signal(stop_signal, SIG_DFL);
    raise(stop_signal);
}
