/* The values of a sentence as programs are given them: by name, as text. A name is a root of the
 * space (`lr`), or a part of its call (`opt.name`, `opt.beta`, `opt.0` for one without a name).
 */
#ifndef HOX_STUDY_VALUES_H
#define HOX_STUDY_VALUES_H

#include "base/json.h"
#include "study/placeholders.h"
#include <hox/space.h>

/* What stands beside the sentence: the reserved names seed trial dir budget slot study. */
typedef struct {
    const hox_space *space;
    const hox_sentence *sentence;
    const char *study, *dir;
    uint64_t seed, trial;
    double budget;
    int slot;
} hox__values;

bool hox__value_is_reserved(const char *name);

/* The term that `name` means; NULL: absent. `name` is the branch itself for "opt.name". */
const hox_term *hox__value_find(const hox__values *values, const char *name);

/* The term as a program reads it: shortest numbers, words, texts. False: it is a chain, a list or
 * the like, which has parts. */
bool hox__value_print(const hox__values *values, const hox_term *term, const char *format,
                      hox__text *out);

hox__filler hox__values_filler(const hox__values *values);

/* Calls each(name, term) for every value: "lr", "opt" (its name), "opt.beta". `values->sentence`
 * says which there are. */
void hox__values_each(const hox__values *values,
                      void (*each)(void *ctx, const char *name, const hox_term *term), void *ctx);

/* {"lr":0.01,"opt":"adam","opt.beta":0.9} as members of the object in hand. */
void hox__values_json(const hox__values *values, hox__json *json);

#endif
