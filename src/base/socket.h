/* The seam to local sockets: lines between processes of one user on one machine. A socket is a name
 * beside a file, readable by its owner alone (0600), and who connects must be the same user. */
#ifndef HOX_BASE_SOCKET_H
#define HOX_BASE_SOCKET_H

#include <hox/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the side that listens ---- */

typedef struct hox__server hox__server;

/* Takes the name, whatever a dead process left there: the caller holds the lock of what stands
 * beside it. Names too long for the system are made to fit. `line_max`: of what clients say. */
hox_status hox__server_open(const char *path, size_t line_max, hox__server **out, hox_error *err);

/* Readable when there is something to serve. */
int hox__server_fd(const hox__server *server);

typedef struct {
    /* A line that client `from` said. */
    void (*line)(void *ctx, int64_t from, const char *s, size_t n);
    /* It is gone. */
    void (*gone)(void *ctx, int64_t from);
    void *ctx;
} hox__server_handler;

/* Serves what is there, without waiting. */
void hox__server_serve(hox__server *server, const hox__server_handler *handler);

/* To a client; one that does not read what it is told is shown out. Newlines are the caller's. */
void hox__server_say(hox__server *server, int64_t to, const char *s, size_t n);

/* To every client that is there. */
void hox__server_say_all(hox__server *server, const char *s, size_t n);

/* The process that called, as the system knows it; 0: it is gone, or not seen from here. */
int64_t hox__server_pid(const hox__server *server, int64_t client);

/* Shows it out; `gone` is called by the next serving. */
void hox__server_hang_up(hox__server *server, int64_t client);

/* Ends it, and the name. NULL is fine. */
void hox__server_close(hox__server *server);

/* ---- the side that calls ---- */

/* A connected socket; -1: nobody listens. */
int hox__socket_call(const char *path);
/* Waits; false: nobody listens any more. */
bool hox__socket_say(int fd, const void *data, size_t n);
/* What there is room for, without waiting: how much; -1: nobody listens any more. */
int64_t hox__socket_put(int fd, const void *data, size_t n);
void hox__socket_hang_up(int fd); /* < 0 is fine */

#endif
