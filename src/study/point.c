#include "study/point.h"
#include "base/number.h"
#include "base/text.h"
#include "study/metrics.h"
#include <stdio.h>
#include <string.h>

enum { PAIRS_MAX = 64 };

typedef struct {
    char name[64], value[64];
    bool used;
} pair;

typedef struct {
    pair pair[PAIRS_MAX];
    int n;
    hox_error why; /* a value that its question does not have */
} point;

void hox__point_name(const char *path, char out[HOX__POINT_NAME])
{
    const size_t root = strcspn(path, "/|[");
    const char *slash = path[root] == '/' ? path + root : NULL;
    const char *dot = slash && !strchr(slash + 1, '/') ? strrchr(slash, '.') : NULL;
    snprintf(out, HOX__POINT_NAME, dot ? "%.*s.%s" : "%.*s", (int)root, path, dot ? dot + 1 : "");
    out[strcspn(out, "|[")] = '\0';
}

/* Commas separate; blanks around names and values do not count. */
static hox_status split(const char *text, point *p, hox_error *err)
{
    for (const char *at = text; *at;) {
        const char *equals = strchr(at, '=');
        const size_t n = strcspn(at, ",");
        if (!equals || equals > at + n || p->n == PAIRS_MAX || n >= 100)
            return hox_fail(err, HOX_ERR_ARGUMENT,
                            "`%.60s`: a point is names and values\nwrite `lr=0.01,opt=adam`", at);
        pair *one = &p->pair[p->n++];
        *one = (pair){.used = false};
        at += strspn(at, " ");
        size_t name = (size_t)(equals - at);
        const char *value = equals + 1 + strspn(equals + 1, " ");
        size_t length = strcspn(value, ",");
        while (name > 0 && at[name - 1] == ' ')
            name--;
        while (length > 0 && value[length - 1] == ' ')
            length--;
        snprintf(one->name, sizeof one->name, "%.*s", (int)(name < 63 ? name : 63), at);
        snprintf(one->value, sizeof one->value, "%.*s", (int)(length < 63 ? length : 63), value);
        at = value + strcspn(value, ",");
        at += *at == ',';
    }
    return HOX_OK;
}

/* By its name, by its path, or by an end of the path. */
static pair *find(point *p, const char *path)
{
    char name[HOX__POINT_NAME];
    hox__point_name(path, name);
    for (int i = 0; i < p->n; i++) {
        const size_t n = strlen(path), m = strlen(p->pair[i].name);
        if (strcmp(p->pair[i].name, name) == 0 || strcmp(p->pair[i].name, path) == 0)
            return &p->pair[i];
        if (m < n && strcmp(path + n - m, p->pair[i].name) == 0 && strchr("/.|", path[n - m - 1]))
            return &p->pair[i];
    }
    return NULL;
}

/* Which branch is called so: its text, its first word, or its number. */
static bool branch(const hox_choice *q, const char *value, int64_t *index)
{
    size_t used;
    const double x = hox__metric_number(value, strlen(value), &used);
    const bool number = used > 0 && !value[used];
    for (int i = 0; i < q->n; i++) {
        const size_t n = strlen(value);
        const bool word = strncmp(q->text[i], value, n) == 0 && strcspn(q->text[i], "( ") == n;
        if (strcmp(q->text[i], value) == 0 || word || (number && q->value && q->value[i] == x)) {
            *index = i;
            return true;
        }
    }
    return false;
}

static bool read_answer(const hox_choice *q, const char *value, hox_answer *answer)
{
    size_t used;
    if (q->kind == HOX_ASK_CHOICE)
        return branch(q, value, &answer->index);
    const double x = hox__metric_number(value, strlen(value), &used);
    if (!used || value[used])
        return false;
    if (q->kind == HOX_ASK_REAL)
        answer->real = x;
    else if (x >= -9e15 && x <= 9e15 && (double)(int64_t)x == x)
        answer->index = (int64_t)x;
    else
        return false;
    return true;
}

static hox_answer reply(void *ctx, const hox_choice *q, int attempt)
{
    point *p = ctx;
    pair *given = find(p, q->path);
    hox_answer answer = q->fallback;
    if (!given)
        return answer;
    given->used = true;
    if (!read_answer(q, given->value, &answer) || (attempt == 0 && !hox_choice_admits(q, answer))) {
        hox_fail(&p->why, HOX_ERR_ARGUMENT, "`%s` cannot be %s", given->name, given->value);
        return q->fallback;
    }
    return answer;
}

hox_status hox__point_read(const char *text, hox_walk *walk, hox_error *err)
{
    point p = {.n = 0};
    hox_status status = split(text, &p, err);
    if (status != HOX_OK)
        return status;
    hox_walk_restart(walk);
    status = hox_walk_derive(walk, reply, &p, NULL, err);
    if (p.why.status != HOX_OK)
        return hox_fail(err, HOX_ERR_ARGUMENT, "%s", p.why.message);
    for (int i = 0; i < p.n && status == HOX_OK; i++)
        if (!p.pair[i].used)
            status =
                hox_fail(err, HOX_ERR_ARGUMENT,
                         "nothing asks about `%s`, or not together with the rest", p.pair[i].name);
    return status;
}
