/* What requirements may say about parts of a network: height(input(fc)), absent(fc), count(unit),
 * edges(cell), nondecreasing(filters in net). Internal to require.c, derive.c and reach.c. */
#ifndef HOX_SPACE_PARTS_H
#define HOX_SPACE_PARTS_H

#include "space/shape.h"

/* Says what is wrong with a call in a requirement; false: the name is none of these. */
bool hox__parts_check(hox_space *space, const hox__test *call);

/* Conditions that can be seen while deriving: shapes at the entry of a rule, and how often rules
 * are used. `test` holds on its own. Once for each requirement; counters first. */
void hox__parts_counters(hox_space *space, const hox__test *test);
void hox__parts_bounds(hox_space *space, const hox__test *test);

/* Does a shape satisfy the conditions at the rule's entry? Unknown ones do. */
bool hox__parts_enter(const hox__rule *rule, const hox__shape *in);

/* Is the requirement no more than what entries and counters check? */
bool hox__parts_seen(const hox_space *space, const hox__test *test);

/* The values of the call on a finished derivation, one for each use: at most `max`. 0: absent. */
int hox__parts_values(hox_walk *walk, const hox__test *call, hox__value *value, int max);

/* ---- watching a replay ---- */

typedef enum {
    HOX__WATCH_INPUT,
    HOX__WATCH_OUTPUT,
    HOX__WATCH_EDGES,
    HOX__WATCH_USES,
    HOX__WATCH_PARAMETER,
} hox__watch_what;

typedef struct hox__watch {
    hox__watch_what what;
    int dim;               /* INPUT, OUTPUT: 0 height, 1 width, 2 channels */
    const char *rule;      /* "fc", or "body.cell" for a network argument */
    const char *parameter; /* PARAMETER */
    int inside;            /* uses of the rule that are open */
    double edges, uses;
    int n, max;
    hox__value *value;
} hox__watch;

/* derive.c calls these around every node of a replay. */
void hox__watch_begin(hox_walk *walk, const hox__node *node);
void hox__watch_end(hox_walk *walk, const hox__node *node);

#endif
