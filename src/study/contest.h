/* Studies side by side: groups (a strategy, or one study) on problems (spaces), paired by seed.
 * What `hox compare` says of them follows proof.md: means and intervals before bests, tests on
 * pairs with Holm's correction, effect sizes, ranks over problems, and a rule for the word
 * "better".
 */
#ifndef HOX_STUDY_CONTEST_H
#define HOX_STUDY_CONTEST_H

#include "base/arena.h"
#include "study/statistics.h"
#include "study/store.h"

enum { HOX__CONTEST_GROUPS = 32, HOX__CONTEST_PROBLEMS = 256, HOX__READINGS_MAX = 16 };

/* One study: loss is the first goal's value, negated when it is to be maximized. */
typedef struct {
    const char *name;
    int group, problem, trials; /* trials: that have ended */
    uint64_t seed;
    int64_t created_ms;
    double *best; /* [trials] the least loss so far; before the first result, the problem's worst */
} hox__entry;

typedef struct {
    const char *name, *hash, *metric;
    bool maximize;
    bool known;     /* the optimum is that of the objective; else the best that was seen */
    double optimum; /* loss */
    double worst;   /* loss seen */
    double scale;   /* regret is divided by it: median regret of `random`, or of all groups */
} hox__problem;

typedef struct {
    hox__arena *arena;
    const char *group[HOX__CONTEST_GROUPS];
    int groups;
    hox__problem problem[HOX__CONTEST_PROBLEMS];
    int problems;
    hox__entry *entry; /* [entries] */
    int entries, room;
    int budget;      /* trials that every study has */
    bool uneven;     /* some have more */
    int scaled_by;   /* the group called random, or -1: all of them */
    bool same_seeds; /* seeds pair; else pairs are made in order */
} hox__contest;

hox__contest *hox__contest_new(void); /* NULL: memory */
void hox__contest_free(hox__contest *contest);

/* Reads a study's trials; one that is there already counts once. `folder`: of data, for tables. A
 * group called "random*2" had twice the trials: two of them count as one. */
hox_status hox__contest_add(hox__contest *contest, hox__store *store, const hox__study_row *study,
                            const char *group, const char *problem, const char *folder,
                            hox_error *err);

/* After the last: HOX_ERR_EMPTY when there is nothing to compare. */
hox_status hox__contest_ready(hox__contest *contest, hox_error *err);

/* Numbers of trials at which curves are read: 10, 25, 50, 100, 200, 500, .. and the budget. */
int hox__contest_readings(const hox__contest *contest, int reading[HOX__READINGS_MAX]);

/* ---- one group ---- */

typedef struct {
    int runs;
    double mean, median, low, high, tail; /* of the best at the budget: quartiles, and the worse
                                             tenth; values of the one problem, else regrets */
    hox__interval interval;               /* of the mean, 95 % */
    double rank;                          /* mean over problems and pairs */
    double area;                          /* mean over trials of the same */
    double hit[3];                        /* trials to the target: median and quartiles; HUGE_VAL:
                                             not reached */
    double rank_at[HOX__READINGS_MAX];    /* at each reading */
} hox__group_result;

/* `target`: a value of the single problem; NaN: the median of the first group. */
hox_status hox__contest_group(const hox__contest *contest, int group, double target,
                              hox__group_result *out);
double hox__contest_target(const hox__contest *contest);

/* ---- two groups ---- */

typedef enum {
    HOX__VERDICT_NONE,
    HOX__VERDICT_BETTER,
    HOX__VERDICT_WORSE,
    HOX__VERDICT_FEW
} hox__finding;

typedef struct {
    int a, b, pairs, wins, losses; /* wins: b is better */
    double gain;                   /* mean loss of a - that of b, in values or in regret */
    double deviation;              /* of the pairs' gains */
    hox__interval interval;        /* 95 %, 10,000 draws */
    double p, flips;               /* Wilcoxon and sign flips; of several problems the least p */
    double p_holm;                 /* over all pairs of groups (and problems) */
    double a12;                    /* P(b better than a), mean over problems */
    int helped, hurt;              /* problems with a significant gain, loss after Holm */
    double most_hurt;              /* largest significant mean loss, in regret */
    int a12_wins;                  /* problems with a12 >= 0.56 */
    bool same_sign;                /* at the reading before */
    hox__rope rope;                /* several problems: mean regrets within 1 % */
    int apart_from;                /* one problem: from this trial on p < 0.05; 0: never */
    hox__finding verdict;          /* of b against a */
} hox__pair_result;

/* All pairs of groups, a < b: at most groups * (groups - 1) / 2. */
hox_status hox__contest_pairs(const hox__contest *contest, hox__pair_result *out, int *n);

/* ---- all ---- */

/* Several problems and at least two groups: Friedman's test on mean regrets. */
hox_status hox__contest_friedman(const hox__contest *contest, double rank[HOX__CONTEST_GROUPS],
                                 hox__friedman_result *out);

/* Mean regret of a group on a problem at the budget; NaN: it was not run. */
double hox__contest_regret(const hox__contest *contest, int group, int problem, int trials);

#endif
