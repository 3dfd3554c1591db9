/* The objective of other people's programs: `command = "..."`. The process of a trial starts the
 * program and minds it. No shell takes part: a value is always one word, whatever it holds. */
#include "study/command.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/io.h"
#include "study/warm_wire.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 26, PATH_BYTES = 4096 };

typedef struct {
    hox__objective_input in;
    hox__arena *arena;
    hox__runnable runnable;
} command;

/* ---- in the warm process ---- */

static void close_command(void *state)
{
    command *c = state;
    if (!c)
        return;
    hox__runnable_free(&c->runnable);
    hox__arena_free(c->arena);
    hox__free(c);
}

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to start a program");
}

static hox_status open_command(const hox__objective_input *in, void **state, hox__line *ready,
                               hox_error *err)
{
    command *c = hox__alloc(1, sizeof *c);
    if (!c)
        return no_memory(err);
    c->in = *in;
    c->arena = hox__arena_new(ARENA_BYTES);
    hox_status status = c->arena ? HOX_OK : no_memory(err);
    if (status == HOX_OK)
        status = hox__runnable_read(in->space, c->arena, &c->runnable, err);
    if (status == HOX_OK)
        status = hox__runnable_check_program(&c->runnable, err);
    if (status == HOX_OK)
        status = hox__runnable_check(&c->runnable, in->space, NULL, err);
    if (status != HOX_OK) {
        close_command(c);
        return status;
    }
    *ready = (hox__line){.kind = HOX__LINE_READY};
    *state = c;
    return HOX_OK;
}

/* ---- what the program is given ---- */

typedef struct {
    hox__minder *m;
    const char **set;
    int n, room;
    bool failed;
} environment;

static void set_text(environment *e, const char *name, const char *value)
{
    if (e->n + 1 >= e->room) {
        const int room = e->room ? 2 * e->room : 64;
        const char **grown = hox__arena_alloc(e->m->arena, (size_t)room, sizeof *grown);
        if (!grown) {
            e->failed = true;
            return;
        }
        if (e->n)
            memcpy(grown, e->set, (size_t)e->n * sizeof *grown);
        e->set = grown;
        e->room = room;
    }
    e->set[e->n] = hox__arena_printf(e->m->arena, "%s=%s", name, value);
    e->failed |= e->set[e->n] == NULL;
    e->n++;
}

/* HOX_P_opt_beta=0.9 */
static void set_value(void *ctx, const char *name, const hox_term *term)
{
    environment *e = ctx;
    char variable[256];
    hox__text value = {0};
    snprintf(variable, sizeof variable, "HOX_P_%s", name);
    for (char *p = variable; *p; p++)
        *p = *p == '.' ? '_' : *p;
    hox__value_print(&e->m->values, term, NULL, &value);
    set_text(e, variable, hox__text_get(&value));
    e->failed |= value.failed;
    hox__text_deinit(&value);
}

static void set_number(environment *e, const char *name, double x)
{
    hox__text value = {0};
    hox__text_number(&value, x);
    set_text(e, name, hox__text_get(&value));
    hox__text_deinit(&value);
}

static hox_status make_environment(hox__minder *m, const char ***set, hox_error *err)
{
    char text[PATH_BYTES];
    environment e = {.m = m};
    hox__values_each(&m->values, set_value, &e);
    snprintf(text, sizeof text, "%" PRIu64, m->task->trial);
    set_text(&e, "HOX_TRIAL", text);
    snprintf(text, sizeof text, "%" PRIu64, m->task->seed);
    set_text(&e, "HOX_SEED", text);
    set_text(&e, "HOX_STUDY", m->values.study ? m->values.study : "");
    set_text(&e, "HOX_DIR", m->values.dir);
    snprintf(text, sizeof text, "%d", m->task->slot);
    set_text(&e, "HOX_SLOT", text);
    if (m->task->budget > 0)
        set_number(&e, "HOX_BUDGET", m->task->budget);
    const int n = snprintf(text, sizeof text, "%s/checkpoint", m->values.dir);
    if (n > 0 && (size_t)n < sizeof text) {
        set_text(&e, "HOX_CHECKPOINT", text);
        if (hox__directory_has_content(text))
            set_text(&e, "HOX_RESUMED", "1");
        const hox_status status = hox__make_directories(text, err);
        if (status != HOX_OK)
            return status;
    }
    if (e.failed)
        return no_memory(err);
    e.set[e.n] = NULL;
    *set = e.set;
    return HOX_OK;
}

static hox_status path_in(const hox__minder *m, const char *name, char *out, hox_error *err)
{
    const int n = snprintf(out, PATH_BYTES, "%s/%s", m->values.dir, name);
    return n > 0 && n < PATH_BYTES
               ? HOX_OK
               : hox_fail(err, HOX_ERR_IO, "%s/%s: too long", m->values.dir, name);
}

