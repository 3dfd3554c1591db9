/* Walks as vectors: the questions of a space seen so far are dimensions, answers are coordinates.
 *
 * A dimension belongs to a path. Numbers and ordered choices lie in [0, 1] on their own scale
 * (linear or logarithmic, as declared); a value on a grid of n cells lies in the middle of its
 * cell, (k + 1/2) / n when they are equally wide, so that both ends weigh as much as the others.
 * Choices without order keep the number of their branch. A question that a walk does not ask is
 * inactive there: absent, not zero. The paths of a space become known as walks ask them, so a
 * vector that was made before knows nothing of later dimensions.
 */
#ifndef HOX_SEARCH_ENCODE_H
#define HOX_SEARCH_ENCODE_H

#include "search/numbering.h"
#include "search/strategy.h"

enum { HOX__DIMS_MAX = 4096 /* questions beyond these are answered from the prior, and counted */ };

typedef struct {
    bool nominal;  /* coordinates are branches 0 .. cells-1 */
    double cells;  /* how many values; 0: a continuum */
    double *share; /* [cells] nominal: the prior's weight of a branch over the mean weight */
    bool masked;   /* some branch was infeasible in some walk */
    bool fixed;    /* only one value is possible */
    int64_t seen;  /* in how many encoded walks it was active */
    /* The scale of numbers, as last asked; ordered choices have cells and nothing else. */
    hox_question kind;
    double low, high, step;
    bool is_log;
    double said; /* numbers: where the default lies that the space says by `~`; NaN: it says none */
} hox__dim;

typedef struct {
    hox_walk *walk; /* our own, to see the questions behind answers */
    hox__dim *dim;  /* [dims], in order of first sight */
    int dims, room;
    hox__numbering number; /* of dimensions, by the key of the path */
    int64_t walks;         /* encoded */
    int64_t left_out;      /* answers without a dimension, for HOX__DIMS_MAX was reached */
} hox__coder;

/* HOX_ERR_MEMORY is the only failure. The coder needs the space as long as it lives. */
hox_status hox__coder_init(hox__coder *coder, const hox_space *space);
void hox__coder_deinit(hox__coder *coder);

/* x within [0, 1], reflected at the ends as often as it takes. */
double hox__folded(double x);

/* Makes the questions of the default sentence and of `walks` draws from the prior known. They count
 * as no walk. */
hox_status hox__coder_explore(hox__coder *coder, int walks, uint64_t seed);

/* The dimension of the question of that key; -1: never seen. */
int hox__coder_find(const hox__coder *coder, uint64_t key);

/* One line when answers were left out, into line[n]; "" when none was. */
void hox__coder_explain(const hox__coder *coder, char *line, size_t n);

/* One active coordinate: `at` in [0, 1], or a branch when the dimension is nominal. */
typedef struct {
    int dim;
    double at;
} hox__coordinate;

/* The active coordinates of what a trial was asked, in the order of asking; new questions become
 * dimensions. *n <= asked->n are written to point[asked->n]. Answers that do not fit the space end
 * the encoding early (a study opened with another space). */
hox_status hox__encode(hox__coder *coder, const hox_asked *asked, hox__coordinate *point, int *n);

/* Has the question branches without order? */
bool hox__is_nominal(const hox_choice *c);

/* The coordinate of an answer, and the feasible answer nearest to a coordinate. */
double hox__coordinate_of(const hox_choice *c, hox_answer answer);
hox_answer hox__answer_at(const hox_choice *c, double at);

/* The cell [*a, *b] of [0, 1] that rounds to the same value as `at`; *a == *b == at on a continuum.
 */
void hox__cell_ends(const hox__dim *dim, double at, double *a, double *b);

/* Which cell that is, 0 .. cells-1. Dimensions with cells only. */
double hox__cell_index(const hox__dim *dim, double at);

/* Are all cells equally wide? */
bool hox__cells_even(const hox__dim *dim);

/* The middle of the cell of `at`, where its value lies; `at` itself on a continuum. */
double hox__cell_middle(const hox__dim *dim, double at);

/* Answers a walk from a vector. Questions that the vector does not answer (`at` NaN, or a dimension
 * it never saw) and nominal branches that are infeasible come from the prior, and are counted. When
 * the vector leads to no sentence, attempt k answers each question from the prior with probability
 * 1 - 2^-k. */
typedef struct {
    int from_prior; /* answers of the last attempt that are not the vector's */
    int attempts;
} hox__decoded;
hox_status hox__decode(const hox__coder *coder, const double *at /* [dims] */, int dims,
                       hox_walk *walk, hox_rng *rng, hox__decoded *how, hox_error *err);

#endif
