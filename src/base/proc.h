/* The seam to processes: children in groups of their own, with limits, a report channel, and an end
 * that is always noticed. A child dies with its parent (PR_SET_PDEATHSIG). */
#ifndef HOX_BASE_PROC_H
#define HOX_BASE_PROC_H

#include <hox/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int64_t pid;
    int fd; /* the parent's end of a socket pair, non-blocking; the child's is passed to main */
    double started_s; /* hox__clock_s() */
} hox__child;

typedef struct {
    bool exited; /* by exit(): `code`; otherwise by signal `signal` */
    int code, signal;
    double cpu_s, wall_s;
    int64_t memory_peak_bytes;
} hox__child_end;

typedef struct {
    int64_t memory_bytes_max; /* 0: no limit (RLIMIT_AS) */
    int64_t cpu_s_max;        /* 0: no limit */
    const char *output;       /* file that takes stdout and stderr; NULL: inherit */
} hox__child_options;

/* Forks; the child runs main(fd, ctx) and exits with its result, never returning here. */
hox_status hox__child_fork(int (*main)(int fd, void *ctx), void *ctx,
                           const hox__child_options *options, hox__child *out, hox_error *err);

/* True when the child has ended; *end is filled then and fd is left open for what is still unread.
 */
bool hox__child_ended(hox__child *child, hox__child_end *end);

void hox__child_kill(const hox__child *child, int signal); /* the whole group */
void hox__child_close(hox__child *child);                  /* closes fd */

/* Two connected ends, for talking within one process: end[0] is non-blocking. False: the system has
 * none left. Both are closed by hox__pair_close(). */
bool hox__pair_open(int end[2]);
void hox__pair_close(const int end[2]);

/* For a child that reads its own end with hox__lines. */
void hox__fd_nonblocking(int fd);

/* Waits until one of fds is readable, a child ends (SIGCHLD), a signal arrives or the time is up.
 * Negative fds are skipped. */
void hox__wait(const int *fds, int n, double seconds);
bool hox__readable(int fd); /* would a read return at once? */

/* Reads what is there into a line buffer; calls `line` for each complete line (without \n; lines
 * over the limit are cut). False at end of file. */
typedef struct hox__lines hox__lines;
hox__lines *hox__lines_new(int fd, size_t line_max);
bool hox__lines_read(hox__lines *lines, void (*line)(void *ctx, const char *s, size_t n),
                     void *ctx);
/* What is there of a last line without an end, as a line. */
void hox__lines_end(hox__lines *lines, void (*line)(void *ctx, const char *s, size_t n), void *ctx);
void hox__lines_free(hox__lines *lines);

bool hox__process_signal(int64_t pid, int signal); /* false: it could not be sent */
int64_t hox__pid(void);
int hox__cores(void);            /* processors this process may use */
int64_t hox__memory_bytes(void); /* of the machine, or the cgroup's limit when lower */

/* Is that process alive, and is it the one that started at `start` (hox__process_start)? */
int64_t
hox__process_start(int64_t pid); /* kernel start time in clock ticks; 0 when there is none */
void hox__host_name(char out[64]);
void hox__boot_id(char out[40]);

/* What the calling process prints goes to the end of that file from now on; it reads nothing. */
void hox__output_to(const char *path);

#endif
