/* Gaussian processes over points of a history: a Matern-5/2 kernel with a length scale for every
 * question, mixed and conditional ones too.
 *
 *   k(x, x') = a (1 + s + s^2/3) exp(-s),  s^2 = 5 sum_j z_j D_j(x, x'),  noise on the diagonal
 *
 *   numbers            D = (u - u')^2
 *   branches           D = 0 when they are the same, 1 otherwise
 *   not always asked   D = 0 when neither is asked, 1 when one is; when both are, branches as above
 *                      and numbers at the ends of a chord of the unit circle, (2 sin(pi
 * (u-u')/6))^2, which is u - u' within 5 % and, other than the plain distance, keeps every matrix
 * positive definite (Hutter, Osborne 2013, arXiv 1310.5738)
 *
 * z_j = 1/l_j^2, a and the noise are those of largest posterior, by L-BFGS (NLopt), under the
 * priors of Optuna's GPSampler: log p = -(0.1/z + 0.1 z); a ~ Gamma(2, 1); noise ~ Gamma(1.1, 30),
 * at least 1e-6. Values are standardized, their mean is 0.
 */
#ifndef HOX_SEARCH_PROCESS_H
#define HOX_SEARCH_PROCESS_H

#include "base/arena.h"
#include "search/history.h"

enum { HOX__PROCESS_PARAMETERS = 2 /* beside the z: log a, log noise */ };

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
    double **code; /* [codes][room] the branch; -1: not asked */
    double *log_z; /* [inputs] */
    double log_a, log_noise;
    double jitter; /* what was added to the diagonal beside the noise */
    double **l;    /* [room] rows of the factor */
} hox__process;

/* A process without points over all questions that have more than one answer, z = a = 1, noise
 * 1e-2. Everything lives in the arena; NULL: memory. */
hox__process *hox__process_new(hox__arena *arena, const hox__coder *coder, int room);

/* at: dense, as hox__history_dense() gives it. n < room. */
void hox__process_add(hox__process *p, const double *at);

/* log posterior of theta[inputs + 2] = (log z, log a, log noise) for values y[n], and its gradient;
 * -HUGE_VAL where the matrix has no factor. scratch from hox__process_scratch(). */
double hox__process_posterior(hox__process *p, const double *y, const double *theta,
                              double *gradient, void *scratch);
void *hox__process_scratch(hox__arena *arena, const hox__process *p);

/* Moves log_z, log_a, log_noise uphill by at most `steps` evaluations. */
hox_status hox__process_fit(hox__process *p, hox__arena *arena, const double *y, int steps);

/* The factor of the points from .. n-1 (those before have theirs): the ladder of jitter is climbed
 * when it must; false: in vain. */
bool hox__process_factor(hox__process *p, int from);

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
