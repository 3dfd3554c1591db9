/* The controller's side of the warm process. */
#include "study/warm.h"
#include "base/alloc.h"
#include "base/io.h"
#include "study/warm_server.h"
#include "study/warm_wire.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct hox__warm {
    hox__child child;
    hox__lines *lines;
    hox__line *ready; /* while it is awaited */
    bool introduced;
    const hox__warm_listener *listener;
    void (*say)(void *ctx, const char *s, size_t n); /* it is far away; NULL: it is our child */
    void *ctx;
};

static void hear(void *ctx, const char *s, size_t n)
{
    hox__warm *w = ctx;
    hox__line line;
    hox__child_end end;
    uint64_t trial;
    int used = 0;
    if (w->ready && strncmp(s, "I ", 2) == 0) {
        hox__line_read(s + 2, n - 2, w->ready);
        w->introduced = true;
    } else if (!w->listener) {
        return;
    } else if (w->listener->raw) {
        w->listener->raw(w->listener->ctx, s, n);
    } else if (hox__end_read(s, &trial, &end)) {
        w->listener->ended(w->listener->ctx, trial, &end);
    } else if (sscanf(s, "T %" SCNu64 " %n", &trial, &used) == 1 && used > 0) {
        hox__line_read(s + used, n - (size_t)used, &line);
        w->listener->line(w->listener->ctx, trial, &line);
    }
}

bool hox__warm_wait(hox__warm *w, int also, double seconds, const hox__warm_listener *listener)
{
    if (!w) { /* nothing runs here: only others are listened to */
        hox__wait(&also, 1, seconds);
        return true;
    }
    const int fds[] = {w->child.fd, also};
    w->listener = listener;
    hox__wait(fds, 2, seconds);
    const bool open = hox__lines_read(w->lines, hear, w);
    w->listener = NULL;
    return open;
}

static hox_status await(hox__warm *w, hox__line *ready, hox_error *err)
{
    w->ready = ready;
    bool open = true;
    while (open && !w->introduced)
        open = hox__warm_wait(w, -1, 1, NULL);
    w->ready = NULL;
    if (!w->introduced)
        return hox_fail_code(err, HOX_ERR_IO, "E0901",
                             "the process that reads the data ended without a word; was the "
                             "machine out of memory?");
    if (ready->kind == HOX__LINE_READY)
        return HOX_OK;
    const hox_status status = ready->status < 0 ? ready->status : HOX_ERR_DATA;
    return ready->code[0] ? hox_fail_code(err, status, ready->code, "%s", ready->text)
                          : hox_fail(err, status, "%s", ready->text);
}

hox_status hox__warm_open(const hox__objective *objective, const hox__objective_input *input,
                          hox__store *store, hox__warm **warm, hox__line *ready, hox_error *err)
{
    *warm = NULL;
    hox__warm_context context = {objective, input, store};
    hox__warm *w = hox__alloc(1, sizeof *w);
    if (!w)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a process");
    w->child.fd = -1;
    hox_status status =
        hox__child_fork(hox__warm_main, &context, &(hox__child_options){0}, &w->child, err);
    if (status == HOX_OK) {
        w->lines = hox__lines_new(w->child.fd, HOX__WIRE_LINE_MAX + 64);
        status = w->lines ? await(w, ready, err)
                          : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a process");
    }
    if (status != HOX_OK) {
        hox__warm_close(w);
        return status;
    }
    *warm = w;
    return HOX_OK;
}

void hox__warm_close(hox__warm *w)
{
    hox__child_end end;
    if (!w)
        return;
    if (w->child.pid > 0) {
        hox__child_kill(&w->child, SIGKILL); /* trials are killed by its death */
        while (!hox__child_ended(&w->child, &end))
            hox__wait(NULL, 0, 0.001);
    }
    hox__child_close(&w->child);
    hox__lines_free(w->lines);
    hox__free(w);
}

hox__warm *hox__warm_far(void (*say)(void *ctx, const char *s, size_t n), void *ctx)
{
    hox__warm *w = hox__alloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->child.fd = -1;
    w->say = say;
    w->ctx = ctx;
    return w;
}

void hox__warm_hear(hox__warm *w, const char *s, size_t n, const hox__warm_listener *listener)
{
    w->listener = listener;
    hear(w, s, n);
    w->listener = NULL;
}

hox_status hox__warm_pass(hox__warm *w, const char *s, size_t n, hox_error *err)
{
    const hox_status status = hox__write_all(w->child.fd, s, n, err);
    return status == HOX_OK ? hox__write_all(w->child.fd, "\n", 1, err) : status;
}

static hox_status send(hox__warm *w, const hox__text *text, hox_error *err)
{
    if (text->failed)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to start a trial");
    if (w->say) {
        w->say(w->ctx, text->data, text->len);
        return HOX_OK;
    }
    return hox__write_all(w->child.fd, text->data, text->len, err);
}

hox_status hox__warm_start(hox__warm *w, const hox__task *task, const char *to, hox_error *err)
{
    hox__text text = {0};
    hox__command_print(&text, task, to);
    const hox_status status = send(w, &text, err);
    hox__text_deinit(&text);
    return status;
}

void hox__warm_kill(hox__warm *w, uint64_t trial)
{
    hox__text text = {0};
    hox__text_printf(&text, "kill %" PRIu64 "\n", trial);
    send(w, &text, NULL);
    hox__text_deinit(&text);
}

void hox__warm_answer(hox__warm *w, uint64_t trial, const char *why_not, bool waits)
{
    hox__text text = {0};
    hox__text_printf(&text, "answer %" PRIu64 " {\"go\":%s,\"wait\":%s", trial,
                     why_not ? "false" : "true", waits ? "true" : "false");
    if (why_not)
        hox__text_printf(&text, ",\"why\":\"%s\"", why_not);
    hox__text_puts(&text, "}\n");
    send(w, &text, NULL);
    hox__text_deinit(&text);
}
