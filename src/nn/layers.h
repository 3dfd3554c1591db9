/* What a native layer sees while a network is built, and what it may ask for. */
#ifndef HOX_NN_LAYERS_H
#define HOX_NN_LAYERS_H

#include "base/text.h"
#include "nn/train.h"

/* One build of a network on one graph. */
typedef struct {
    hox__network *network;
    hox__graph *g;
    int64_t classes;
    bool each;        /* an answer for every step is wanted */
    hox__node tokens; /* what arrives when it is whole numbers 0 .. vocabulary-1, else HOX__NONE */
    int64_t vocabulary;
    bool training;
    hox__node table; /* of the last `embed`, for what is tied to it */
    hox__text trail; /* "input 28x28x1 -> conv 5x5/2 -> 12x12x32", for errors */
    int depth, layers, dropouts;
    hox_status status;
    hox_error *err;
} hox__build;

/* One use of a layer. */
typedef struct {
    hox__build *build;
    hox__graph *g;
    const hox_term *term;
    const char *path; /* names its weights; never empty */
} hox__site;

/* Returns what the layer makes of `x`, or fails and returns HOX__NONE. */
typedef hox__node hox__layer(const hox__site *site, hox__node x);

#define LAYER(word, function) hox__layer function;
#include "nn/layers.def"
#undef LAYER

/* Records the error, behind the chain of shapes so far; the first one stays. */
hox__node hox__site_fail(const hox__site *site, const char *format, ...) HOX_PRINTF(2, 3);

/* The whole-numbered argument `name`; the word `same` stands for `same` (< 0: not allowed), the
 * word `classes` for the number of classes. Absent: `fallback` (< 0: an error). Outside low .. high
 * is an error. */
typedef struct {
    int64_t low, high, fallback, same;
} hox__bounds;
bool hox__site_int(const hox__site *site, const char *name, hox__bounds bounds, int64_t *out);
bool hox__site_yes(const hox__site *site, const char *name, bool fallback);

/* The variable PATH/part, made at its first use and shared by later uses of the same path.
 * fan_in > 0: drawn; fan_in 0: filled with `initial`. */
typedef struct {
    const char *part;
    hox__shape shape;
    int64_t fan_in, fan_out;
    float initial;
    bool trained, decayed;
} hox__wish;
hox__node hox__site_weight(const hox__site *site, const hox__wish *wish);

/* y [n, c, h, w], [rows, c] or [n, length, c] plus PATH/part [c]. */
hox__node hox__site_bias(const hox__site *site, hox__node y, const char *part, float initial);

/* Fails unless x is an image [n, c, h, w], or a sequence [n, length, width]. */
bool hox__site_image(const hox__site *site, hox__node x);
bool hox__site_sequence(const hox__site *site, hox__node x);

/* Whole numbers [n, length]. */
bool hox__is_tokens(const hox__site *site, hox__node x);

/* After each training step the running statistic `variable` moves to
 * `keep` * variable + (1 - keep) * `value`; with several uses in one step, one after the other. */
void hox__site_running(const hox__site *site, hox__node variable, hox__node value, float keep);

/* x with the numbers behind it that columns of codes become. */
hox__node hox__columns(hox__build *build, const hox__entry *door);

/* The layers of `term` in turn. */
hox__node hox__build_chain(hox__build *build, const hox_term *term, hox__node x);

/* Shortens the trail to what it was. */
void hox__build_back(hox__build *build, size_t length);

/* Cells to add on both sides together so that there are ceil(size / stride) outputs; the odd one
 * stands behind. */
int64_t hox__padding(int64_t size, int64_t window, int64_t stride);

enum { HOX__STEPS_MAX = 1024 }; /* of a recurrent layer */

/* Every step of a sequence as a row [n * length, width]; anything else flat. */
hox__node hox__rows(hox__graph *g, hox__node x);

/* x [n, c, h, w], [n, length, width] or [n, k] as [n, size]. */
hox__node hox__flat(hox__graph *g, hox__node x);

/* "12x12x32", "64x128" or "128": one example, height first. */
typedef struct {
    char text[64];
} hox__size_text;
hox__size_text hox__size_of(const hox__graph *g, hox__node x);

/* Layers in the order of layers.def; NULL past the end. */
const char *hox__layer_word(int i);

#endif
