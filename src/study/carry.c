#include "study/carry.h"
#include "base/alloc.h"
#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 28 };

typedef struct {
    hox_question kind;
    const char *text; /* CHOICE: the branch as written */
    bool head_alone;  /* no other branch begins with the same name */
    double number;    /* INT, REAL */
    bool heard;
} said;

bool hox__carry_init(hox__carry *carry)
{
    *carry = (hox__carry){.arena = hox__arena_new(ARENA_BYTES)};
    return carry->arena != NULL;
}

void hox__carry_deinit(hox__carry *carry)
{
    hox__table_free(carry->answers);
    hox__arena_free(carry->arena);
    *carry = (hox__carry){0};
}

/* ---- branches ---- */

/* adam of adam(beta: 0.8 .. 0.999): its settings may have been changed. */
static size_t head_of(const char *text)
{
    return strcspn(text, "( ");
}

static int with_head(const hox_choice *c, const char *text, int64_t *last)
{
    const size_t n = head_of(text);
    int found = 0;
    for (int i = 0; i < c->n; i++)
        if (head_of(c->text[i]) == n && strncmp(c->text[i], text, n) == 0) {
            *last = i;
            found++;
        }
    return found;
}

/* c->n: no branch here is that one. */
static int64_t branch_of(const hox_choice *c, const said *s)
{
    int64_t i = 0;
    for (; i < c->n; i++)
        if (strcmp(c->text[i], s->text) == 0)
            return i;
    return s->head_alone && head_of(s->text) > 0 && with_head(c, s->text, &i) == 1 ? i : c->n;
}

/* ---- listening ---- */

static bool note(hox__carry *carry, const hox_choice *c, hox_answer a)
{
    int64_t last;
    said *s = HOX__NEW(carry->arena, said);
    if (!s)
        return false;
    s->kind = c->kind;
    s->number = c->kind == HOX_ASK_REAL ? a.real : (double)a.index;
    if (c->kind == HOX_ASK_CHOICE) {
        const char *text = c->text[a.index];
        s->text = hox__arena_copy(carry->arena, text, strlen(text));
        s->head_alone = with_head(c, text, &last) == 1;
        if (!s->text)
            return false;
    }
    carry->n++;
    return hox__table_puts(carry->answers, c->path, s);
}

hox_status hox__carry_listen(hox__carry *carry, hox_walk *from, const char *walk)
{
    int n;
    const hox_choice *c;
    hox__arena_rewind(carry->arena, (hox__arena_mark){0});
    hox__table_free(carry->answers);
    carry->n = 0;
    carry->answers = hox__table_new();
    if (!carry->answers)
        return HOX_ERR_MEMORY;
    hox_status status = hox_walk_read(from, walk, NULL);
    if (status != HOX_OK)
        return status;
    const hox_answered *old = hox_walk_answers(from, &n);
    hox_answered *answer = HOX__NEW_N(carry->arena, hox_answered, (size_t)n + 1);
    if (!answer)
        return HOX_ERR_MEMORY;
    if (n)
        memcpy(answer, old, (size_t)n * sizeof *answer);
    hox_walk_restart(from);
    for (int i = 0; i < n && (c = hox_walk_next(from)) != NULL; i++) {
        if (!note(carry, c, answer[i].answer))
            return HOX_ERR_MEMORY;
        hox_walk_answer(from, answer[i].answer, NULL);
    }
    return HOX_OK;
}

/* ---- saying ---- */

typedef struct {
    hox__carry *carry;
    hox__carried *out;
} speaker;

static void misfit(hox__carried *out, hox__carry_fit fit, const char *path)
{
    if (out->fit != HOX__CARRIED && !(out->fit == HOX__CARRY_MORE && fit != HOX__CARRY_LESS))
        return;
    out->fit = fit;
    snprintf(out->path, sizeof out->path, "%s", path);
}

static hox_answer repeat(void *ctx, const hox_choice *c, int attempt)
{
    speaker *k = ctx;
    hox__carried *out = k->out;
    said *s = hox__table_gets(k->carry->answers, c->path);
    hox_answer a = c->fallback;
    if (attempt > 0)
        misfit(out, HOX__CARRY_OUTSIDE, c->path);
    out->asked += attempt == 0;
    if (!s) {
        if (out->fit == HOX__CARRIED) /* behind what does not fit, anything may be asked */
            misfit(out, HOX__CARRY_MORE, c->path);
        return a;
    }
    s->heard = true;
    if (s->kind != c->kind) {
        misfit(out, HOX__CARRY_KIND, c->path);
        return a;
    }
    if (c->kind == HOX_ASK_CHOICE)
        a.index = branch_of(c, s);
    else if (c->kind == HOX_ASK_INT)
        a.index = (int64_t)s->number;
    else
        a.real = s->number;
    const bool fits = (c->kind != HOX_ASK_CHOICE || a.index < c->n) && hox_choice_admits(c, a);
    if (!fits)
        misfit(out, HOX__CARRY_OUTSIDE, c->path);
    out->matched += fits && attempt == 0;
    return fits ? a : c->fallback;
}

hox_status hox__carry_say(hox__carry *carry, hox_walk *to, hox__carried *out)
{
    const char *path;
    speaker k = {carry, out};
    *out = (hox__carried){.fit = HOX__CARRIED};
    hox_walk_restart(to);
    const hox_status status = hox_walk_derive(to, repeat, &k, NULL, NULL);
    if (status == HOX_ERR_MEMORY)
        return status;
    if (status != HOX_OK)
        misfit(out, HOX__CARRY_OUTSIDE, "");
    for (size_t i = 0; i < hox__table_count(carry->answers) && out->fit == HOX__CARRIED; i++) {
        const said *s = hox__table_at(carry->answers, i, &path, NULL);
        if (!s->heard)
            misfit(out, HOX__CARRY_LESS, path);
    }
    return HOX_OK;
}
