#include "space/term_graph.h"
#include <string.h>

bool hox__term_graph_of(const hox_term *t, hox__term_graph *w)
{
    static const hox__term_graph known[] = {
        {{HOX__WIRED_DAG, 0, 0}, "nodes", {"edge", "first", "node", NULL, "last"}},
        {{HOX__WIRED_CHAIN, 0, 0}, "layers", {"skip", NULL, "layer", NULL, NULL}},
        {{HOX__WIRED_TREE, 0, 0}, "leaves", {NULL, NULL, "leaf", "join", NULL}}};
    static const char *const name[] = {"dag", "chain", "tree"};
    const char *ends = hox_term_word(t, "ends", "fixed");
    for (int i = 0; i < 3; i++)
        if (t->kind == HOX_TERM_CALL && !strcmp(t->name, name[i])) {
            *w = known[i];
            w->form.n = (int)hox_term_number(t, w->count, 0);
            w->form.ends = !strcmp(ends, "free")   ? HOX__ENDS_FREE
                           : !strcmp(ends, "open") ? HOX__ENDS_OPEN
                                                   : HOX__ENDS_FIXED;
            return w->form.n >= 0 && w->form.n <= HOX__FORM_MAX;
        }
    return false;
}

const hox_term *hox__term_graph_part(const hox_term *t, const hox__term_graph *w,
                                     hox__part_kind kind, int i)
{
    const hox_term *p = w->part[kind] ? hox_term_get(t, w->part[kind]) : NULL;
    if (p && p->kind == HOX_TERM_LIST)
        return i < p->n ? p->part[i] : NULL;
    return p;
}

bool hox__term_is_none(const hox_term *t)
{
    if (t->kind != HOX_TERM_CHAIN)
        return t->name && !strcmp(t->name, "none");
    for (int i = 0; i < t->n; i++)
        if (hox__term_is_none(t->part[i]))
            return true;
    return false;
}

bool hox__term_graph_wires(hox__arena *arena, const hox_term *t, const hox__term_graph *w,
                           hox__circuit *c)
{
    const int edges = hox__form_parts(&w->form, HOX__PART_EDGE);
    bool *present = HOX__NEW_N(arena, bool, edges + 1);
    for (int i = 0; present && i < edges; i++) {
        const hox_term *e = hox__term_graph_part(t, w, HOX__PART_EDGE, i);
        present[i] = e && !hox__term_is_none(e);
    }
    return present && hox__circuit_build(arena, &w->form, present, c);
}
