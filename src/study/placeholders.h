/* Texts with places for values: `python3 train.py --lr {lr:.3g} [--beta {opt.beta}]`.
 *
 *   {NAME}  {NAME.PART}  {NAME.PART:.3g}   one value, always inside one word
 *   {NAME...}                              the parts of a chain, a word each
 *   [ words ]                              dropped when a value inside is absent
 *   {{  }}  [[  ]]                         the brace or bracket itself
 *
 * Braces around what is not a name, and brackets around words without a place, are text. A command
 * is split into words once, before values are put in: blanks separate, '…' and "…" hold together, a
 * backslash takes the next character as it is (not inside '…'). Brackets count where they are not
 * quoted and begin or end a word.
 */
#ifndef HOX_STUDY_PLACEHOLDERS_H
#define HOX_STUDY_PLACEHOLDERS_H

#include "base/arena.h"
#include "base/text.h"
#include <hox/status.h>

typedef struct {
    const char *text;   /* what stands there; NULL for a place */
    const char *name;   /* of a place: "opt.beta" */
    const char *format; /* "%.3g", or NULL */
    bool splice;
} hox__piece;

typedef struct {
    hox__piece *piece; /* [n] */
    int n;
    int group; /* 0: none; else words of one group have the same number */
} hox__word;

typedef struct {
    hox__word *word; /* [n] */
    int n;
} hox__words;

/* A command. HOX_ERR_SYNTAX: a quote or a bracket is left open, a format cannot be. */
hox_status hox__words_read(const char *text, hox__arena *arena, hox__words *out, hox_error *err);

/* A text that is no command, as one word: blanks, quotes and brackets are text. */
hox_status hox__words_of_text(const char *text, hox__arena *arena, hox__words *out, hox_error *err);

/* Adds `word` so that hox__words_read() makes the same word of it; one that begins with `[` stays
 * as it is, so that `'[--beta {opt.beta}]'` from a shell is a group. */
void hox__word_quote(hox__text *out, const char *word);

/* What a place is filled from. True: *value is its text. False: absent. */
typedef struct {
    bool (*value)(void *ctx, const hox__piece *place, hox__text *value);
    /* The i-th part of a spliced chain; false past the end. */
    bool (*part)(void *ctx, const hox__piece *place, int i, hox__text *value);
    void *ctx;
} hox__filler;

/* The words with values in, NULL at the end, in the arena. HOX_ERR_ARGUMENT: a value outside of
 * brackets is absent; the message names it. */
hox_status hox__words_fill(const hox__words *words, const hox__filler *filler, hox__arena *arena,
                           const char ***out, int *n, hox_error *err);

#endif
