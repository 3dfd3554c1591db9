/* Kinds of plots. A kind is one file, plot_NAME.c, and one line in kinds.def: it reads studies that
 * are loaded and either describes a picture or prints the rows behind it. */
#ifndef HOX_CLI_PLOT_KIND_H
#define HOX_CLI_PLOT_KIND_H

#include "cli/plot/scene.h"
#include "cli/sheet.h"
#include "cli/view.h"
#include "study/aim.h"

typedef struct {
    uint64_t trial;
    hox_trial_state state;
    double value;           /* of the goal that is plotted; NaN: it has none */
    bool feasible, outside; /* outside: of the space that the study has now */
    int64_t created_ms, started_ms, ended_ms;
    const char *walk;
    const double *goal; /* [goals] NULL: one goal */
} hox__plot_trial;

typedef struct {
    hox__view view;
    const char *label; /* the study's name, safe to print */
    hox__aim aim;
    int goal; /* which of them is plotted */
    const char *metric;
    bool maximize;
    int64_t n, room;
    hox__plot_trial *trial; /* [n], by number */
    hox_status status;      /* of loading */
} hox__plot_study;

typedef struct hox__plot_kind hox__plot_kind;

enum { HOX__PLOT_STUDIES_MAX = 32, HOX__PLOT_PARAMETERS_MAX = 16 };

typedef struct {
    hox__cli *cli;
    const hox__plot_kind *kind;
    hox__scene scene;
    bool picture;      /* and not the rows behind it */
    hox__sheet *sheet; /* the rows, while they are printed */
    hox__plot_study study[HOX__PLOT_STUDIES_MAX];
    int studies;
    const char *parameter[HOX__PLOT_PARAMETERS_MAX]; /* -p: only these */
    int parameters;
} hox__plot;

struct hox__plot_kind {
    const char *name, *summary;
    bool several;              /* studies may be laid over each other */
    const hox__column *column; /* of its rows; NULL: hox__plot_columns() says */
    int columns;
    /* Fills the scene and calls hox__plot_row() for each row. HOX_DONE: there is nothing to show;
     * cli->err says why. */
    hox_status (*make)(hox__plot *plot);
};

const hox__plot_kind *hox__plot_kind_at(int i); /* NULL past the end */
const hox__plot_kind *hox__plot_kind_find(const char *name);

/* Adds a study. HOX_ERR_ARGUMENT: no goal of it is called `goal` (NULL: the first). */
hox_status hox__plot_load(hox__plot *plot, const char *subject, const char *goal);
void hox__plot_unload(hox__plot *plot);

/* Rows are printed when the numbers are wanted instead of a picture. `column` is borrowed until the
 * rows end, at the latest with the kind. */
void hox__plot_columns(hox__plot *plot, const hox__column *column, int columns);
void hox__plot_row(hox__plot *plot, const hox__cell *cell);
void hox__plot_rows_end(hox__plot *plot);

/* ---- what kinds share (common.c) ---- */

/* Did it finish with a value that counts? */
bool hox__plot_counts(const hox__plot_trial *trial);
int64_t hox__plot_done(const hox__plot_study *study);
bool hox__plot_better(const hox__plot_study *study, double a, double b);

/* "accuracy, more is better" */
const char *hox__plot_goal_label(hox__plot *plot, const char *metric, bool maximize);
const char *hox__plot_value_label(hox__plot *plot, const hox__plot_study *study);

/* The panel of studies laid over each other, with the title "`one` of STUDY" or `many`. HOX_DONE:
 * no trial of theirs counts; it was said. */
hox_status hox__plot_over(hox__plot *plot, const char *one, const char *many, hox__panel **panel);

/* Says that there is nothing to plot, and returns HOX_DONE. */
hox_status hox__plot_nothing(hox__plot *plot, const char *format, ...) HOX_PRINTF(2, 3);

/* Leaves values that lie far outside all others outside the picture too, and notes how many. */
void hox__plot_limit(hox__plot *plot, hox__axis *axis, const double *value, int64_t n);

/* HOX_ERR_MEMORY with a message. */
hox_status hox__plot_no_memory(hox__plot *plot);

#endif
