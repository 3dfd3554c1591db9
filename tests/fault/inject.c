/* Preloaded into a program: makes the k-th system call that touches the outside fail, once or from
 * then on (reliability H3). Only the process that was started counts, not its forks; calls on
 * sockets, pipes and terminals do not count.
 *
 *     HOX_FAULT=NAME     enospc eio eintr emfile erofs short: of those the call can have, else
 * passed by HOX_FAULT_AT=K     at call K, counted from 1 HOX_FAULT_STAY=1   and at all later ones
 *     HOX_FAULT_SYNC=1   only fsync and fdatasync count
 *     HOX_FAULT_COUNT=F  writes the number of calls to F when the program ends by itself, and
 *                        whether a sync was tried again after one had failed
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPENS = 1, WRITES = 2, SYNCS = 4, NAMES = 8, READS = 16 };

static const struct {
    const char *name;
    int number, of;
} fault[] = {
    {"enospc", ENOSPC, OPENS | WRITES | SYNCS | NAMES},
    {"eio", EIO, WRITES | SYNCS | READS | NAMES},
    {"eintr", EINTR, WRITES | SYNCS | READS | OPENS},
    {"emfile", EMFILE, OPENS},
    {"erofs", EROFS, OPENS | NAMES},
    {"short", 0, WRITES | READS},
};

static long calls, at;
static int stay, syncs_only, which = -1;
static pid_t counted;
static int failed_sync, synced_again; /* a sync of a file whose sync had failed succeeded later */

__attribute__((constructor)) static void begin(void)
{
    const char *k = getenv("HOX_FAULT_AT"), *name = getenv("HOX_FAULT");
    at = k ? atol(k) : 0;
    stay = getenv("HOX_FAULT_STAY") != NULL;
    syncs_only = getenv("HOX_FAULT_SYNC") != NULL;
    counted = getpid();
    for (int i = 0; name && i < (int)(sizeof fault / sizeof fault[0]); i++)
        if (strcmp(name, fault[i].name) == 0)
            which = i;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("HOX_FAULT_COUNT");
    if (!path || getpid() != counted)
        return;
    at = 0;
    FILE *f = fopen(path, "w");
    if (!f)
        return;
    fprintf(f, "%ld %d\n", calls, synced_again);
    fclose(f);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_file(int fd) /* what is said to people does not count */
{
    struct stat s;
    return fd > 2 && fstat(fd, &s) == 0 && (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode));
}

/* Shall this call, of that kind, fail? */
static int now(int kind)
{
    if (getpid() != counted || (syncs_only && kind != SYNCS))
        return 0;
    calls++;
    const int due = at > 0 && (calls == at || (stay && calls > at));
    return due && which >= 0 && fault[which].of & kind;
}

static int fail(void)
{
    errno = fault[which].number;
    return -1;
}

ssize_t write(int fd, const void *data, size_t n)
{
    if (is_file(fd) && now(WRITES)) {
        if (fault[which].number)
            return fail();
        n = n > 1 ? n / 2 : n;
    }
    return REAL(write)(fd, data, n);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t offset)
{
    if (is_file(fd) && now(WRITES)) {
        if (fault[which].number)
            return fail();
        n = n > 1 ? n / 2 : n;
    }
    return REAL(pwrite64)(fd, data, n, offset);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t offset)
{
    return pwrite64(fd, data, n, offset);
}

ssize_t pread64(int fd, void *data, size_t n, off64_t offset)
{
    if (is_file(fd) && now(READS)) {
        if (fault[which].number)
            return fail();
        n = n > 1 ? n / 2 : n;
    }
    return REAL(pread64)(fd, data, n, offset);
}

ssize_t pread(int fd, void *data, size_t n, off_t offset)
{
    return pread64(fd, data, n, offset);
}

static int sync_with(int fd, int (*real)(int))
{
    struct stat s;
    /* SQLite does without the sync of a folder where there is none: that of the file decides. */
    if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && now(SYNCS)) {
        failed_sync = 1;
        return fail();
    }
    const int code = real(fd);
    synced_again |= code == 0 && failed_sync && !stay;
    return code;
}

int fsync(int fd)
{
    return sync_with(fd, REAL(fsync));
}

int fdatasync(int fd)
{
    return sync_with(fd, REAL(fdatasync));
}

static int is_ours(const char *path)
{
    return strncmp(path, "/proc/", 6) != 0 && strncmp(path, "/sys/", 5) != 0 &&
           strncmp(path, "/etc/", 5) != 0 && strncmp(path, "/usr/", 5) != 0 &&
           strncmp(path, "/dev/", 5) != 0;
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (is_ours(path) && now(OPENS))
        return fail();
    return REAL(open64)(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (is_ours(path) && now(OPENS))
        return fail();
    return REAL(open)(path, flags, mode);
}

#define BEFORE(kind, name, declared, passed)                                                       \
    int name declared                                                                              \
    {                                                                                              \
        return now(kind) ? fail() : REAL(name) passed;                                             \
    }

BEFORE(WRITES, ftruncate, (int fd, off_t n), (fd, n))
BEFORE(WRITES, ftruncate64, (int fd, off64_t n), (fd, n))
BEFORE(NAMES, rename, (const char *from, const char *to), (from, to))
BEFORE(NAMES, unlink, (const char *path), (path))
BEFORE(NAMES, unlinkat, (int at_fd, const char *path, int flags), (at_fd, path, flags))
BEFORE(NAMES, rmdir, (const char *path), (path))
BEFORE(NAMES, mkdir, (const char *path, mode_t mode), (path, mode))
