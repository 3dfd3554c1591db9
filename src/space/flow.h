/* Shapes and costs of layers and of derived networks, for the shape that flows now (walk->shape).
 */
#ifndef HOX_SPACE_FLOW_H
#define HOX_SPACE_FLOW_H

#include "space/derive.h"

/* A rule of the network begins: is the shape right, is one more too many? */
void hox__flow_enter(hox_walk *walk, const hox__phrase *at);
/* A layer whose arguments are known, native and without parts. */
void hox__flow_apply(hox_walk *walk, const hox__node *node, hox__count count);
/* A use of a rule that asks nothing, whose nodes walks share. */
void hox__flow_frozen(hox_walk *walk, const hox__node *node, hox__count count);
/* Any layer, with what was derived inside it. */
void hox__flow_layer(hox_walk *walk, const hox__node *node, hox__count count);

/* ---- networks side by side ---- */

/* The shape that a part gets, and how often it is used: what arrives, once, or what stands beside
 * the state at each step. */
uint32_t hox__flow_part_in(hox_walk *walk, const hox__node *node, uint32_t in, double *times);
/* What the parts so far give together with one that gives walk->shape; 0: unknown. */
uint32_t hox__flow_beside(hox_walk *walk, const hox__node *node, uint32_t out, int i);
/* The part of a stepped layer is derived: its work is done at every step, and it must give the next
 * state. */
void hox__flow_all_steps(hox_walk *walk, const hox__node *node, uint32_t in, double flops,
                         hox__count count);
/* What a layer has beside its parts, like the gate of `highway`. */
void hox__flow_beside_parts(hox_walk *walk, const hox__node *node, hox__count count);

#endif
