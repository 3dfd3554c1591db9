/* The warm process: one loop over the controller's commands and the trials' lines. */
#include "study/warm_server.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/program.h"
#include "base/socket.h"
#include "study/store_write.h"
#include "study/warm_wire.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRIALS_MAX = 1024,
    BACKLOG_MAX = 1 << 20, /* what waits to be said before trials are not listened to any more */
    /* Beside what a trial was granted: code, libraries, stacks, what the allocator keeps. */
    ALLOWANCE_BYTES = 1 << 29,
};

/* Address sanitizers reserve terabytes of addresses: no limit would let them start. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool limited = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                         \
    __has_feature(thread_sanitizer)
static const bool limited = false;
#else
static const bool limited = true;
#endif
#else
static const bool limited = true;
#endif

typedef struct server server;

typedef struct {
    server *server;
    bool used;
    bool idle; /* a process is there, without a trial: one that minds programs waits for the next */
    bool rests; /* it has said that its trial has ended, as `end` */
    uint64_t trial;
    hox__child child;
    hox__child_end end;
    hox__lines *lines;
    bool silent; /* its end of the socket is closed */
} seat;

struct server {
    const hox__objective *objective;
    void *state;
    int fd; /* to the controller */
    int64_t data_bytes;
    bool failed;       /* the controller cannot be talked to: nothing is left to do */
    hox__text backlog; /* what it has not read yet */
    size_t said;       /* of that */
    seat slot[TRIALS_MAX];
};

static size_t backlog(const server *s)
{
    return s->backlog.len - s->said;
}

/* Never waits: the controller may be waiting for us to read. */
static void say_the_rest(server *s)
{
    while (!s->failed && s->said < s->backlog.len) {
        const int64_t put =
            hox__socket_put(s->fd, s->backlog.data + s->said, s->backlog.len - s->said);
        if (put == 0 && s->said > BACKLOG_MAX) { /* what was said makes room */
            memmove(s->backlog.data, s->backlog.data + s->said, backlog(s) + 1);
            s->backlog.len -= s->said;
            s->said = 0;
        }
        if (put == 0)
            return;
        s->failed |= put < 0;
        s->said += put > 0 ? (size_t)put : 0;
    }
    hox__text_clear(&s->backlog);
    s->said = 0;
}

static void say(server *s, const hox__text *text)
{
    hox__text_add(&s->backlog, text->data, text->len);
    s->failed |= text->failed || s->backlog.failed;
    say_the_rest(s);
}

static void say_end(server *s, uint64_t trial, const hox__child_end *end)
{
    hox__text text = {0};
    hox__end_print(&text, trial, end);
    say(s, &text);
    hox__text_deinit(&text);
}

/* ---- trials ---- */

typedef struct {
    server *server;
    hox__task task;
    const char *to;
} job;

static int child_main(int fd, void *ctx)
{
    const job *j = ctx;
    const hox__objective *objective = j->server->objective;
    hox__child_close(&(hox__child){.fd = j->server->fd});
    return j->to ? objective->finish(j->server->state, &j->task, j->to, fd)
                 : objective->trial(j->server->state, &j->task, fd);
}

static seat *free_slot(server *s)
{
    for (int i = 0; i < TRIALS_MAX; i++)
        if (!s->slot[i].used && !s->slot[i].idle)
            return &s->slot[i];
    return NULL;
}

/* The log of a trial, begun anew, in its folder; NULL: they cannot be made. */
static const char *log_of(const hox__task *task, hox__arena *arena)
{
    const char *path = task->dir ? hox__arena_printf(arena, "%s/log", task->dir) : NULL;
    if (!path || hox__make_directories(task->dir, NULL) != HOX_OK ||
        hox__remove_tree(path, NULL) != HOX_OK)
        return NULL;
    return path;
}

static void pass_on(void *ctx, const char *line, size_t n)
{
    const seat *from = ctx;
    hox__text text = {0};
    hox__text_printf(&text, "T %" PRIu64 " ", from->trial);
    hox__text_add(&text, line, n);
    hox__text_putc(&text, '\n');
    say(from->server, &text);
    hox__text_deinit(&text);
}

static void hear(void *ctx, const char *line, size_t n)
{
    seat *from = ctx;
    uint64_t trial;
    if (from->server->objective->minds && hox__end_read(line, &trial, &from->end))
        from->rests = true;
    else
        pass_on(from, line, n);
}

