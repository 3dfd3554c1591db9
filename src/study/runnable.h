/* The `command` of a space: what is run, where its metrics are read, what is written for it.
 *
 *   command = "python3 train.py --lr {lr} [--beta {opt.beta}]"
 *             metric(acc: "re:top1 (\\S+)", loss: "json:val.loss")
 *             template("config.in", "config.yaml") params("-")
 *
 * params("-") gives the values as JSON on standard input, params("FILE") in a file of the trial's
 * folder, params("env") says that the program reads HOX_P_ variables. A template is filled into a
 * file of the trial's folder.
 */
#ifndef HOX_STUDY_RUNNABLE_H
#define HOX_STUDY_RUNNABLE_H

#include "study/aim.h"
#include "study/metrics.h"
#include "study/placeholders.h"

enum { HOX__TEMPLATES_MAX = 8, HOX__TEMPLATE_BYTES = 1 << 24 };

typedef struct {
    const char *from, *to;
    hox__words text; /* one word */
} hox__template;

typedef struct {
    hox__words words;
    hox__metric metric[HOX__METRICS_MAX]; /* those of the goals first, in order, then of bounds */
    int metrics;
    hox__template template[HOX__TEMPLATES_MAX];
    int templates;
    const char *params; /* NULL, "-", or a file */
    bool environment;   /* it reads HOX_P_ */
    hox__aim aim;
} hox__runnable;

/* Reads `command` and `objective` of the space; templates are read from their files. */
hox_status hox__runnable_read(const hox_space *space, hox__arena *arena, hox__runnable *out,
                              hox_error *err);
/* All but `objective`, of which the command line may have the last word. */
hox_status hox__runnable_read_command(const hox_space *space, hox__arena *arena, hox__runnable *out,
                                      hox_error *err);
void hox__runnable_free(hox__runnable *runnable);

/* Fits the command to the space? Every place has a value, every value a place (or is read another
 * way), and none can be absent outside of brackets. Looks at sentences drawn from the space.
 * *place, unless NULL: the name of the place that is wrong, borrowed; NULL: no one place is. */
hox_status hox__runnable_check(const hox__runnable *runnable, const hox_space *space,
                               const char **place, hox_error *err);

/* A program whose name holds no place must be there. */
hox_status hox__runnable_check_program(const hox__runnable *runnable, hox_error *err);

#endif
