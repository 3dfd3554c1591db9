/* The parameters of a study's trials as columns: what each trial that counts was asked and said. */
#ifndef HOX_CLI_PLOT_PARAMS_H
#define HOX_CLI_PLOT_PARAMS_H

#include "cli/plot/kind.h"
#include <hox/space.h>

typedef struct {
    const char *path, *name; /* name: the shortest end of the path that no other has, printable */
    hox_question kind;
    bool nominal, is_log;
    double low, high, cells;
    const char **word; /* [words] CHOICE: the branches */
    int words;
    double *value; /* [rows] a number, or the branch; NaN: not asked */
    double *at;    /* [rows] the coordinate of search/encode.h */
    int64_t asked;
    double share; /* of importance, once known; NaN before */
} hox__plot_param;

typedef struct {
    hox__arena *arena; /* the view's */
    hox__plot_param *param;
    int params, room;
    int64_t rows;
    const hox__plot_trial **trial; /* [rows] those that count, by number */
    double *score;                 /* [rows] larger is better */
    int *order;                    /* [params] by falling share, equal ones as they were asked */
    int64_t best;                  /* so many trials are the best; 0: not known */
    double least;                  /* score that the last of them has */
} hox__plot_params;

/* Walks every trial of the study that counts and has the picture made of what it found. */
hox_status hox__plot_params_make(hox__plot *plot,
                                 hox_status (*picture)(hox__plot *plot, const hox__plot_params *p));

/* Is it one of those that -p names? True when none was named. */
bool hox__plot_param_wanted(const hox__plot *plot, const hox__plot_param *param);

/* HOX_ERR_ARGUMENT when a -p names none. */
hox_status hox__plot_params_check(hox__plot *plot, const hox__plot_params *params);

/* The axis of a parameter: its range and scale, or its branches. */
void hox__plot_param_axis(const hox__plot_param *param, hox__axis *axis);

/* "0.0012", "adam": a value for people, into out[n]. */
void hox__plot_param_text(const hox__plot_param *param, double value, char *out, size_t n);

#endif