static void leave(seat *slot)
{
    hox__lines_free(slot->lines);
    hox__child_close(&slot->child);
    slot->used = slot->idle = false;
}

/* To a process that waits for it; false: there is none. */
static bool give_to_idle(server *s, const job *j, const char *line)
{
    hox__child_end end;
    hox__text text = {0};
    bool given = false;
    hox__text_printf(&text, "%s\n", line);
    for (int i = 0; i < TRIALS_MAX && !given && !text.failed; i++) {
        seat *slot = &s->slot[i];
        if (!slot->idle)
            continue;
        const bool gone = hox__child_ended(&slot->child, &end);
        given = !gone && hox__write_some(slot->child.fd, text.data, text.len);
        slot->idle = slot->rests = false;
        slot->used = given;
        slot->trial = j->task.trial;
        if (!given && !gone)
            hox__child_kill(&slot->child, SIGKILL);
        if (!given)
            leave(slot);
    }
    hox__text_deinit(&text);
    return given;
}

/* A trial that takes no time, and waits for no answer, needs no process of its own. */
static bool run_here(server *s, const job *j)
{
    int end[2];
    seat here = {.server = s, .trial = j->task.trial};
    const hox__objective *objective = s->objective;
    if (!objective->is_quick || !objective->is_quick(s->state) || j->task.asks || j->to ||
        !hox__pair_open(end))
        return false;
    const double began_s = hox__clock_s(), cpu_s = hox__clock_cpu_s();
    const int code = objective->trial(s->state, &j->task, end[1]);
    hox__lines *lines = hox__lines_new(end[0], HOX__WIRE_LINE_MAX);
    if (lines)
        hox__lines_read(lines, pass_on, &here);
    hox__lines_free(lines);
    hox__pair_close(end);
    say_end(s, j->task.trial,
            &(hox__child_end){.exited = true,
                              .code = code,
                              .cpu_s = hox__clock_cpu_s() - cpu_s,
                              .wall_s = hox__clock_s() - began_s});
    return true;
}

static void start(server *s, const char *line)
{
    hox__arena *arena = hox__arena_new(8 * (size_t)HOX__COMMAND_MAX);
    job j = {.server = s};
    seat *slot = free_slot(s);
    bool started = false;
    const bool read = arena && slot && hox__command_read(line, arena, &j.task, &j.to);
    if (read && run_here(s, &j)) {
        hox__arena_free(arena);
        return;
    }
    if (read) {
        const bool minds = s->objective->minds;
        const bool bounded = limited && j.task.memory_bytes > 0 && !minds;
        const hox__child_options options = {
            .memory_bytes_max = bounded ? j.task.memory_bytes + s->data_bytes + ALLOWANCE_BYTES : 0,
            .output = minds ? log_of(&j.task, arena) : "/dev/null",
        };
        if (options.output && minds && !j.to && give_to_idle(s, &j, line)) {
            hox__arena_free(arena);
            return;
        }
        started = options.output &&
                  hox__child_fork(child_main, &j, &options, &slot->child, NULL) == HOX_OK;
    }
    if (started) {
        slot->server = s;
        slot->used = true;
        slot->silent = slot->rests = false;
        slot->trial = j.task.trial;
        slot->lines = hox__lines_new(slot->child.fd, HOX__WIRE_LINE_MAX);
    } else {
        say_end(s, j.task.trial, &(hox__child_end){.exited = true, .code = 127});
    }
    hox__arena_free(arena);
}

/* answer TRIAL JSON: the JSON is a line to the trial. */
static void answer(server *s, const char *line)
{
    uint64_t trial;
    int used = 0;
    if (sscanf(line, "answer %" SCNu64 " %n", &trial, &used) != 1 || used == 0)
        return;
    hox__text text = {0};
    hox__text_printf(&text, "%s\n", line + used);
    for (int i = 0; i < TRIALS_MAX && !text.failed; i++)
        if (s->slot[i].used && s->slot[i].trial == trial)
            hox__write_some(s->slot[i].child.fd, text.data, text.len);
    hox__text_deinit(&text);
}

static void command(void *ctx, const char *line, size_t n)
{
    server *s = ctx;
    uint64_t trial;
    (void)n;
    if (strncmp(line, "start ", 6) == 0)
        start(s, line);
    else if (strncmp(line, "answer ", 7) == 0)
        answer(s, line);
    else if (sscanf(line, "kill %" SCNu64, &trial) == 1)
        for (int i = 0; i < TRIALS_MAX; i++)
            if (s->slot[i].used && s->slot[i].trial == trial)
                hox__child_kill(&s->slot[i].child, s->objective->minds ? SIGTERM : SIGKILL);
}

