#include "base/lock.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/proc.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct hox__lock {
    int fd;
};

/* A killed owner's children may hold its lock for an instant longer than it lives. */
static const double patience_s = 2, pause_s = 0.01;

typedef struct {
    long long pid, start, since_ms;
    char host[64], boot[40];
} owner;

static owner read_owner(int fd)
{
    owner o = {0};
    char text[256];
    const ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    if (sscanf(text, "%lld %lld %lld %63s %39s", &o.pid, &o.start, &o.since_ms, o.host, o.boot) !=
        5)
        o.pid = 0;
    return o;
}

/* Is the process that wrote itself into the side file gone for certain? */
static bool owner_is_dead(const owner *o)
{
    char host[64], boot[40];
    hox__host_name(host);
    hox__boot_id(boot);
    return o->pid > 0 && strcmp(host, o->host) == 0 && strcmp(boot, o->boot) == 0 &&
           hox__process_start(o->pid) != o->start;
}

static hox_status busy(const char *path, int fd, hox_error *err)
{
    const owner o = read_owner(fd);
    char since[HOX__TIME_TEXT];
    if (o.pid <= 0)
        return hox_fail(err, HOX_ERR_BUSY, "%s: another process owns it", path);
    hox__time_print(o.since_ms, since);
    return hox_fail(err, HOX_ERR_BUSY, "%s: process %lld on %s owns it since %s", path, o.pid,
                    o.host, since);
}

static hox_status take(int fd, const char *path, hox_error *err)
{
    const double began = hox__clock_s();
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return hox_fail(err, HOX_ERR_IO, "%s: cannot lock it: %s", path, strerror(errno));
        const owner o = read_owner(fd);
        if (!owner_is_dead(&o) || hox__clock_s() - began > patience_s)
            return busy(path, fd, err);
        hox__sleep_s(pause_s);
    }
    return HOX_OK;
}

static hox_status sign(int fd, const char *path, hox_error *err)
{
    char host[64], boot[40], text[256];
    hox__host_name(host);
    hox__boot_id(boot);
    const int n =
        snprintf(text, sizeof text, "%" PRId64 " %" PRId64 " %" PRId64 " %s %s\n", hox__pid(),
                 hox__process_start(hox__pid()), hox__clock_unix_ms(), host, boot);
    /* What is longer is cut off behind it, where nobody reads: cutting is slow, and seldom needed.
     */
    struct stat of;
    if (pwrite(fd, text, (size_t)n, 0) != n || fstat(fd, &of) != 0 ||
        (of.st_size > n && ftruncate(fd, n) != 0))
        return hox_fail(err, HOX_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
    return HOX_OK;
}

hox_status hox__lock_open(const char *path, hox__lock **lock, hox_error *err)
{
    *lock = NULL;
    const int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return hox_fail(err, HOX_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    hox__lock *made = hox__alloc(1, sizeof *made);
    hox_status status =
        made ? take(fd, path, err) : hox_fail(err, HOX_ERR_MEMORY, "no memory for a lock");
    if (status == HOX_OK)
        status = sign(fd, path, err);
    if (status != HOX_OK) {
        close(fd);
        hox__free(made);
        return status;
    }
    made->fd = fd;
    *lock = made;
    return HOX_OK;
}

void hox__lock_close(hox__lock *lock)
{
    if (!lock)
        return;
    close(lock->fd);
    hox__free(lock);
}

int64_t hox__lock_owner(const char *path)
{
    char host[64], boot[40];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    const owner o = held ? read_owner(fd) : (owner){0};
    close(fd);
    hox__host_name(host);
    hox__boot_id(boot);
    const bool here = strcmp(host, o.host) == 0 && strcmp(boot, o.boot) == 0;
    return held && here && hox__process_start(o.pid) == o.start ? o.pid : 0;
}
