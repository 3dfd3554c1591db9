/* Signals that end or disturb a run. Only commands that run trials or train install them; every
 * other command dies of them, and of SIGPIPE silently, as the system does it. */
#ifndef HOX_CLI_SIGNALS_H
#define HOX_CLI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* SIGINT, SIGTERM, SIGHUP raise the value that hox_run_options.stop points to; SIGPIPE is ignored.
 * `last_words` are written to stderr when the third one ends the process at once; borrowed. */
void hox__signals_install(const char *last_words);

/* 0 go on, 1 no new trials, 2 stop them now. */
volatile sig_atomic_t *hox__signals_stop(void);

/* True once after each SIGUSR1 (print a status line) and SIGCONT (the screen is somebody else's).
 */
bool hox__signals_status_wanted(void);
bool hox__signals_continued(void);

/* Ends the process by the signal that asked it to stop; returns when none did. */
void hox__signals_reraise(void);

#endif