/* The process that minded a program was killed: what it minded is ours now. */
static void kill_strays(server *s, const seat *dead)
{
    int64_t keep[TRIALS_MAX];
    int n = 0;
    for (int i = 0; i < TRIALS_MAX; i++)
        if ((s->slot[i].used || s->slot[i].idle) && &s->slot[i] != dead)
            keep[n++] = s->slot[i].child.pid;
    for (int i = 0; i < 100 && hox__strays_kill(keep, n, SIGKILL) > 0; i++) {
        hox__reap_strays(keep, n);
        hox__sleep_s(0.001);
    }
}

static void serve_slot(server *s, seat *slot)
{
    hox__child_end end;
    /* Asked before the reading: what an ended child said is then all there to be read. */
    const bool over = hox__child_ended(&slot->child, &end);
    if (!slot->silent && slot->lines && (over || backlog(s) < BACKLOG_MAX))
        slot->silent = !hox__lines_read(slot->lines, hear, slot);
    if (slot->rests) {
        say_end(s, slot->trial, &slot->end);
        slot->used = slot->rests = false;
        slot->idle = !over;
        if (over)
            leave(slot);
        return;
    }
    if (!over)
        return;
    hox__child_kill(&slot->child, SIGKILL); /* whatever it left behind in its group */
    if (s->objective->minds && !end.exited)
        kill_strays(s, slot);
    say_end(s, slot->trial, &end);
    leave(slot);
}

/* ---- the loop ---- */

static void wait_for_something(const server *s)
{
    int fds[TRIALS_MAX + 1];
    int n = 0;
    bool ending = false;
    fds[n++] = s->fd;
    for (int i = 0; i < TRIALS_MAX; i++) {
        if (!s->slot[i].used)
            continue;
        ending |= s->slot[i].silent;
        if (!s->slot[i].silent)
            fds[n++] = s->slot[i].child.fd;
    }
    hox__wait(fds, backlog(s) < BACKLOG_MAX ? n : 1, ending || backlog(s) ? 0.001 : 0.25);
}

static int serve(server *s)
{
    hox__lines *commands = hox__lines_new(s->fd, HOX__COMMAND_MAX);
    bool heard = commands != NULL;
    hox__fd_nonblocking(s->fd);
    while (heard && !s->failed) {
        wait_for_something(s);
        heard = hox__lines_read(commands, command, s);
        say_the_rest(s);
        for (int i = 0; i < TRIALS_MAX; i++)
            if (s->slot[i].used)
                serve_slot(s, &s->slot[i]);
    }
    for (int i = 0; i < TRIALS_MAX; i++)
        if (s->slot[i].used)
            hox__child_kill(&s->slot[i].child, SIGKILL);
    hox__lines_free(commands);
    hox__text_deinit(&s->backlog);
    return 0;
}

static hox_status introduce(server *s, const hox__objective_input *input)
{
    hox_error err = {0};
    hox__line line = {0};
    const hox_status status = s->objective->open(input, &s->state, &line, &err);
    if (status != HOX_OK) {
        line = (hox__line){.kind = HOX__LINE_ERROR, .status = status};
        snprintf(line.text, sizeof line.text, "%.*s", HOX__WIRE_TEXT_MAX - 1, err.message);
        memcpy(line.code, err.code, sizeof line.code);
    }
    s->data_bytes = 2 * line.train * line.height * line.width * line.channels;
    if (hox__write_all(s->fd, "I ", 2, NULL) != HOX_OK || hox__line_write(s->fd, &line) != HOX_OK)
        return HOX_ERR_IO;
    return status;
}

int hox__warm_main(int fd, void *ctx)
{
    const hox__warm_context *c = ctx;
    if (c->store)
        hox__store_abandon(c->store);
    server *s = hox__alloc(1, sizeof *s);
    if (!s)
        return 1;
    s->objective = c->objective;
    if (c->objective->minds)
        hox__adopt_orphans();
    s->fd = fd;
    if (introduce(s, c->input) == HOX_OK) {
        serve(s);
        s->objective->close(s->state);
    }
    hox__free(s);
    return 0;
}
