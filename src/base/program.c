#include "base/program.h"
#include "base/alloc.h"
#include "base/clock.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int hox__minder_begin(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        return -1;
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* to end the program before we end */
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

void hox__adopt_orphans(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

bool hox__minder_asked_to_stop(int fd)
{
    struct signalfd_siginfo info;
    bool stop = false;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
        stop |= info.ssi_signo == SIGTERM;
    return stop;
}

/* ---- starting ---- */

typedef struct {
    int output[2], channel[2], failure[2];
} pipes;

static void close_both(int fd[2])
{
    for (int i = 0; i < 2; i++)
        if (fd[i] >= 0)
            close(fd[i]);
    fd[0] = fd[1] = -1;
}

static bool make_pipes(pipes *p, bool channel)
{
    *p = (pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    bool ok = pipe2(p->output, O_CLOEXEC) == 0 && pipe2(p->failure, O_CLOEXEC) == 0;
    if (ok && channel)
        ok = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->channel) == 0;
    if (!ok) {
        close_both(p->output);
        close_both(p->channel);
        close_both(p->failure);
    }
    return ok;
}

static bool sets(const char *const *set, const char *variable)
{
    const size_t name = strcspn(variable, "=") + 1;
    for (; set && *set; set++)
        if (strncmp(*set, variable, name) == 0)
            return true;
    return false;
}

/* The environment that it begins with: each name once, the last that was set. */
static const char **environment_of(const hox__program_options *o, const char *channel)
{
    size_t n = 3, k = 0;
    for (char **e = environ; *e; e++)
        n++;
    for (const char *const *set = o->set; set && *set; set++)
        n++;
    const char **all = hox__alloc(n, sizeof *all);
    if (!all)
        return NULL;
    for (const char *const *set = o->set; set && *set; set++)
        if (!sets(set + 1, *set))
            all[k++] = *set;
    if (*channel)
        all[k++] = channel;
    const char *const own[] = {channel, NULL};
    for (char **e = environ; *e; e++)
        if (!sets(o->set, *e) && !(*channel && sets(own, *e)))
            all[k++] = *e;
    return all;
}

static void be_ordinary(pid_t parent)
{
    sigset_t none;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    signal(SIGPIPE, SIG_DFL); /* all that a minder ignores; handlers do not outlive an exec */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void connect_streams(const hox__program_options *o, const pipes *p)
{
    const int in = open(o->input ? o->input : "/dev/null", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in >= 0)
        dup2(in, STDIN_FILENO);
    dup2(p->output[1], STDOUT_FILENO);
    dup2(p->output[1], STDERR_FILENO);
    if (o->channel)
        fcntl(p->channel[1], F_SETFD, 0); /* the one descriptor that it inherits */
}

static void become_program(const hox__program_options *o, const pipes *p, const char **environment,
                           pid_t parent)
{
    be_ordinary(parent);
    connect_streams(o, p);
    execvpe(o->argv[0], (char *const *)(uintptr_t)o->argv, (char *const *)(uintptr_t)environment);
    const int why = errno;
    const ssize_t said = write(p->failure[1], &why, sizeof why);
    (void)said;
    _exit(127);
}

/* vfork(): the child has our memory until it is the program, so nothing is copied; it calls the
 * system and nothing else. Copying cost 2 ms of 24 a trial, the faults of what was copied more. */
static pid_t spawn(const hox__program_options *o, const pipes *p, const char **environment)
{
    const pid_t parent = getpid();
    const pid_t pid = vfork();
    if (pid == 0)
        become_program(o, p, environment, parent);
    return pid;
}

/* What kept it from starting; 0: it has started. */
static int failure_of(const pipes *p)
{
    int why = 0;
    ssize_t got;
    do
        got = read(p->failure[0], &why, sizeof why);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof why ? why : 0;
}

hox_status hox__program_start(const hox__program_options *o, hox__program *out, hox_error *err)
{
    pipes p;
    char reason[128];
    if (!make_pipes(&p, o->channel != NULL))
        return hox_fail(err, HOX_ERR_IO, "cannot make a pipe: %s",
                        strerror_r(errno, reason, sizeof reason));
    char channel[64] = "";
    if (o->channel)
        snprintf(channel, sizeof channel, "%s=%d", o->channel, p.channel[1]);
    const char **environment = environment_of(o, channel);
    if (!environment)
        errno = ENOMEM;
    const pid_t pid = environment ? spawn(o, &p, environment) : -1;
    int why = pid < 0 ? errno : 0;
    hox__free((void *)environment);
    if (pid > 0)
        setpgid(pid, pid);
    close(p.output[1]);
    close(p.failure[1]);
    if (p.channel[1] >= 0)
        close(p.channel[1]);
    if (pid > 0)
        why = failure_of(&p);
    close(p.failure[0]);
    if (why) {
        close(p.output[0]);
        if (p.channel[0] >= 0)
            close(p.channel[0]);
        while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
        return hox_fail_code(err, HOX_ERR_IO, "E0807", "cannot start `%s`: %s", o->argv[0],
                             strerror_r(why, reason, sizeof reason));
    }
    hox__fd_nonblocking(p.output[0]);
    if (p.channel[0] >= 0)
        hox__fd_nonblocking(p.channel[0]);
    *out = (hox__program){.pid = pid, .output = p.output[0], .channel = p.channel[0]};
    return HOX_OK;
}

/* ---- ending ---- */

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

bool hox__program_ended(hox__program *program, hox__child_end *end)
{
    bool over = false;
    for (;;) {
        int status;
        struct rusage use;
        const pid_t pid = wait4(-1, &status, WNOHANG, &use);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid <= 0)
            break;
        const int64_t peak = (int64_t)use.ru_maxrss * 1024;
        program->cpu_s += seconds_of(use.ru_utime) + seconds_of(use.ru_stime);
        if (peak > program->memory_peak_bytes)
            program->memory_peak_bytes = peak;
        if (pid != (pid_t)program->pid)
            continue;
        over = true;
        *end = (hox__child_end){
            .exited = WIFEXITED(status),
            .code = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
            .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        };
    }
    if (over) {
        end->cpu_s = program->cpu_s;
        end->memory_peak_bytes = program->memory_peak_bytes;
    }
    return over;
}

bool hox__childless(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

double hox__children_cpu_s(void)
{
    struct rusage dead;
    return getrusage(RUSAGE_CHILDREN, &dead) == 0
               ? seconds_of(dead.ru_utime) + seconds_of(dead.ru_stime)
               : 0;
}

void hox__program_close(hox__program *program)
{
    if (program->output >= 0)
        close(program->output);
    if (program->channel >= 0)
        close(program->channel);
    program->output = program->channel = -1;
}

/* ---- descendants ---- */

enum { PROCESSES_MAX = 1 << 16 };

typedef struct {
    pid_t pid, parent;
    bool below; /* descends from us */
    bool spared;
    double cpu_s;
    int64_t memory_bytes;
} process;

/* Fields 4, 14..17 and 24 of /proc/PID/stat (proc(5)), counted behind the name in parentheses. */
static bool read_process(pid_t pid, process *out)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const ssize_t got = read(fd, line, sizeof line - 1);
    close(fd);
    if (got <= 0)
        return false;
    line[got] = '\0';
    const char *p = strrchr(line, ')');
    char state;
    int parent;
    unsigned long user, system;
    long dead_user, dead_system;
    if (!p || sscanf(p + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld", &state,
                     &parent, &user, &system, &dead_user, &dead_system) != 6)
        return false;
    const double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    *out = (process){.pid = pid, .parent = parent};
    out->cpu_s = tick * ((double)user + (double)system + (double)dead_user + (double)dead_system);
    return true;
}

static int64_t own_memory(pid_t pid)
{
    char path[64], line[128];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const ssize_t got = read(fd, line, sizeof line - 1);
    close(fd);
    line[got > 0 ? got : 0] = '\0';
    long long resident = 0, shared = 0;
    if (sscanf(line, "%*d %lld %lld", &resident, &shared) != 2)
        return 0;
    return (resident - shared) * (int64_t)sysconf(_SC_PAGESIZE);
}

/* All processes; the caller frees *list. */
static int read_processes(process **list)
{
    int n = 0, room = 0;
    DIR *folder = opendir("/proc");
    *list = NULL;
    for (struct dirent *e; folder && n < PROCESSES_MAX && (e = readdir(folder)) != NULL;) {
        const pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
        if (n == room) {
            room = room ? 2 * room : 256;
            process *grown = hox__realloc(*list, (size_t)room, sizeof **list);
            if (!grown)
                break;
            *list = grown;
        }
        if (pid > 0 && read_process(pid, &(*list)[n]))
            n++;
    }
    if (folder)
        closedir(folder);
    return n;
}

static process *find(process *list, int n, pid_t pid)
{
    for (int i = 0; i < n; i++)
        if (list[i].pid == pid)
            return &list[i];
    return NULL;
}

/* Marks those that descend from us by a child that is not spared. */
static void mark(process *list, int n)
{
    const pid_t self = getpid();
    for (int i = 0; i < n; i++) {
        const process *p = &list[i];
        for (int depth = 0; p && depth < n && !p->spared; depth++) {
            list[i].below |= p->parent == self;
            p = p->parent == self || p->parent <= 1 ? NULL : find(list, n, p->parent);
        }
    }
}

int hox__strays_kill(const int64_t *keep, int kept, int signal_number)
{
    process *list;
    int killed = 0;
    const int n = read_processes(&list);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < kept; k++)
            list[i].spared |= list[i].pid == (pid_t)keep[k];
    mark(list, n);
    for (int i = 0; i < n; i++)
        if (list[i].below && kill(list[i].pid, signal_number) == 0)
            killed++;
    hox__free(list);
    return killed;
}

