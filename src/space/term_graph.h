/* Graphs of networks as terms: dag, chain and tree with their lists. */
#ifndef HOX_SPACE_TERM_GRAPH_H
#define HOX_SPACE_TERM_GRAPH_H

#include "space/wiring.h"
#include <hox/space.h>

typedef struct {
    hox__form form;
    const char *count, *part[HOX__PART_KINDS]; /* names of its arguments; NULL: none */
} hox__term_graph;

/* false: the term is no graph. */
bool hox__term_graph_of(const hox_term *term, hox__term_graph *graph);
/* Network `i` of its kind; NULL: there is none. */
const hox_term *hox__term_graph_part(const hox_term *term, const hox__term_graph *graph,
                                     hox__part_kind kind, int i);
bool hox__term_is_none(const hox_term *term);
/* false: memory. */
bool hox__term_graph_wires(hox__arena *arena, const hox_term *term, const hox__term_graph *graph,
                           hox__circuit *circuit);

#endif
