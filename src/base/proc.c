/* Children: fork, limits, groups, report channel, end. See proc.h. */
#include "base/proc.h"
#include "base/alloc.h"
#include "base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

static void limit(int what, int64_t value)
{
    const struct rlimit l = {(rlim_t)value, (rlim_t)value};
    if (value > 0)
        setrlimit(what, &l);
}

/* The first to be killed when the machine runs out of memory should be a trial, not the study. */
static void prefer_as_victim(void)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    const ssize_t put = write(fd, "500", 3);
    (void)put; /* refused in some containers: the default order then stands */
    close(fd);
}

void hox__output_to(const char *path)
{
    const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (in >= 0)
        dup2(in, STDIN_FILENO);
    if (out >= 0) {
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
    }
}

/* Whatever else the parent has open is the parent's: a lock, a socket, a store. */
static void keep_only(int fd)
{
    if (fd > STDERR_FILENO + 1)
        close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
    close_range((unsigned)fd + 1, ~0u, 0);
}

static void become_child(const hox__child_options *options, pid_t parent, int fd)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before we could ask to die with it */
        _exit(EXIT_FAILURE);
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    keep_only(fd);
    prefer_as_victim();
    limit(RLIMIT_AS, options->memory_bytes_max);
    limit(RLIMIT_CPU, options->cpu_s_max);
    limit(RLIMIT_CORE, 0);
    if (options->output)
        hox__output_to(options->output);
}

bool hox__pair_open(int end[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end) != 0)
        return false;
    hox__fd_nonblocking(end[0]);
    return true;
}

void hox__pair_close(const int end[2])
{
    close(end[0]);
    close(end[1]);
}

hox_status hox__child_fork(int (*child_main)(int fd, void *ctx), void *ctx,
                           const hox__child_options *options, hox__child *out, hox_error *err)
{
    int pair[2];
    char reason[128];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return hox_fail(err, HOX_ERR_IO, "cannot make a socket pair: %s",
                        strerror_r(errno, reason, sizeof reason));
    const pid_t parent = getpid();
    fflush(NULL); /* what is buffered would be written twice */
    const pid_t pid = fork();
    if (pid < 0) {
        hox_fail(err, HOX_ERR_IO, "cannot start a process: %s",
                 strerror_r(errno, reason, sizeof reason));
        close(pair[0]);
        close(pair[1]);
        return HOX_ERR_IO;
    }
    if (pid == 0) {
        become_child(options, parent, pair[1]);
        const int code = child_main(pair[1], ctx);
        fflush(NULL);
        _exit(code);
    }
    setpgid(pid, pid); /* both sides do it, so neither depends on the other's speed */
    close(pair[1]);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    *out = (hox__child){.pid = pid, .fd = pair[0], .started_s = hox__clock_s()};
    return HOX_OK;
}

bool hox__child_ended(hox__child *child, hox__child_end *end)
{
    int status;
    struct rusage use;
    pid_t got;
    do
        got = wait4((pid_t)child->pid, &status, WNOHANG, &use);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return false;
    *end = (hox__child_end){.wall_s = hox__clock_s() - child->started_s};
    if (got < 0) { /* not ours to wait for: gone without a trace */
        end->signal = SIGKILL;
        return true;
    }
    end->exited = WIFEXITED(status);
    end->code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end->cpu_s = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                 1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    end->memory_peak_bytes = (int64_t)use.ru_maxrss * 1024;
    return true;
}

void hox__child_kill(const hox__child *child, int signal_number)
{
    if (child->pid > 1)
        kill(-(pid_t)child->pid, signal_number);
}

void hox__child_close(hox__child *child)
{
    if (child->fd >= 0)
        close(child->fd);
    child->fd = -1;
}

void hox__fd_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, O_NONBLOCK);
}

bool hox__readable(int fd)
{
    struct pollfd p = {fd, POLLIN, 0};
    return poll(&p, 1, 0) > 0;
}

