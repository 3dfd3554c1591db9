/* Networks drawn: as a chain of lines with shapes and weights, as the engine builds them; or as a
 * graph in Graphviz's language. */
#ifndef HOX_CLI_DRAW_H
#define HOX_CLI_DRAW_H

#include "base/text.h"
#include <hox/space.h>

/* One line a layer: what it is, the shape behind it, its trained weights. With unknown facts only
 * the first. HOX_ERR_SHAPE when it cannot be built; what was drawn until there stays. */
hox_status hox__draw_chain(hox__text *out, const hox_term *net, const hox_facts *facts,
                           hox_error *err);

/* digraph { ... } */
void hox__draw_dot(hox__text *out, const hox_term *net, const hox_facts *facts);

/* A term as it would be written, arguments equal to their defaults in `nn` left out. */
void hox__draw_term(hox__text *out, const hox_term *term);

#endif
