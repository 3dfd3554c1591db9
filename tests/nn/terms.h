/* Terms by hand, and a small set of images that can be learned. */
#ifndef TESTS_NN_TERMS_H
#define TESTS_NN_TERMS_H

#include "base/alloc.h"
#include "base/arena.h"
#include "nn/train.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* call(a, "conv", "net/conv", "filters", number(a, 8), "bias", word(a, "yes"), NULL): labels and
 * terms in turn. */
static inline hox_term *number(hox__arena *a, double value)
{
    hox_term *t = HOX__NEW(a, hox_term);
    *t = (hox_term){.kind = HOX_TERM_NUMBER, .number = value, .integral = true};
    return t;
}

static inline hox_term *word(hox__arena *a, const char *name)
{
    hox_term *t = HOX__NEW(a, hox_term);
    *t = (hox_term){.kind = HOX_TERM_WORD, .name = name};
    return t;
}

static inline hox_term *call(hox__arena *a, const char *name, const char *path, ...)
{
    hox_term *t = HOX__NEW(a, hox_term);
    const char **label = HOX__NEW_N(a, const char *, 16);
    const hox_term **part = HOX__NEW_N(a, const hox_term *, 16);
    *t = (hox_term){.kind = HOX_TERM_CALL, .name = name, .path = path};
    va_list args;
    va_start(args, path);
    for (const char *l; (l = va_arg(args, const char *)) != NULL; t->n++) {
        label[t->n] = l;
        part[t->n] = va_arg(args, const hox_term *);
    }
    va_end(args);
    t->label = label;
    t->part = part;
    return t;
}

/* chain(a, x, y, z, NULL) */
static inline hox_term *chain(hox__arena *a, ...)
{
    hox_term *t = HOX__NEW(a, hox_term);
    const hox_term **part = HOX__NEW_N(a, const hox_term *, 64);
    *t = (hox_term){.kind = HOX_TERM_CHAIN};
    va_list args;
    va_start(args, a);
    for (const hox_term *p; (p = va_arg(args, const hox_term *)) != NULL;)
        part[t->n++] = p;
    va_end(args);
    t->part = part;
    return t;
}

enum { TOY_SIDE = 8, TOY_CLASSES = 4, TOY_N = 480 };

/* Noise with a bright bar whose side of the image is the class: left, right, top, bottom. */
typedef struct {
    hox__images images;
    uint8_t pixel[TOY_N * TOY_SIDE * TOY_SIDE];
    int32_t label[TOY_N];
} toy;

static inline toy *toy_new(void)
{
    toy *t = hox__alloc(1, sizeof *t);
    hox_rng rng = hox_rng_seed(11);
    for (int i = 0; i < TOY_N; i++) {
        t->label[i] = i % TOY_CLASSES;
        for (int y = 0; y < TOY_SIDE; y++)
            for (int x = 0; x < TOY_SIDE; x++) {
                const int at[TOY_CLASSES] = {x, TOY_SIDE - 1 - x, y, TOY_SIDE - 1 - y};
                const int bar = at[t->label[i]] == 1 + i % 2 ? 120 : 0;
                t->pixel[(i * TOY_SIDE + y) * TOY_SIDE + x] =
                    (uint8_t)(bar + (int)hox_rng_below(&rng, 120));
            }
    }
    t->images = (hox__images){.n = TOY_N,
                              .channels = 1,
                              .height = TOY_SIDE,
                              .width = TOY_SIDE,
                              .classes = TOY_CLASSES,
                              .pixels = t->pixel,
                              .labels = t->label};
    return t;
}

/* conv 8 norm relu maxpool 2 dropout dense(classes) */
static inline const hox_term *toy_net(hox__arena *a)
{
    return chain(a, call(a, "conv", "net/conv", "filters", number(a, 8), NULL),
                 call(a, "norm", "net/norm", NULL), call(a, "relu", "net/relu", NULL),
                 call(a, "maxpool", "net/maxpool", NULL),
                 call(a, "dropout", "net/dropout", "rate", number(a, 0.1), NULL),
                 call(a, "dense", "net/dense", "units", word(a, "classes"), NULL), NULL);
}

static inline hox__recipe toy_recipe(hox__arena *a)
{
    return (hox__recipe){.net = toy_net(a),
                         .train = call(a, "adam", "train", "lr", number(a, 0.01), NULL),
                         .batch = 32,
                         .epochs = 4,
                         .metric = "accuracy",
                         .maximize = true};
}

#endif