void hox__reap_strays(const int64_t *keep, int kept)
{
    siginfo_t info = {0};
    for (int i = 0; i < PROCESSES_MAX; i++) {
        info.si_pid = 0;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
            return;
        for (int k = 0; k < kept; k++)
            if (keep[k] == info.si_pid)
                return; /* its turn comes elsewhere */
        waitpid(info.si_pid, NULL, WNOHANG);
    }
}

int hox__descendants_kill(int signal_number)
{
    if (hox__childless()) /* so there are none below them */
        return 0;
    return hox__strays_kill(NULL, 0, signal_number);
}

hox__usage hox__descendants_usage(void)
{
    process *list;
    hox__usage usage = {0};
    const int n = read_processes(&list);
    mark(list, n);
    for (int i = 0; i < n; i++)
        if (list[i].below) {
            usage.processes++;
            usage.cpu_s += list[i].cpu_s;
            usage.memory_bytes += own_memory(list[i].pid);
        }
    usage.cpu_s += hox__children_cpu_s();
    hox__free(list);
    return usage;
}

/* ---- small things ---- */

static bool is_program(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode) && access(path, X_OK) == 0;
}

bool hox__program_exists(const char *name)
{
    char path[PATH_MAX];
    if (strchr(name, '/'))
        return is_program(name);
    const char *all = getenv("PATH");
    for (const char *p = all ? all : "/usr/local/bin:/usr/bin:/bin"; p;) {
        const size_t n = strcspn(p, ":");
        const int wrote = snprintf(path, sizeof path, "%.*s/%s", n ? (int)n : 1, n ? p : ".", name);
        if (wrote > 0 && (size_t)wrote < sizeof path && is_program(path))
            return true;
        p = p[n] ? p + n + 1 : NULL;
    }
    return false;
}

bool hox__write_some(int fd, const void *data, size_t n)
{
    ssize_t put;
    do
        put = send(fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (put < 0 && errno == EINTR);
    return put == (ssize_t)n;
}

bool hox__absolute_path(const char *path, char *out)
{
    char found[PATH_MAX];
    if (!realpath(path, found) || strlen(found) >= 4096)
        return false;
    strcpy(out, found);
    return true;
}

bool hox__is_socket(int fd)
{
    struct stat s;
    return fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode);
}

void hox__socket_empty(int fd)
{
    char chunk[512];
    for (;;) {
        const ssize_t got = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EINTR))
            return;
    }
}
