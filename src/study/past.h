/* The past of a study whose space was changed while it went on (amend.h): the spaces it had, and in
 * which of them each of its trials was asked and run. It stands in the settings of the study's last
 * run, so that looking at a study that was never amended costs nothing. docs/decisions/0014. */
#ifndef HOX_STUDY_PAST_H
#define HOX_STUDY_PAST_H

#include "base/json.h"
#include "base/text.h"
#include "study/carry.h"

typedef struct hox__past hox__past;

/* Era e has the space before amendment e; the last one, era hox__past_eras(), that of now. How many
 * eras are past, -1: that cannot be read; `settings` as in the store. */
int hox__past_eras_of(const char *settings);

/* `era`: only what was before it; -1: all. *past is NULL when there is none. `now`, the space of
 * that era, is borrowed, `options` read the others. `now` may be NULL: only texts are asked for. */
hox_status hox__past_open(const char *settings, int era, const hox_space *now,
                          const hox_space_options *options, hox__past **past, hox_error *err);
void hox__past_free(hox__past *past);

/* The .hox text of an era that is past. */
const char *hox__past_spec(const hox__past *past, int era);

/* The era that a trial was run in. `past` may be NULL, as below. */
int hox__past_era(const hox__past *past, uint64_t trial);
int hox__past_eras(const hox__past *past);

/* Was it asked in another space than that of now? */
bool hox__past_has(const hox__past *past, uint64_t trial);

/* Its walk in the space of now: derived on `to`, whose space that is. What does not fit is in *out;
 * the walk is of use when that is HOX__CARRIED. */
hox_status hox__past_bring(hox__past *past, uint64_t trial, const char *walk, hox_walk *to,
                           hox__carried *out, hox_error *err);

/* The space it was run in - borrowed; `now` when that is it -, and its sentence there, the
 * caller's. */
hox_status hox__past_sentence(hox__past *past, const hox_space *now, uint64_t trial,
                              const char *walk, const hox_space **space, hox_sentence **sentence,
                              hox_error *err);

/* The space that a trial was run in, if it was needed before; else `now`. */
const hox_space *hox__past_space(const hox__past *past, const hox_space *now, uint64_t trial);

/* The walk of a trial that is inside, on `to`, a walk of the space of now. */
hox_status hox__past_read(hox__past *past, uint64_t trial, const char *walk, hox_walk *to,
                          hox_error *err);

/* The same as a walk there, the caller's. */
hox_status hox__past_walk(hox__past *past, const hox_space *now, uint64_t trial, const char *text,
                          hox_walk **walk, hox_error *err);

/* The walks of `lines`, one a line, that are walks of now, as such, one a line. */
hox_status hox__past_bring_lines(hox__past *past, const char *lines, hox_walk *to, hox__text *out,
                                 hox_error *err);

/* ---- as it is written down ---- */

/* The member "amended" of settings. One more: `spec` was the space until there were `trials`
 * trials; of these, moved[n] had not ended and go on in the new space, and outside[n_outside] are
 * no sentences of it. NULL: none more. */
typedef struct {
    const char *spec;
    int64_t trials;
    const uint64_t *moved, *outside; /* ascending */
    int64_t n, n_outside;
} hox__amended;
void hox__past_put(hox__json *json, const char *settings, const hox__amended *more);

/* A trial by its new number, -1: it is gone; of a `limit`, how many below it there are still. */
typedef int64_t (*hox__renumberer)(void *ctx, int64_t trial, bool limit);

/* The same settings where trials have other numbers: a store was salvaged. False: no memory. */
bool hox__past_renumber(const char *settings, hox__renumberer renumber, void *ctx, hox__text *out);

/* The trials outside the space of now, ascending, hox__free(); *n is 0 for most studies. False: no
 * memory. */
bool hox__past_outside(const char *settings, uint64_t **trial, int64_t *n);

#endif
