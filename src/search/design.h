/* Designs: a sequence of points of the unit cube, read as sentences.
 *
 * Every question of the space has a dimension of its own, those of branches not taken are passed
 * over, so a design of the union of all questions is one of each branch. Points whose sentence does
 * not exist (dead ends, requirements) or was asked before are passed over.
 */
#ifndef HOX_SEARCH_DESIGN_H
#define HOX_SEARCH_DESIGN_H

#include "base/table.h"
#include "search/strategy.h"

typedef struct hox__design hox__design;

/* Coordinate `dimension` of point `index`, in [0, 1). */
typedef double (*hox__design_unit)(const hox__design *design, uint64_t index, int dimension);

struct hox__design {
    const hox_space *space;
    hox_walk *walk;
    hox__table *dimension; /* key of a path -> its dimension + 1 */
    int dimensions;
    hox__table *seen; /* sentences asked, by their answers as text */
    uint64_t next;    /* the first point that is not spent, or `end` */
    uint64_t end;     /* points there are */
    hox_rng rng;      /* the design's own stream */
    hox__design_unit unit;
};

/* Finds the dimensions in the default sentence and PROBES draws; a question rarer than that is
 * drawn at random. At most `dimensions_max` are counted. On failure (HOX_ERR_MEMORY, or
 * HOX_ERR_EMPTY of the space) what was made is left for deinit. */
hox_status hox__design_init(hox__design *design, const hox_space *space, uint64_t seed,
                            hox__design_unit unit, int dimensions_max, hox_error *err);
void hox__design_deinit(hox__design *design);

/* As in hox_strategy. */
hox_status hox__design_asked(hox__design *design, const hox_asked *asked);

/* Passes over points until the next that is not spent: after `end` has moved. */
hox_status hox__design_seek(hox__design *design);
hox_status hox__design_suggest(const hox__design *design, hox_walk *walk, hox_rng *rng,
                               hox_error *err);

#endif
