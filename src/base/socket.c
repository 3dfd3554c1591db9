#include "base/socket.h"
#include "base/alloc.h"
#include "base/proc.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 1024, AT_ONCE = 64, NAME_MAX_BYTES = 60, WAITING_MAX = 128 };

typedef struct {
    int fd; /* -1: free */
    int64_t id;
    hox__lines *lines;
    bool lost; /* to be shown out */
} client;

struct hox__server {
    int listener, epoll, folder; /* folder: held open, the name is reached through it */
    size_t line_max;
    int64_t next_id;
    client *client; /* [CLIENTS_MAX] */
    const hox__server_handler *handler;
    int serving; /* whose line is being heard */
    bool some_lost;
    char name[NAME_MAX_BYTES + 32];
};

/* ---- the name ---- */

/* What a socket of `path` is called in its folder: the same name if it is short, else its beginning
 * and a number made of all of it (FNV-1a, 64 bits). */
static void short_name(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    uint64_t hash = 14695981039346656037u;
    for (const char *p = name; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    if (strlen(name) <= NAME_MAX_BYTES)
        snprintf(out, size, "%s", name);
    else
        snprintf(out, size, "%.40s-%016" PRIx64, name, hash);
}

static int open_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    const size_t n = slash ? (size_t)(slash - path) + 1 : 1;
    if (n >= sizeof folder)
        return -1;
    memcpy(folder, slash ? path : ".", n);
    folder[n] = '\0';
    return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* sun_path holds 108 bytes and folders may be deeper: the way goes through the open folder. */
static struct sockaddr_un address(int folder, const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%.80s", folder, name);
    return a;
}

static bool of_same_user(int fd)
{
    struct ucred who;
    socklen_t n = sizeof who;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
           (who.uid == geteuid() || who.uid == 0);
}

/* ---- listening ---- */

static bool listen_at(hox__server *s)
{
    const struct sockaddr_un a = address(s->folder, s->name);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = CLIENTS_MAX};
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->listener < 0 || s->epoll < 0)
        return false;
    unlinkat(s->folder, s->name, 0); /* a dead owner's */
    /* The mode of the socket before it has a name is that of the name from its first instant. */
    return fchmod(s->listener, 0600) == 0 &&
           bind(s->listener, (const struct sockaddr *)&a, sizeof a) == 0 &&
           listen(s->listener, WAITING_MAX) == 0 &&
           epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->listener, &event) == 0;
}

hox_status hox__server_open(const char *path, size_t line_max, hox__server **out, hox_error *err)
{
    *out = NULL;
    hox__server *s = hox__alloc(1, sizeof *s);
    if (s)
        s->client = hox__alloc(CLIENTS_MAX, sizeof *s->client);
    if (!s || !s->client) {
        hox__free(s);
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a socket");
    }
    s->line_max = line_max;
    s->listener = s->epoll = s->serving = -1;
    for (int i = 0; i < CLIENTS_MAX; i++)
        s->client[i].fd = -1;
    short_name(path, s->name, sizeof s->name);
    s->folder = open_folder(path);
    if (s->folder < 0 || !listen_at(s)) {
        const hox_status status =
            hox_fail(err, HOX_ERR_IO, "%s: cannot listen: %s", path, strerror(errno));
        hox__server_close(s);
        return status;
    }
    *out = s;
    return HOX_OK;
}

int hox__server_fd(const hox__server *server)
{
    return server->epoll;
}

static void show_out(hox__server *s, client *c)
{
    const int64_t id = c->id;
    close(c->fd); /* epoll forgets it */
    hox__lines_free(c->lines);
    *c = (client){.fd = -1};
    s->handler->gone(s->handler->ctx, id);
}

static client *free_client(hox__server *s)
{
    for (int i = 0; i < CLIENTS_MAX; i++)
        if (s->client[i].fd < 0)
            return &s->client[i];
    return NULL;
}

static void accept_one(hox__server *s, int fd)
{
    client *c = free_client(s);
    struct epoll_event event = {.events = EPOLLIN};
    if (!c || !of_same_user(fd)) {
        close(fd);
        return;
    }
    event.data.u32 = (uint32_t)(c - s->client);
    hox__lines *lines = hox__lines_new(fd, s->line_max);
    if (!lines || epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        hox__lines_free(lines);
        close(fd);
        return;
    }
    *c = (client){.fd = fd, .id = ++s->next_id, .lines = lines};
}

