/* The answers of a walk of one space, by path, said again in a walk of another: what an earlier
 * study found (inherit.h), and the trials of a study whose space was changed (past.h). */
#ifndef HOX_STUDY_CARRY_H
#define HOX_STUDY_CARRY_H

#include "base/arena.h"
#include "base/table.h"
#include <hox/space.h>

typedef struct {
    hox__arena *arena;
    hox__table *answers; /* of one walk: path -> what it says there */
    int n;               /* how many */
} hox__carry;

/* False: no memory; deinit is fine then, too. */
bool hox__carry_init(hox__carry *carry);
void hox__carry_deinit(hox__carry *carry);

/* Takes the answers of `walk`, text of a walk of from's space. HOX_ERR_MEMORY, or it is none. */
hox_status hox__carry_listen(hox__carry *carry, hox_walk *from, const char *walk);

typedef enum {
    HOX__CARRIED,       /* it is a walk there, too */
    HOX__CARRY_OUTSIDE, /* a value is not admitted there, or a requirement refuses it */
    HOX__CARRY_KIND,    /* a parameter is of another kind */
    HOX__CARRY_MORE,    /* there is a parameter that it does not say */
    HOX__CARRY_LESS,    /* it says a parameter that there is not */
} hox__carry_fit;

typedef struct {
    hox__carry_fit
        fit; /* of the first thing that does not fit; MORE and LESS only when all else does */
    int asked, matched; /* parameters there; of these, said */
    char path[160];     /* of that thing */
} hox__carried;

/* Derives `to` with the answers; what they do not say, or not so, is as by default. Of MORE and
 * what fits, the walk is complete. */
hox_status hox__carry_say(hox__carry *carry, hox_walk *to, hox__carried *out);

#endif
