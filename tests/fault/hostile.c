/* A trial that does one bad thing (reliability H4): `hostile MODE`. What must become of it stands
 * in the table, which `hostile list` prints for the test. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void result(void)
{
    printf("y 1\n");
    fflush(stdout);
}

static void say(const char *s, size_t n)
{
    while (n) {
        const ssize_t put = write(1, s, n);
        if (put <= 0)
            return;
        s += put;
        n -= (size_t)put;
    }
}

static int channel(void)
{
    const char *fd = getenv("HOX_FD");
    return fd ? atoi(fd) : -1;
}

static void over_channel(const char *s, size_t n)
{
    (void)!send(channel(), s, n, MSG_NOSIGNAL);
}

static void hang(void)
{
    for (;;)
        pause();
}

static void well(void)
{
    result();
}
static void exit_1(void)
{
    exit(1);
}
static void exit_10(void)
{
    exit(10);
}
static void by_abort(void)
{
    abort();
}
static void by_segv(void)
{
    raise(SIGSEGV);
}
static void by_fpe(void)
{
    raise(SIGFPE);
}
static void by_ill(void)
{
    raise(SIGILL);
}
static void by_bus(void)
{
    raise(SIGBUS);
}
static void by_kill(void)
{
    raise(SIGKILL);
}
static void by_term(void)
{
    raise(SIGTERM);
}
static void by_int_to_all(void)
{
    kill(0, SIGINT);
    hang();
}
static void stops_itself(void)
{
    raise(SIGSTOP);
    hang();
}
static void deaf(void)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    hang();
}
static void silent(void)
{
}
static void nan_value(void)
{
    printf("y nan\n");
}
static void inf_value(void)
{
    printf("y inf\n");
}
static void too_large(void)
{
    printf("y 1e999\n");
}
static void huge(void)
{
    printf("y 1e308\n");
}
static void denormal(void)
{
    printf("y 5e-324\n");
}
static void wrong_key(void)
{
    printf("z 1\n");
}

static void binary(void)
{
    char bytes[4096];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 151);
    say(bytes, sizeof bytes);
    say("\n", 1);
    result();
}

static void bad_utf8(void)
{
    say("\xff\xfe\xc0\x80 y\n", 7);
    result();
}
static void escapes(void)
{
    static const char codes[] = "\033[2J\033]0;x\a\033[?1049h\n";
    say(codes, sizeof codes - 1);
    result();
}

static void giant_line(void)
{
    char chunk[1 << 16];
    memset(chunk, 'x', sizeof chunk);
    for (int i = 0; i < 16 * 8; i++) /* 16 MiB */
        say(chunk, sizeof chunk);
    say("\n", 1);
    result();
}

static void flood(void)
{
    char chunk[1 << 16];
    for (size_t i = 0; i < sizeof chunk; i++)
        chunk[i] = i % 64 == 63 ? '\n' : 'f';
    for (int i = 0; i < 16 * 8; i++)
        say(chunk, sizeof chunk);
    result();
}

static void channel_garbage(void)
{
    static const char noise[] = "\0\1\2{]\n{\"step\":\n[[[[[[\n\xff\xff\n{}\n\n\"\\ud800\"\n";
    over_channel(noise, sizeof noise);
    result();
}

static void channel_closed(void)
{
    close(channel());
    result();
}
static void channel_partial(void)
{
    over_channel("{\"step\":1,\"y\":", 14);
    result();
}

static void many_reports(void)
{
    char line[64];
    for (int i = 1; i <= 3000; i++) {
        const int n = snprintf(line, sizeof line, "{\"step\":%d,\"y\":0.5}\n", i);
        over_channel(line, (size_t)n);
    }
    result();
}

static void negative_steps(void)
{
    static const char lines[] = "{\"step\":-5,\"y\":0.1}\n{\"step\":-4,\"y\":0.2}\n";
    over_channel(lines, sizeof lines - 1);
    result();
}

static void huge_steps(void)
{
    static const char lines[] =
        "{\"step\":9223372036854775807,\"y\":0.1}\n{\"step\":1e300,\"y\":0.2}\n";
    over_channel(lines, sizeof lines - 1);
    result();
}

/* It goes on in a session of its own, and would say something later. */
static void daemonize(void)
{
    result();
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            signal(SIGHUP, SIG_IGN);
            signal(SIGTERM, SIG_IGN);
            sleep(600);
            printf("y 7\n");
        }
        _exit(0);
    }
}

static void late_child(void)
{
    if (fork() == 0) {
        sleep(600);
        result();
        _exit(0);
    }
}

static void many_children(void)
{
    for (int i = 0; i < 40; i++)
        if (fork() == 0) {
            if (i % 2)
                setsid();
            hang();
        }
    result();
}

static void eat_memory(void)
{
    for (;;) {
        char *volatile p = malloc(8 << 20); /* or it is left out */
        if (p)
            memset(p, 1, 8 << 20);
        usleep(20000);
    }
}

