/* Preloaded into a program: kills it at the k-th system call that changes something outside it, so
 * that a test can stand at every such place (reliability H1). Only the process that was started
 * counts, not its forks. Every other write is torn: half of it is done before the end.
 *
 *     HOX_KILL_AT=K      die at call K, counted from 1
 *     HOX_KILL_COUNT=F   write the number of calls to F when the program ends by itself
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static long calls, at;
static pid_t counted;

__attribute__((constructor)) static void begin(void)
{
    const char *k = getenv("HOX_KILL_AT");
    at = k ? atol(k) : 0;
    counted = getpid();
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("HOX_KILL_COUNT");
    FILE *f = path && getpid() == counted ? fopen(path, "w") : NULL;
    if (!f)
        return;
    fprintf(f, "%ld\n", calls);
    fclose(f);
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* True: this is the last call. */
static int last(void)
{
    return getpid() == counted && ++calls == at;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t n)
{
    if (last()) {
        if (at % 2)
            REAL(write)(fd, data, n / 2);
        die();
    }
    return REAL(write)(fd, data, n);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t offset)
{
    if (last()) {
        if (at % 2)
            REAL(pwrite64)(fd, data, n / 2, offset);
        die();
    }
    return REAL(pwrite64)(fd, data, n, offset);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t offset)
{
    return pwrite64(fd, data, n, offset);
}

#define BEFORE(type, name, declared, passed)                                                       \
    type name declared                                                                             \
    {                                                                                              \
        if (last())                                                                                \
            die();                                                                                 \
        return REAL(name) passed;                                                                  \
    }

BEFORE(int, fsync, (int fd), (fd))
BEFORE(int, fdatasync, (int fd), (fd))
BEFORE(int, ftruncate, (int fd, off_t n), (fd, n))
BEFORE(int, ftruncate64, (int fd, off64_t n), (fd, n))
BEFORE(int, rename, (const char *from, const char *to), (from, to))
BEFORE(int, unlink, (const char *path), (path))
BEFORE(int, unlinkat, (int at_fd, const char *path, int flags), (at_fd, path, flags))
BEFORE(int, rmdir, (const char *path), (path))
BEFORE(int, mkdir, (const char *path, mode_t mode), (path, mode))
