/* Gaussian processes over points of a history: a Matern-5/2 kernel with a length scale for every
 * question, mixed and conditional ones too.
 *
 *   k(x, x') = a (1 + s + s^2/3) exp(-s),  s^2 = 5 sum_j z_j D_j(x, x'),  noise on the diagonal
 *
 *   numbers            D = (u - u')^2; when they are warped, w(u) stands for u (warp.h)
 *   branches           D = 0 when they are the same, 1 otherwise
 *   not always asked   D = 0 when neither is asked, 1 when one is; when both are, branches as above
 *                      and numbers at the ends of a chord of the unit circle, (2 sin(pi
 * (u-u')/6))^2, which is u - u' within 5 % and, other than the plain distance, keeps every matrix
 * positive definite (Hutter, Osborne 2013, arXiv 1310.5738)
 *
 * z_j = 1/l_j^2, a and the noise are those of largest posterior, by L-BFGS (NLopt), under the
 * priors of Optuna's GPSampler: log p = -(0.1/z + 0.1 z); a ~ Gamma(2, 1); noise ~ Gamma(1.1, 30),
 * at least 1e-6; of a warp, that of warp.h. Values are standardized, their mean is 0.
 */
#ifndef HOX_SEARCH_PROCESS_H
#define HOX_SEARCH_PROCESS_H

#include "base/arena.h"
#include "search/history.h"

enum { HOX__PROCESS_PARAMETERS = 2 /* beside the z and the warps: log a, log noise */ };

/* One question of the kernel. */
typedef struct {
    int dim; /* of the coder */
    bool nominal, always;
    int first; /* coordinate (branches: code) it begins at; numbers not always asked have two */
} hox__process_input;

typedef struct {
    hox__process_input *input; /* [inputs] */
    int inputs;
    int coordinates, codes;
    int *input_of; /* [coordinates] */
    int *code_of;  /* [codes] its input */
    int n, room;
    double **at;   /* [coordinates][room] times the root of z */
    double **raw;  /* [coordinates][room] */
    double **u;    /* [inputs][room] as added; NULL: nothing is warped */
    double **code; /* [codes][room] the branch; -1: not asked */
    double *log_z; /* [inputs] */
    double log_a, log_noise;
    double (
        *log_shape)[2]; /* [inputs] of the warps; zeros for branches, and when nothing is warped */
    double jitter;      /* what was added to the diagonal beside the noise */
    double **l;         /* [room] rows of the factor */
} hox__process;

/* A process without points over all questions that have more than one answer, z = a = 1, noise
 * 1e-2, and, when `warp`, numbers on scales to be learned, straight so far. Everything lives in the
 * arena; NULL: memory. */
hox__process *hox__process_new(hox__arena *arena, const hox__coder *coder, int room, bool warp);

/* at: dense, as hox__history_dense() gives it. n < room. */
void hox__process_add(hox__process *p, const double *at);

/* How many parameters: log z, log a, log noise, then log a and log b of the warp of each number. */
int hox__process_parameters(const hox__process *p);

/* log posterior of theta[parameters] for values y[n], and its gradient; -HUGE_VAL where the matrix
 * has no factor. scratch from hox__process_scratch(). */
double hox__process_posterior(hox__process *p, const double *y, const double *theta,
                              double *gradient, void *scratch);
void *hox__process_scratch(hox__arena *arena, const hox__process *p);

/* Moves the parameters uphill by at most `steps` evaluations. */
hox_status hox__process_fit(hox__process *p, hox__arena *arena, const double *y, int steps);

/* The factor of the points from .. n-1 (those before have theirs): the ladder of jitter is climbed
 * when it must; false: in vain. */
bool hox__process_factor(hox__process *p, int from);

/* The coordinates of input j, a number, at u (NaN: not asked), before they are scaled, and their
 * derivatives by u, log a and log b of its warp; the second of a number always asked is 0. */
typedef struct {
    double x[2], by_u[2], by_a[2], by_b[2];
} hox__process_spot;
hox__process_spot hox__process_coordinates(const hox__process *p, int j, double u);

/* k[n], and d[n] = dk/d(s^2/5) when not NULL, of a point in the process's coordinates. */
typedef struct {
    double *at;   /* [coordinates] scaled */
    double *code; /* [codes] */
} hox__process_point;
hox__process_point hox__process_point_new(hox__arena *arena, const hox__process *p);
void hox__process_place(const hox__process *p, const double *dense, hox__process_point *point);
void hox__process_kernel(const hox__process *p, const hox__process_point *point, double *k,
                         double *d);

#endif
