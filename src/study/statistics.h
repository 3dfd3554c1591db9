/* The statistics of comparisons (`hox compare`): tests on pairs, intervals by resampling, ranks
 * over many problems. Random draws come from the generator given, so that a comparison is the same
 * every time. Samples are finite numbers. */
#ifndef HOX_STUDY_STATISTICS_H
#define HOX_STUDY_STATISTICS_H

#include <hox/rng.h>
#include <hox/status.h>
#include <stdbool.h>

/* ---- one sample; x is sorted in place ---- */

double hox__sample_mean(const double *x, int n);
double hox__sample_deviation(const double *x,
                             int n); /* of a sample: divided by n - 1; 0 for n < 2 */

/* The quantile p of x by linear interpolation between order statistics (Hyndman, Fan, "Sample
 * quantiles in statistical packages", The American Statistician 50, 1996, definition 7). n >= 1. */
double hox__sample_quantile(double *x, int n, double p);

/* ---- pairs: d[n] are the differences ---- */

/* Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1, 1945. Zeros are
 * left out, equal sizes share their ranks. Exact up to 50 differences that are not 0, whatever is
 * equal (all signs as likely, by dynamic programming); beyond by the normal approximation with
 * correction for ties. */
typedef struct {
    double plus, minus; /* sums of ranks */
    int n;              /* differences that are not 0 */
    double p;           /* two-sided; 1 when n is 0 */
    bool exact;
} hox__signed_ranks;
hox_status hox__wilcoxon(const double *d, int n, hox__signed_ranks *out);

/* The least n with which Wilcoxon's test can come below alpha: 6 for 0.05. */
int hox__wilcoxon_least(double alpha);

/* Two-sided test of mean 0: the part of all 2^n signs, or, beyond n = 16, of 20,000 drawn ones,
 * that make the sum as large (Fisher, The Design of Experiments, 1935, section 21). */
double hox__sign_flips(const double *d, int n, hox_rng *rng);

/* Percentiles of the means of `draws` resamples: the interval of the mean with probability `level`
 * (Efron, Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). */
typedef struct {
    double low, high;
} hox__interval;
hox_status hox__bootstrap_mean(const double *d, int n, int draws, double level, hox_rng *rng,
                               hox__interval *out);

/* The same on two levels: problems are drawn, then pairs within each; the mean of the problems'
 * means. d: the differences of problem 0, then of 1 ..; size[problems]. */
hox_status hox__bootstrap_two_levels(const double *d, const int *size, int problems, int draws,
                                     double level, hox_rng *rng, hox__interval *out);

/* How many pairs show a mean difference `delta` with `power` at two-sided `alpha`, when pairs
 * differ with this deviation: the normal approximation. 0: delta is 0. */
double hox__pairs_needed(double deviation, double delta, double alpha, double power);

/* ---- two samples ---- */

/* Probability that a draw of a is larger than one of b, equal ones half (Vargha, Delaney, "A
 * critique and improvement of the CL common language effect size statistics of McGraw and Wong",
 * J. Educ. Behav. Stat. 25, 2000). */
double hox__a12(const double *a, int n, const double *b, int m);

/* ---- many tests ---- */

/* p[n] become adjusted (Holm, "A simple sequentially rejective multiple test procedure", Scand. J.
 * Statist. 6, 1979). */
hox_status hox__holm(double *p, int n);

/* ---- many methods on many problems: loss[problems][methods], less is better ---- */

/* rank[methods]: mean ranks, 1 is the best; equal losses share. *p of Friedman's test with the
 * correction for ties. */
typedef struct {
    double chi2, p;
} hox__friedman_result;
hox_status hox__friedman(const double *loss, int problems, int methods, double *rank,
                         hox__friedman_result *out);

/* Mean ranks that differ by at least this differ with family-wise error alpha (Nemenyi; Demsar,
 * "Statistical comparisons of classifiers over multiple data sets", JMLR 7, 2006, section 3.2.2).
 */
double hox__nemenyi(int methods, int problems, double alpha);

/* Posterior probabilities that the mean difference is below -rope, within, and above rope (Benavoli
 * et al., "A Bayesian Wilcoxon signed-rank test based on the Dirichlet process", ICML 2014; Time
 * for a change, JMLR 18, 2017), prior strength 0.5 at 0, 10,000 draws. */
typedef struct {
    double below, within, above;
} hox__rope;
hox_status hox__signed_rank_posterior(const double *d, int n, double rope, hox_rng *rng,
                                      hox__rope *out);

/* ---- distributions ---- */

double hox__chi2_tail(double x, double degrees); /* P(X > x) */
/* P(the range of k standard normals <= q) and its inverse. */
double hox__range_cdf(double q, int k);
double hox__range_quantile(double p, int k);

#endif
