/* An edit drawn from all there are. */
#include "space/edit.h"
#include <stdio.h>
#include <string.h>

typedef enum { SET, REDRAW, INSERT, DUPLICATE, DELETE, EDGE, CROSS, KINDS } kind;

typedef struct {
    const hox_walk *from, *other;
    hox_rng *rng;
    hox_walk *to;
    hox_error *err;
} edit;

static int below(const edit *e, int n)
{
    return (int)hox_rng_below(e->rng, (uint32_t)n);
}

static hox_status value(const edit *e, bool redraw, char *what)
{
    int n;
    const hox_answered *a = hox_walk_answers(e->from, &n);
    const char *path = a[below(e, n)].path;
    snprintf(what, 80, "%s %.60s", redraw ? "redraw" : "set", path);
    if (!redraw)
        return hox_edit_nudge(e->from, path, 0, e->rng, e->to, e->err);
    /* as far up as it likes */
    char head[512];
    snprintf(head, sizeof head, "%s", path);
    for (char *cut; below(e, 2) && (cut = strrchr(head, '/')) != NULL;)
        *cut = 0;
    return hox_edit_redraw(e->from, head, e->rng, e->to, e->err);
}

static hox_status element(const edit *e, kind k, char *what)
{
    hox_places p;
    int n = 0;
    while (hox_walk_places(e->from, n, &p))
        n++;
    if (n == 0)
        return hox_fail_code(e->err, HOX_ERR_ARGUMENT, "E0408",
                             "nothing of the sentence is counted");
    hox_walk_places(e->from, below(e, n), &p);
    snprintf(what, 80, "%s %.60s",
             k == INSERT   ? "insert"
             : k == DELETE ? "delete"
                           : "duplicate",
             p.path);
    if (k != INSERT && p.elements == 0)
        return hox_fail_code(e->err, HOX_ERR_ARGUMENT, "E0408", "%s: there is no element", p.path);
    if (k == DELETE)
        return hox_edit_delete(e->from, p.path, below(e, p.elements), e->rng, e->to, e->err);
    const int like = k == DUPLICATE ? below(e, p.elements) : -1;
    return hox_edit_insert(e->from, p.path, k == DUPLICATE ? like + 1 : below(e, p.elements + 1),
                           like, e->rng, e->to, e->err);
}

static hox_status edge(const edit *e, char *what)
{
    const bool there = below(e, 2);
    int n = 0;
    while (hox__edge_at(e->from, !there, n))
        n++;
    snprintf(what, 80, "%s an edge", there ? "add" : "remove");
    if (n == 0)
        return hox_fail_code(e->err, HOX_ERR_ARGUMENT, "E0408", "there is no such edge");
    return hox__edit_edge_content(e->from, hox__edge_at(e->from, !there, below(e, n)), there, NULL,
                                  e->rng, e->to, e->err);
}

static hox_status attempt(const edit *e, kind k, char *what)
{
    switch (k) {
    case SET:
    case REDRAW:
        return value(e, k == REDRAW, what);
    case INSERT:
    case DUPLICATE:
    case DELETE:
        return element(e, k, what);
    case EDGE:
        return edge(e, what);
    case CROSS:
    case KINDS:
        break;
    }
    snprintf(what, 80, "cross");
    return hox_edit_cross(e->from, e->other, NULL, e->rng, e->to, e->err);
}

hox_status hox_edit_any(const hox_walk *from, const hox_walk *other, hox_rng *rng, hox_walk *to,
                        char what[80], hox_error *err)
{
    enum { ATTEMPTS = 12 };
    char said[80];
    const edit e = {from, other, rng, to, NULL};
    if (from->d->n == 0)
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0408", "the space has one sentence");
    for (int i = 0; i < ATTEMPTS; i++) {
        const kind k = (kind)below(&e, other ? KINDS : CROSS);
        const hox_status status = attempt(&e, k, said);
        if (status != HOX_OK)
            continue; /* also what ran away until its memory was spent: another edit may do */
        if (what)
            memcpy(what, said, sizeof said);
        return HOX_OK;
    }
    if (what)
        snprintf(what, 80, "redraw");
    return hox_edit_redraw(from, "", rng, to, err);
}