static hox_status write_in(const hox__minder *m, const char *name, const char *text, hox_error *err)
{
    char path[PATH_BYTES], folder[PATH_BYTES];
    hox_status status = path_in(m, name, path, err);
    if (status != HOX_OK)
        return status;
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    status = hox__make_directories(folder, err);
    return status == HOX_OK ? hox__file_write(path, text, strlen(text), err) : status;
}

static hox_status write_params(hox__minder *m, const char **input, hox_error *err)
{
    const char *where = m->runnable->params;
    char path[PATH_BYTES];
    hox__text text = {0};
    hox__json json = {.out = &text};
    if (!where)
        return HOX_OK;
    const bool stdin_too = strcmp(where, "-") == 0;
    hox__json_begin_object(&json, NULL);
    hox__values_json(&m->values, &json);
    hox__json_end_object(&json);
    hox__text_putc(&text, '\n');
    const char *name = stdin_too ? "params.json" : where;
    hox_status status = text.failed ? no_memory(err) : write_in(m, name, text.data, err);
    hox__text_deinit(&text);
    if (status == HOX_OK && stdin_too) {
        status = path_in(m, name, path, err);
        *input = status == HOX_OK ? hox__arena_copy(m->arena, path, strlen(path)) : NULL;
    }
    return status;
}

static hox_status write_templates(hox__minder *m, hox_error *err)
{
    const hox__filler filler = hox__values_filler(&m->values);
    hox_status status = HOX_OK;
    for (int i = 0; i < m->runnable->templates && status == HOX_OK; i++) {
        const hox__template *t = &m->runnable->template[i];
        const char **text;
        int n;
        status = hox__words_fill(&t->text, &filler, m->arena, &text, &n, err);
        if (status == HOX_OK)
            status = write_in(m, t->to, n ? text[0] : "", err);
    }
    return status;
}

/* A relative name is looked for in the trial's folder, then where hox was started. */
static hox_status find_files(hox__minder *m, hox_error *err)
{
    const hox__runnable *r = m->runnable;
    char path[PATH_BYTES];
    for (int i = 0; i < r->metrics; i++) {
        const char *name = r->metric[i].file;
        int k = 0;
        while (name && k < m->files && strcmp(m->file[k].name, name) != 0)
            k++;
        if (!name || k < m->files)
            continue;
        if (m->files == HOX__FILES_MAX)
            return hox_fail(err, HOX_ERR_ARGUMENT, "metrics in more than %d files", HOX__FILES_MAX);
        hox__followed *f = &m->file[m->files++];
        *f = (hox__followed){.name = name};
        f->path[1] = name;
        if (*name == '/')
            continue;
        const hox_status status = path_in(m, name, path, err);
        f->path[0] = status == HOX_OK ? hox__arena_copy(m->arena, path, strlen(path)) : NULL;
        if (!f->path[0])
            return status == HOX_OK ? no_memory(err) : status;
    }
    return HOX_OK;
}

/* ---- a trial ---- */

static hox_status start(hox__minder *m, hox_error *err)
{
    const hox__filler filler = hox__values_filler(&m->values);
    hox__program_options o = {.channel = "HOX_FD"};
    const char **argv = NULL, **set = NULL;
    int n = 0;
    hox_status status = hox__words_fill(&m->runnable->words, &filler, m->arena, &argv, &n, err);
    if (status == HOX_OK && n == 0)
        status = hox_fail_code(err, HOX_ERR_ARGUMENT, "E0806", "the command is empty");
    if (status == HOX_OK)
        status = make_environment(m, &set, err);
    if (status == HOX_OK)
        status = write_params(m, &o.input, err);
    if (status == HOX_OK)
        status = write_templates(m, err);
    if (status == HOX_OK)
        status = find_files(m, err);
    if (status != HOX_OK)
        return status;
    o.argv = argv;
    o.set = set;
    return hox__program_start(&o, &m->program, err);
}

static hox_status prepare(hox__minder *m, const command *c, hox_walk *walk, hox_sentence **sentence,
                          hox_error *err)
{
    char dir[PATH_BYTES];
    hox_status status = hox_walk_read(walk, m->task->walk, err);
    if (status == HOX_OK)
        status = hox_walk_finish(walk, sentence, err);
    if (status != HOX_OK)
        return status;
    if (!hox__absolute_path(m->task->dir, dir))
        return hox_fail(err, HOX_ERR_IO, "%s: there is no such folder", m->task->dir);
    m->values = (hox__values){
        .space = c->in.space,
        .sentence = *sentence,
        .study = c->in.study,
        .dir = hox__arena_copy(m->arena, dir, strlen(dir)),
        .seed = m->task->seed,
        .trial = m->task->trial,
        .budget = m->task->budget,
        .slot = m->task->slot,
    };
    if (m->signals < 0 || !m->orders || !m->values.dir)
        return no_memory(err);
    status = start(m, err);
    if (status != HOX_OK)
        return status;
    m->output = hox__lines_new(m->program.output, 1 << 16);
    m->channel = hox__lines_new(m->program.channel, 1 << 16);
    hox__metric_reader_begin(&m->reader, c->runnable.metric, c->runnable.metrics);
    return HOX_OK;
}

