/* Sobol points: a quasi-random sequence in the unit cube, for designs and for candidates.
 *
 * Every stretch of 2^m points that begins at a multiple of 2^m is a (t, m, d)-net, and scrambling
 * keeps it one. Sobol, USSR Comp. Math. Math. Phys. 7(4), 1967; Bratley and Fox, ACM TOMS 14(1),
 * 1988; scrambled by random lower triangular matrices and a digital shift: Matousek, J. Complexity
 * 14, 1998. Direction numbers of our own: scripts/sobol_table.py.
 */
#ifndef HOX_SEARCH_POINTS_H
#define HOX_SEARCH_POINTS_H

#include <hox/rng.h>
#include <hox/status.h>

enum { HOX__POINTS_DIMENSIONS_MAX = 128, HOX__POINTS_BITS = 32 };

typedef struct {
    int dimensions;
    uint32_t *direction; /* [dimensions][HOX__POINTS_BITS], scrambled */
    uint32_t *shift;     /* [dimensions] */
} hox__points;

/* `scramble`: the stream that names the scrambling; NULL: the plain sequence, which begins with 0.
 * 0 <= dimensions <= HOX__POINTS_DIMENSIONS_MAX. HOX_ERR_MEMORY is the only failure; *out is empty
 * then. */
hox_status hox__points_init(hox__points *out, int dimensions, const hox_rng *scramble);
void hox__points_deinit(hox__points *points);

/* Coordinate `dimension` of point `index`, which counts from 0 and wraps at 2^32: in [0, 1). In any
 * order; the points go by Gray code (Antonov and Saleev 1979). */
double hox__points_at(const hox__points *points, uint64_t index, int dimension);

#endif
