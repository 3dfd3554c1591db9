/* The best of a study with several goals: the trials that no other beats in all of them. */
#ifndef HOX_CLI_FRONT_H
#define HOX_CLI_FRONT_H

#include "cli/cli.h"
#include "cli/view.h"

/* How many goals the study has; 1 when that cannot be told. */
int hox__front_goals(hox__cli *cli, hox__view *view);

/* A row for each trial of the Pareto set, by trial. HOX_DONE: nothing has finished. */
hox_status hox__front_put(hox__cli *cli, hox__view *view);

#endif