void hox__wait(const int *fds, int n, double seconds)
{
    enum { POLL_MAX = 1024 };
    struct pollfd p[POLL_MAX];
    nfds_t used = 0;
    for (int i = 0; i < n && used < POLL_MAX; i++)
        if (fds[i] >= 0)
            p[used++] = (struct pollfd){fds[i], POLLIN, 0};
    const double ms = seconds * 1000;
    poll(p, used, ms < 0 ? 0 : ms > 1e6 ? 1000000 : (int)ms);
}

struct hox__lines {
    int fd;
    size_t max, len;
    bool cut; /* the line in hand is over the limit: the rest of it is dropped */
    char buffer[];
};

hox__lines *hox__lines_new(int fd, size_t line_max)
{
    hox__lines *lines = hox__alloc(1, sizeof *lines + line_max + 1);
    if (lines) {
        lines->fd = fd;
        lines->max = line_max;
    }
    return lines;
}

static void give(hox__lines *lines, void (*line)(void *ctx, const char *s, size_t n), void *ctx)
{
    lines->buffer[lines->len] = '\0';
    line(ctx, lines->buffer, lines->len);
    lines->len = 0;
    lines->cut = false;
}

bool hox__lines_read(hox__lines *lines, void (*line)(void *ctx, const char *s, size_t n), void *ctx)
{
    char chunk[4096];
    /* Bounded: a child that writes without pause must not keep its reader from everything else. */
    for (int round = 0; round < 64; round++) {
        const ssize_t got = read(lines->fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        if (got == 0)
            return false;
        for (ssize_t i = 0; i < got; i++) {
            if (chunk[i] == '\n')
                give(lines, line, ctx);
            else if (lines->len < lines->max)
                lines->buffer[lines->len++] = chunk[i];
            else
                lines->cut = true;
        }
    }
    return true;
}

void hox__lines_end(hox__lines *lines, void (*line)(void *ctx, const char *s, size_t n), void *ctx)
{
    if (lines->len > 0)
        give(lines, line, ctx);
}

void hox__lines_free(hox__lines *lines)
{
    hox__free(lines);
}

bool hox__process_signal(int64_t pid, int signal_number)
{
    return pid > 1 && kill((pid_t)pid, signal_number) == 0;
}

int64_t hox__pid(void)
{
    return getpid();
}

int hox__cores(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    const int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 0 ? n : 1;
}

/* The first line of a small system file; false when there is none. */
static bool first_line(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    const bool got = fgets(out, (int)size, f) != NULL;
    fclose(f);
    if (got)
        out[strcspn(out, "\n")] = '\0';
    return got;
}

int64_t hox__memory_bytes(void)
{
    struct sysinfo info;
    int64_t bytes =
        sysinfo(&info) == 0 ? (int64_t)info.totalram * (int64_t)info.mem_unit : INT64_MAX;
    static const char *const limits[] = {"/sys/fs/cgroup/memory.max",
                                         "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        char line[64];
        if (!first_line(limits[i], line, sizeof line))
            continue;
        const long long cap = strtoll(line, NULL, 10); /* "max" reads as 0 */
        if (cap > 0 && cap < bytes)
            bytes = cap;
    }
    return bytes;
}

int64_t hox__process_start(int64_t pid)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (!first_line(path, line, sizeof line))
        return 0;
    /* Field 22, counted behind the name, which stands in parentheses and may hold anything. */
    const char *p = strrchr(line, ')');
    for (int field = 2; p && field < 22; field++) {
        p = strchr(p + 1, ' ');
    }
    return p ? strtoll(p, NULL, 10) : 0;
}

void hox__host_name(char out[64])
{
    if (gethostname(out, 64) != 0)
        strcpy(out, "unknown");
    out[63] = '\0';
}

void hox__boot_id(char out[40])
{
    if (!first_line("/proc/sys/kernel/random/boot_id", out, 40))
        strcpy(out, "unknown");
}