static volatile int depth;
static int deeper(int n)
{
    volatile char pad[4096];
    pad[0] = (char)n;
    depth++;
    return deeper(n + 1) + pad[0];
}
static void deep_stack(void)
{
    exit(deeper(0) & 1);
}

static void no_folder(void)
{
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", getenv("HOX_DIR"));
    (void)!system(command);
    result();
}

static void link_folder(void)
{
    char command[4400];
    const char *dir = getenv("HOX_DIR");
    snprintf(command, sizeof command, "rm -rf '%s'; ln -s .. '%s'", dir, dir);
    (void)!system(command);
    result();
}

static void large_file(void)
{
    char path[4200], chunk[1 << 16] = {0};
    snprintf(path, sizeof path, "%s/large", getenv("HOX_DIR"));
    const int fd = open(path, O_WRONLY | O_CREAT, 0600);
    for (int i = 0; i < 16 * 8; i++)
        (void)!write(fd, chunk, sizeof chunk);
    result();
}

static void reads_input(void)
{
    char byte;
    while (read(0, &byte, 1) > 0)
        ;
    result();
}

static void kills_parent(void)
{
    kill(getppid(), SIGKILL);
    hang();
}
static void zombies(void)
{
    for (int i = 0; i < 20; i++)
        if (fork() == 0)
            _exit(0);
    result();
}

static void closed(void)
{
    for (int i = 0; i < 3; i++)
        close(i);
}

static void descriptors(void)
{
    while (open("/dev/null", O_RDONLY) >= 0)
        ;
    result();
}

static void priority(void)
{
    setpriority(PRIO_PROCESS, 0, -20);
    result();
}

static void reports_wrongly(void)
{
    (void)!system(
        "hox report --step x </dev/null >/dev/null 2>&1; hox report y=abc >/dev/null 2>&1;"
        "hox report nobody@7 y=1 --store /nowhere >/dev/null 2>&1");
    result();
}

static void stopped_child(void)
{
    const pid_t child = fork();
    if (child == 0)
        hang();
    kill(child, SIGSTOP);
    result();
}

static const struct {
    const char *name;
    void (*does)(void);
    const char *becomes; /* state.reason */
} mode[] = {
    {"well", well, "done."},
    {"exit_1", exit_1, "failed.exit"},
    {"exit_10", exit_10, "failed.exit"},
    {"by_abort", by_abort, "failed.signal"},
    {"by_segv", by_segv, "failed.signal"},
    {"by_fpe", by_fpe, "failed.signal"},
    {"by_ill", by_ill, "failed.signal"},
    {"by_bus", by_bus, "failed.signal"},
    {"by_kill", by_kill, "failed.signal"},
    {"by_term", by_term, "failed.signal"},
    {"by_int_to_all", by_int_to_all, "failed.signal"},
    {"stops_itself", stops_itself, "failed.timeout"},
    {"hangs", hang, "failed.timeout"},
    {"deaf", deaf, "failed.timeout"},
    {"silent", silent, "failed.output"},
    {"nan_value", nan_value, "failed.nan"},
    {"inf_value", inf_value, "failed.nan"},
    {"too_large", too_large, "failed.nan"},
    {"huge", huge, "done."},
    {"denormal", denormal, "done."},
    {"wrong_key", wrong_key, "failed.output"},
    {"binary", binary, "done."},
    {"bad_utf8", bad_utf8, "done."},
    {"escapes", escapes, "done."},
    {"giant_line", giant_line, "done."},
    {"flood", flood, "done."},
    {"channel_garbage", channel_garbage, "done."},
    {"channel_closed", channel_closed, "done."},
    {"channel_partial", channel_partial, "done."},
    {"many_reports", many_reports, "done."},
    {"negative_steps", negative_steps, "done."},
    {"huge_steps", huge_steps, "done."},
    {"daemonize", daemonize, "done."},
    {"late_child", late_child, "failed.output"},
    {"many_children", many_children, "done."},
    {"eat_memory", eat_memory, "failed.memory"},
    {"deep_stack", deep_stack, "failed.signal"},
    {"no_folder", no_folder, "done."},
    {"link_folder", link_folder, "done."},
    {"large_file", large_file, "done."},
    {"reads_input", reads_input, "done."},
    {"kills_parent", kills_parent, "failed.signal"},
    {"zombies", zombies, "done."},
    {"closed", closed, "failed.output"},
    {"descriptors", descriptors, "done."},
    {"priority", priority, "done."},
    {"reports_wrongly", reports_wrongly, "done."},
    {"stopped_child", stopped_child, "done."},
};
enum { MODES = sizeof mode / sizeof mode[0] };

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        for (int i = 0; i < MODES; i++)
            printf("%d %s %s\n", i, mode[i].name, mode[i].becomes);
        return 0;
    }
    const int n = argc == 2 ? atoi(argv[1]) : -1;
    if (n < 0 || n >= MODES)
        return 2;
    mode[n].does();
    return 0;
}
