/* Files. Every failure names the file and the system's reason; EINTR is gone on with here, once. */
#include "base/io.h"
#include "base/alloc.h"
#include "base/entropy.h"
#include "base/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static hox_status system_error(hox_error *err, const char *path, const char *what)
{
    char reason[128];
    return hox_fail(err, HOX_ERR_IO, "%s: cannot %s: %s", path, what,
                    strerror_r(errno, reason, sizeof reason));
}

static int open_retrying(const char *path, int flags, mode_t mode)
{
    int fd;
    do
        fd = open(path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return fd;
}

/* Room for what a regular file says it holds, and for the byte that would be one too many. */
static void expect(int fd, size_t bytes_max, hox__text *out)
{
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
        (uint64_t)info.st_size <= bytes_max)
        hox__text_room(out, (size_t)info.st_size + 1);
}

static hox_status read_fd(int fd, const char *path, size_t bytes_max, hox__text *out,
                          hox_error *err)
{
    enum { CHUNK = 16384 };
    expect(fd, bytes_max, out);
    for (;;) {
        if (out->cap - out->len < 2)
            hox__text_room(out, CHUNK);
        if (out->failed)
            return hox_fail(err, HOX_ERR_MEMORY, "%s: no memory to read it", path);
        const ssize_t got = read(fd, out->data + out->len, out->cap - out->len - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error(err, path, "read");
        if (got == 0)
            return HOX_OK;
        if ((size_t)got > bytes_max - out->len)
            return hox_fail(err, HOX_ERR_DATA, "%s: larger than the limit of %zu bytes", path,
                            bytes_max);
        out->len += (size_t)got;
        out->data[out->len] = '\0';
    }
}

hox_status hox__file_read(const char *path, size_t bytes_max, char **data, size_t *n,
                          hox_error *err)
{
    const bool standard = strcmp(path, "-") == 0;
    const int fd = standard ? STDIN_FILENO : open_retrying(path, O_RDONLY, 0);
    if (fd < 0)
        return system_error(err, path, "open");
    hox__text out = {0};
    hox_status status = read_fd(fd, path, bytes_max, &out, err);
    if (!standard)
        close(fd);
    const size_t len = out.len;
    char *taken = status == HOX_OK ? hox__text_take(&out) : NULL;
    hox__text_deinit(&out);
    if (status == HOX_OK && !taken)
        status = hox_fail(err, HOX_ERR_MEMORY, "%s: no memory to read it", path);
    if (status != HOX_OK)
        return status;
    *data = taken;
    *n = len;
    return HOX_OK;
}

bool hox__read_byte(int fd, char *out)
{
    for (;;) {
        const ssize_t got = read(fd, out, 1);
        struct pollfd p = {fd, POLLIN, 0};
        if (got >= 0)
            return got == 1;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            poll(&p, 1, -1);
        else if (errno != EINTR)
            return false;
    }
}

hox_status hox__write_all(int fd, const void *data, size_t n, hox_error *err)
{
    const char *p = data;
    while (n) {
        const ssize_t put = write(fd, p, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            poll(&(struct pollfd){fd, POLLOUT, 0}, 1, -1); /* a full pipe: its reader is slow */
            continue;
        }
        if (put < 0)
            return system_error(err, "output", "write");
        p += put;
        n -= (size_t)put;
    }
    return HOX_OK;
}

static hox_status sync_directory_of(const char *path, hox_error *err)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const size_t n = slash ? (size_t)(slash - path) + (slash == path) : 1;
    if (n >= sizeof folder)
        return hox_fail(err, HOX_ERR_IO, "%s: path too long", path);
    memcpy(folder, slash ? path : ".", n);
    folder[n] = '\0';
    const int fd = open_retrying(folder, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return system_error(err, folder, "open");
    /* Some file systems refuse to sync directories (EINVAL): there is nothing more to do there. */
    const bool failed = fsync(fd) != 0 && errno != EINVAL;
    const hox_status status = failed ? system_error(err, folder, "sync") : HOX_OK;
    close(fd);
    return status;
}

static hox_status write_and_sync(int fd, const char *path, const void *data, size_t n,
                                 hox_error *err)
{
    hox_error why = {0};
    if (hox__write_all(fd, data, n, &why) != HOX_OK || fsync(fd) != 0)
        return system_error(err, path, "write");
    return HOX_OK;
}

hox_status hox__file_write(const char *path, const void *data, size_t n, hox_error *err)
{
    char temporary[PATH_MAX];
    const int len = snprintf(temporary, sizeof temporary, "%s.%016llx.tmp", path,
                             (unsigned long long)hox__entropy_u64());
    if (len < 0 || (size_t)len >= sizeof temporary)
        return hox_fail(err, HOX_ERR_IO, "%s: path too long", path);
    const int fd = open_retrying(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (fd < 0)
        return system_error(err, path, "create");
    hox_status status = write_and_sync(fd, path, data, n, err);
    if (close(fd) != 0 && status == HOX_OK)
        status = system_error(err, path, "write");
    if (status == HOX_OK && rename(temporary, path) != 0)
        status = system_error(err, path, "replace");
    if (status != HOX_OK) {
        unlink(temporary);
        return status;
    }
    return sync_directory_of(path, err);
}

hox_status hox__file_map(const char *path, hox__mapping *out, hox_error *err)
{
    const int fd = open_retrying(path, O_RDONLY, 0);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) /* a wrong name, not a broken machine */
        return hox_fail(err, HOX_ERR_DATA, "%s: there is no such file", path);
    if (fd < 0)
        return system_error(err, path, "open");
    struct stat info;
    hox_status status = HOX_OK;
    *out = (hox__mapping){NULL, 0};
    if (fstat(fd, &info) != 0)
        status = system_error(err, path, "examine");
    else if (!S_ISREG(info.st_mode))
        status = hox_fail(err, HOX_ERR_DATA, "%s: not a regular file", path);
    else if (info.st_size > 0) {
        void *p = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            status = system_error(err, path, "map");
        else
            *out = (hox__mapping){p, (size_t)info.st_size};
    }
    close(fd);
    return status;
}

void hox__file_unmap(hox__mapping *mapping)
{
    if (mapping->data) {
        const void *data = mapping->data;
        void *writable;
        memcpy(&writable, &data, sizeof writable); /* munmap takes what mmap gave, without const */
        munmap(writable, mapping->n);
    }
    *mapping = (hox__mapping){NULL, 0};
}

hox_status hox__scratch_map(size_t n, void **out, hox_error *err)
{
    static const char folder[] = "/var/tmp";
    const int fd = open_retrying(folder, O_TMPFILE | O_RDWR, 0600);
    if (fd < 0)
        return system_error(err, folder, "make a scratch file");
    hox_status status = HOX_OK;
    void *p = MAP_FAILED;
    if (posix_fallocate(fd, 0, (off_t)n) !=
        0) /* a full disk is an error here, not a signal later */
        status = hox_fail(err, HOX_ERR_IO, "%s: no room for %zu bytes", folder, n);
    else if ((p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED)
        status = system_error(err, folder, "map a scratch file");
    close(fd);
    if (status == HOX_OK)
        *out = p;
    return status;
}

void hox__scratch_unmap(void *memory, size_t n)
{
    if (memory)
        munmap(memory, n);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static hox_status add_name(hox__names *names, int64_t *cap, const char *name)
{
    if (names->n == *cap) {
        const int64_t more = *cap ? *cap * 2 : 64;
        char **grown = hox__realloc(names->name, (size_t)more, sizeof *grown);
        if (!grown)
            return HOX_ERR_MEMORY;
        names->name = grown;
        *cap = more;
    }
    char *copy = hox__alloc(strlen(name) + 1, 1);
    if (!copy)
        return HOX_ERR_MEMORY;
    strcpy(copy, name);
    names->name[names->n++] = copy;
    return HOX_OK;
}

hox_status hox__folder_read(const char *path, int64_t most, hox__names *out, hox_error *err)
{
    DIR *folder = opendir(path);
    if (!folder)
        return system_error(err, path, "open");
    hox__names names = {0};
    int64_t cap = 0;
    hox_status status = HOX_OK;
    for (const struct dirent *e; status == HOX_OK && (e = readdir(folder)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        if (names.n == most)
            status = hox_fail(err, HOX_ERR_DATA, "%s: more than %lld names", path, (long long)most);
        else if ((status = add_name(&names, &cap, e->d_name)) != HOX_OK)
            hox_fail(err, status, "%s: no memory for its names", path);
    }
    closedir(folder);
    if (status != HOX_OK) {
        hox__names_free(&names);
        return status;
    }
    if (names.n)
        qsort(names.name, (size_t)names.n, sizeof *names.name, by_bytes);
    *out = names;
    return HOX_OK;
}

void hox__names_free(hox__names *names)
{
    for (int64_t i = 0; i < names->n; i++)
        hox__free(names->name[i]);
    hox__free(names->name);
    *names = (hox__names){0};
}

bool hox__file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool hox__is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool hox__directory_has_content(const char *path)
{
    DIR *folder = opendir(path);
    bool any = false;
    for (struct dirent *e; folder && !any && (e = readdir(folder)) != NULL;)
        any = strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (folder)
        closedir(folder);
    return any;
}

int64_t hox__file_bytes(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 ? (int64_t)s.st_size : 0;
}

int64_t hox__file_changed_ms(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return 0;
    return (int64_t)info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1000000;
}

hox_status hox__make_directories(const char *path, hox_error *err)
{
    char part[PATH_MAX];
    const size_t n = strlen(path);
    if (n >= sizeof part)
        return hox_fail(err, HOX_ERR_IO, "%s: path too long", path);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return system_error(err, part, "make directory");
    }
    if (!hox__is_directory(path))
        return hox_fail(err, HOX_ERR_IO, "%s: there is a file of that name, not a directory", path);
    return HOX_OK;
}

/* Removes what `name` is in `at`; the depth bounds descriptors and stack. */
static bool remove_at(int at, const char *name, int depth)
{
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
        return true;
    if ((errno != EISDIR && errno != EPERM) || depth == 0)
        return false;
    const int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    DIR *folder = fdopendir(fd);
    if (!folder) {
        close(fd);
        return false;
    }
    bool all = true;
    for (const struct dirent *e; all && (e = readdir(folder)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            all = remove_at(fd, e->d_name, depth - 1);
    const int why = errno;
    closedir(folder);
    errno = why;
    return all && (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
}

hox_status hox__remove_tree(const char *path, hox_error *err)
{
    enum { DEPTH_MAX = 64 };
    return remove_at(AT_FDCWD, path, DEPTH_MAX) ? HOX_OK : system_error(err, path, "remove");
}

hox_status hox__move(const char *from, const char *to, hox_error *err)
{
    return rename(from, to) == 0 ? HOX_OK : system_error(err, from, "rename");
}

hox_status hox__on_network_file_system(const char *path, bool *yes, hox_error *err)
{
    /* Magic numbers of statfs(2): NFS, SMB2, CIFS, Lustre, GPFS, 9p, BeeGFS. */
    static const uint32_t network[] = {0x6969,     0xFE534D42, 0xFF534D42, 0x0BD00BD0,
                                       0x47504653, 0x01021997, 0x19830326};
    struct statfs info;
    int failed;
    do
        failed = statfs(path, &info);
    while (failed && errno == EINTR);
    if (failed)
        return system_error(err, path, "examine the file system of");
    *yes = false;
    for (size_t i = 0; i < sizeof network / sizeof network[0]; i++)
        *yes |= (uint32_t)info.f_type == network[i];
    return HOX_OK;
}