static void release(hox__minder *m)
{
    hox__program_close(&m->program);
    hox__lines_free(m->output);
    hox__lines_free(m->channel);
    for (int i = 0; i < HOX__AIMS_MAX; i++)
        hox__free(m->curve[i]);
    hox__free(m->log.ring);
    hox__arena_free(m->arena);
}

/* What a process that minds one program after the other keeps between them. */
typedef struct {
    int fd, signals;
    hox__lines *orders;
    hox__arena *arena; /* of the task */
    hox__task task;
    bool given; /* the next */
    hox__child_end end;
} desk;

/* Nothing of its program is left, and nobody meddled with it. */
static bool is_clean(const hox__minder *m)
{
    return m->over && m->end.exited && !m->ended_by_us && !m->gone && hox__childless();
}

static int run_one(const command *c, desk *d, bool *clean)
{
    hox_error err = {0};
    hox_sentence *sentence = NULL;
    hox__minder m = {
        .runnable = &c->runnable,
        .task = &d->task,
        .arena = hox__arena_new(ARENA_BYTES),
        .program = {.output = -1, .channel = -1},
        .fd = d->fd,
        .signals = d->signals,
        .orders = d->orders,
        .log = {.fd = 1}, /* standard output is the trial's log */
        .dead_cpu_s = hox__children_cpu_s(),
        .began_s = hox__clock_s(),
        .began_ms = hox__clock_unix_ms(),
    };
    hox_walk *walk = hox_walk_new(c->in.space, &err);
    hox_status status = m.arena && walk ? HOX_OK : no_memory(&err);
    if (status == HOX_OK)
        status = prepare(&m, c, walk, &sentence, &err);
    if (status == HOX_OK) {
        hox__minder_watch(&m);
        status = hox__minder_judge(&m);
    } else {
        hox__line_failed(d->fd, "exit", &err);
    }
    *clean = is_clean(&m);
    d->end = m.end;
    d->end.code = status == HOX_OK ? 0 : 1;
    release(&m);
    hox_sentence_free(sentence);
    hox_walk_free(walk);
    return d->end.code;
}

/* Orders that come too late for the last trial are dropped. */
static void take_start(void *ctx, const char *line, size_t n)
{
    desk *d = ctx;
    const char *to;
    (void)n;
    if (strncmp(line, "start ", 6) != 0)
        return;
    hox__arena_rewind(d->arena, (hox__arena_mark){0});
    d->given = hox__command_read(line, d->arena, &d->task, &to) && d->task.dir;
}

static bool say_ended(const desk *d)
{
    hox__text text = {0};
    hox__end_print(&text, d->task.trial, &d->end);
    const bool said = !text.failed && hox__write_all(d->fd, text.data, text.len, NULL) == HOX_OK;
    hox__text_deinit(&text);
    return said;
}

/* False: there is no other trial for this process. */
static bool wait_for_next(desk *d)
{
    static const double long_s = 3600;
    const int fds[] = {d->fd, d->signals};
    d->given = false;
    while (!d->given) {
        hox__wait(fds, 2, long_s);
        if (hox__minder_asked_to_stop(d->signals) || !hox__lines_read(d->orders, take_start, d))
            return false;
    }
    char path[PATH_BYTES];
    const int n = snprintf(path, sizeof path, "%s/log", d->task.dir);
    if (n < 0 || n >= PATH_BYTES)
        return false;
    hox__output_to(path);
    return true;
}

static int run_trial(void *state, const hox__task *task, int fd)
{
    bool clean;
    desk d = {.fd = fd,
              .signals = hox__minder_begin(),
              .orders = hox__lines_new(fd, HOX__COMMAND_MAX),
              .arena = hox__arena_new(8 * (size_t)HOX__COMMAND_MAX),
              .task = *task};
    hox__fd_nonblocking(fd);
    int code = run_one(state, &d, &clean);
    while (clean && d.arena && say_ended(&d) && wait_for_next(&d))
        code = run_one(state, &d, &clean);
    hox__lines_free(d.orders);
    hox__arena_free(d.arena);
    return code;
}

static hox_status aim_of_command(const hox_space *space, hox__arena *arena, hox__aim *aim,
                                 hox_error *err)
{
    hox__runnable runnable;
    const hox_status status = hox__runnable_read(space, arena, &runnable, err);
    if (status == HOX_OK)
        *aim = runnable.aim;
    hox__runnable_free(&runnable);
    return status;
}

const hox__objective hox__objective_command = {
    .name = "command",
    .root = "command",
    .minds = true,
    .aim = aim_of_command,
    .open = open_command,
    .close = close_command,
    .trial = run_trial,
};
