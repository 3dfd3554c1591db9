#include "cli/versus.h"
#include "base/alloc.h"
#include "base/io.h"
#include "cli/view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

bool hox__bench_name_read(const char *study, hox__bench_name *out)
{
    const char *last = strrchr(study, '+'), *before = last;
    while (before && before > study && *(before - 1) != '+')
        before--;
    if (!last || before <= study + 1 || strspn(last + 1, "0123456789") != strlen(last + 1) ||
        !last[1] || strlen(study) >= sizeof out->problem)
        return false;
    snprintf(out->problem, sizeof out->problem, "%.*s", (int)(before - 1 - study), study);
    snprintf(out->strategy, sizeof out->strategy, "%.*s", (int)(last - before), before);
    out->seed = strtoull(last + 1, NULL, 10);
    return last > before;
}

/* ---- finding ---- */

typedef struct {
    hox__cli *cli;
    hox__arena *arena;
    char word[400]; /* with + for / */
    hox__study_row *row;
    int n, room;
    bool failed;
} finder;

static bool matches(const char *word, const char *study)
{
    hox__bench_name name;
    const size_t n = strlen(word);
    if (n == 0)
        return hox__bench_name_read(study, &name);
    return strncmp(study, word, n) == 0 && (!study[n] || study[n] == '+');
}

static const char *kept(finder *f, const char *s)
{
    const char *copy = hox__arena_copy(f->arena, s, strlen(s));
    f->failed |= !copy;
    return copy;
}

static bool see(void *ctx, const hox__study_row *row)
{
    finder *f = ctx;
    if (!matches(f->word, row->name))
        return true;
    if (f->n == f->room) {
        const int room = f->room ? 2 * f->room : 64;
        hox__study_row *grown = hox__realloc(f->row, (size_t)room, sizeof *grown);
        f->failed |= !grown;
        if (!grown)
            return false;
        f->row = grown;
        f->room = room;
    }
    hox__study_row *r = &f->row[f->n++];
    *r = *row;
    r->name = kept(f, row->name);
    r->spec = kept(f, row->spec);
    r->spec_hash = kept(f, row->spec_hash);
    r->objective = kept(f, row->objective);
    return !f->failed;
}

static hox_status add_all(const finder *f, hox__store *store, hox__contest *contest)
{
    hox_status status = HOX_OK;
    for (int i = 0; i < f->n && status == HOX_OK; i++) {
        const hox__study_row *row = &f->row[i];
        hox__bench_name name;
        const bool of_bench = hox__bench_name_read(row->name, &name);
        status =
            hox__contest_add(contest, store, row, of_bench ? name.strategy : row->name,
                             of_bench ? name.problem : row->name, f->cli->data, &f->cli->error);
    }
    return status;
}

static hox_status find(finder *f, const char *path, hox__contest *contest)
{
    hox__store *store = NULL;
    hox_error *err = &f->cli->error;
    if (!hox__file_exists(path))
        return hox_fail(err, HOX_ERR_DATA,
                        "there is no store %s here\n`hox bench branin -n 30` makes one", path);
    hox_status status = hox__store_open(path, HOX__STORE_READ, &store, err);
    if (status == HOX_OK)
        status = hox__store_studies(store, see, f, err);
    if (status >= 0 && f->failed)
        status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to compare");
    if (status >= 0 && f->n == 0)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0605",
                               "%s: there is no study `%s` in it, and no bench of that name\n"
                               "`hox studies` lists them",
                               path, f->word);
    status = status < 0 ? status : add_all(f, store, contest);
    hox__store_close(store);
    return status;
}

hox_status hox__versus_add(hox__cli *cli, hox__contest *contest, const char *word)
{
    hox__subject subject;
    finder f = {.cli = cli, .arena = contest->arena};
    hox_status status = hox__subject_read(word, &subject, &cli->error);
    if (status != HOX_OK)
        return status;
    snprintf(f.word, sizeof f.word, "%s", subject.study);
    for (char *p = f.word; *p; p++)
        *p = *p == '/' ? '+' : *p;
    status = find(&f, subject.store[0] ? subject.store : cli->store, contest);
    hox__free(f.row);
    return status;
}
