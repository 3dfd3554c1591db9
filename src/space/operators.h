/* Edit operators declared in a space: `search = evolution(..., mutate: mutation)`, where
 *
 *   mutation = alter(train.sgd.lr, within: 2.0) | keep | reset | insert(trunk.layer, conv(same, 3))
 *            | remove(trunk.skip)
 *
 * is a choice of operators, with weights as any choice. A place is the end of a question's path, or
 * of an element's or an edge's, names left out on the way: vertex.conv.filters, trunk.layer,
 * trunk.skip. Decisions 2.12.
 */
#ifndef HOX_SPACE_OPERATORS_H
#define HOX_SPACE_OPERATORS_H

#include <hox/space.h>

typedef struct hox__operators hox__operators;

/* The operators that the space declares under `name`; NULL with the reason. */
hox__operators *hox__operators_open(const hox_space *space, const char *name, hox_error *err);
void hox__operators_free(hox__operators *operators);

/* Draws operators, each as likely as its weight says, until one applies to the complete walk
 * `from`; the edited sentence is on `to`. *applied (may be NULL) is the operator as it is written,
 * living as long as the space. HOX_ERR_ARGUMENT: none applied in a hundred draws. */
hox_status hox__operators_apply(const hox__operators *operators, const hox_walk *from, hox_rng *rng,
                                hox_walk *to, const char **applied, hox_error *err);

/* The one that is written so, as often as its place is drawn; for tests. */
hox_status hox__operator_apply(const hox__operators *operators, int i, const hox_walk *from,
                               hox_rng *rng, hox_walk *to, hox_error *err);
const char *hox__operator_text(const hox__operators *operators, int i); /* NULL past the end */

#endif
