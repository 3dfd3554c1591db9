/* The best of a study with several goals: the trials that no other beats in all of them. */
#ifndef HOX_CLI_FRONT_H
#define HOX_CLI_FRONT_H

#include "cli/cli.h"
#include "cli/view.h"
#include "study/front.h"

/* Does the study have several goals? */
bool hox__view_has_goals(const hox__view *view);

/* What the study wants; names live in the view. */
hox_status hox__view_aim(hox__cli *cli, hox__view *view, hox__aim *aim);

/* A row for each trial of the front, by trial. HOX_DONE: nothing has finished. */
hox_status hox__front_put(hox__cli *cli, hox__view *view);

/* "5 of 40 trials are beaten by none in all goals (maximize acc minimize seconds)", and what they
 * cover. */
void hox__front_summary(hox__stream *out, const hox__aim *aim, const hox__front *front,
                        const char *objective, const char *indent);

/* The front as a few lines for people, and as members of the JSON object in hand. */
void hox__front_lines(hox__stream *out, const hox__aim *aim, const hox__front *front,
                      const char *objective);
void hox__front_json(hox__json *json, const hox__aim *aim, const hox__front *front);

#endif