static void accept_all(hox__server *s)
{
    for (int i = 0; i < AT_ONCE; i++) {
        const int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0)
            return;
        accept_one(s, fd);
    }
}

static void on_line(void *ctx, const char *line, size_t n)
{
    hox__server *s = ctx;
    const client *c = &s->client[s->serving];
    if (!c->lost)
        s->handler->line(s->handler->ctx, c->id, line, n);
}

static void hear(hox__server *s, int i)
{
    client *c = &s->client[i];
    s->serving = i;
    const bool open = c->fd >= 0 && hox__lines_read(c->lines, on_line, s);
    s->serving = -1;
    if (c->fd >= 0 && (!open || c->lost))
        show_out(s, c);
}

void hox__server_serve(hox__server *s, const hox__server_handler *handler)
{
    struct epoll_event event[AT_ONCE];
    s->handler = handler;
    const int n = epoll_wait(s->epoll, event, AT_ONCE, 0);
    for (int i = 0; i < n; i++)
        if (event[i].data.u32 == CLIENTS_MAX)
            accept_all(s);
        else
            hear(s, (int)event[i].data.u32);
    const bool some_lost = s->some_lost;
    s->some_lost = false;
    for (int i = 0; some_lost && i < CLIENTS_MAX; i++)
        if (s->client[i].lost)
            show_out(s, &s->client[i]);
    s->handler = NULL;
}

static client *find(const hox__server *s, int64_t id)
{
    for (int i = 0; i < CLIENTS_MAX; i++)
        if (s->client[i].fd >= 0 && s->client[i].id == id)
            return &s->client[i];
    return NULL;
}

static void lose(hox__server *s, client *c)
{
    c->lost = s->some_lost = true;
}

int64_t hox__server_pid(const hox__server *s, int64_t id)
{
    const client *c = find(s, id);
    struct ucred who;
    socklen_t n = sizeof who;
    return c && getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 ? who.pid : 0;
}

void hox__server_hang_up(hox__server *s, int64_t id)
{
    client *c = find(s, id);
    if (c)
        lose(s, c);
}

void hox__server_say(hox__server *s, int64_t to, const char *text, size_t n)
{
    client *c = find(s, to);
    ssize_t put = (ssize_t)n;
    if (c && !c->lost)
        do
            put = send(c->fd, text, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        while (put < 0 && errno == EINTR);
    if (put != (ssize_t)n)
        lose(s, c);
}

void hox__server_say_all(hox__server *s, const char *text, size_t n)
{
    for (int i = 0; i < CLIENTS_MAX; i++)
        if (s->client[i].fd >= 0 && !s->client[i].lost)
            hox__server_say(s, s->client[i].id, text, n);
}

void hox__server_close(hox__server *s)
{
    if (!s)
        return;
    for (int i = 0; i < CLIENTS_MAX; i++) {
        if (s->client[i].fd >= 0)
            close(s->client[i].fd);
        hox__lines_free(s->client[i].lines);
    }
    if (s->listener >= 0) {
        unlinkat(s->folder, s->name, 0);
        close(s->listener);
    }
    if (s->epoll >= 0)
        close(s->epoll);
    if (s->folder >= 0)
        close(s->folder);
    hox__free(s->client);
    hox__free(s);
}

/* ---- calling ---- */

int hox__socket_call(const char *path)
{
    char name[NAME_MAX_BYTES + 32];
    short_name(path, name, sizeof name);
    const int folder = open_folder(path);
    if (folder < 0)
        return -1;
    const struct sockaddr_un a = address(folder, name);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int code = -1;
    if (fd >= 0)
        do
            code = connect(fd, (const struct sockaddr *)&a, sizeof a);
        while (code != 0 && errno == EINTR);
    close(folder);
    if (code == 0 && of_same_user(fd))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

bool hox__socket_say(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n) {
        const ssize_t put = send(fd, p, n, MSG_NOSIGNAL);
        if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            poll(&(struct pollfd){fd, POLLOUT, 0}, 1, -1);
        else if (put < 0 && errno != EINTR)
            return false;
        p += put > 0 ? put : 0;
        n -= put > 0 ? (size_t)put : 0;
    }
    return true;
}

int64_t hox__socket_put(int fd, const void *data, size_t n)
{
    ssize_t put;
    do
        put = send(fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (put < 0 && errno == EINTR);
    return put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : put;
}

void hox__socket_hang_up(int fd)
{
    if (fd >= 0)
        close(fd);
}
