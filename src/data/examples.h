/* Examples of every kind, and how they become the input of a network.
 *
 *   kind      kept as                                             the network is given, for n rows
 *   IMAGES    bytes or floats [n, c, h, w]                        x     [n, c, h, w]
 *   FEATURES  floats [n, numbers], codes [n, categories]          x     [n, features]
 *                                                                 code  [n, codes] when embedded
 *   TOKENS    codes, `length` of them an example                  code  [n, length]
 *
 *   target    what is to be said            the width of the output     the truth, for n rows
 *   CLASS     one of `classes`              classes                     label [n]
 *   VALUE     a number                      1                           value [n], standardized
 *   NEXT      the token after each token    classes = the vocabulary    label [n, length]
 *
 * An encoder is fitted on training rows alone and turns rows of any set of the same kind into those
 * arrays: standardization, missing values, one-hot columns, augmentation. It can be printed into a
 * model file and read back, so that a model needs nothing else to take a new file.
 */
#ifndef HOX_DATA_EXAMPLES_H
#define HOX_DATA_EXAMPLES_H

#include <hox/rng.h>
#include <hox/space.h>
#include <hox/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum { HOX__IMAGES, HOX__FEATURES, HOX__TOKENS } hox__kind;
typedef enum { HOX__CLASS, HOX__VALUE, HOX__NEXT } hox__target;

/* Names of columns, words of categories, the vocabulary of a text: schema.h, for readers. */
typedef struct hox__schema hox__schema;

typedef struct {
    int64_t n, channels, height, width; /* IMAGES: all four; otherwise only n */
    int classes;                        /* width of the output, see above */
    const uint8_t *pixels;              /* IMAGES [n, c, h, w]; NULL: `number` holds them */
    const int32_t *labels;              /* CLASS [n]; NULL when there are none */
    const char *const *class_names;     /* [classes], or NULL */
    const char *const *names;           /* [n], of the file of each, or NULL */

    hox__kind kind;
    hox__target target;
    const float *values;       /* VALUE [n], as in the file; NULL when there are none */
    const float *number;       /* FEATURES [n, numbers], NaN: missing */
    int64_t numbers;           /* FEATURES */
    const int32_t *codes;      /* FEATURES [n, categories], 0: missing or never seen;
                                  TOKENS: example i begins at codes + i * length; with NEXT one more
                                  token stands behind the last example */
    int64_t categories;        /* FEATURES */
    int64_t length;            /* TOKENS: of one example */
    int64_t vocabulary;        /* TOKENS: codes are 0 .. vocabulary-1 */
    const hox__schema *schema; /* FEATURES, TOKENS */
} hox__examples;

bool hox__examples_labelled(const hox__examples *examples); /* is there a truth? */

/* ---- augmentation, on training examples only ---- */

/* Parts of the term augment(flip, crop(pad: 2), cutout(size: 8), mixup(alpha: 0.2)), in order. */
typedef struct hox__augment hox__augment;
hox_status hox__augment_new(const hox_term *const *part, int n, hox__augment **augment,
                            hox_error *err); /* n = 0 gives none */
void hox__augment_free(hox__augment *augment);
/* mixup is among them: then hox__batch needs `other` and `share`. */
bool hox__augment_mixes(const hox__augment *augment);
/* HOX_ERR_DATA when they are not for examples of this kind; `embedded`: hox__encoded.codes > 0. */
hox_status hox__augment_fits(const hox__augment *augment, const hox__examples *examples,
                             bool embedded, hox_error *err);

/* ---- the encoder ---- */

typedef struct hox__encoder hox__encoder;

/* Fitted on rows[0..n) (NULL: all). `examples` need not outlive it. */
hox_status hox__encoder_fit(const hox__examples *examples, const int64_t *rows, int64_t n,
                            hox__encoder **encoder, hox_error *err);
void hox__encoder_free(hox__encoder *encoder);

/* What the network takes and gives. Every code column j is embedded by the network in `width[j]`
 * numbers, which stand behind x: `net` then sees a vector of features + the sum of the widths
 * (hox_facts.features). */
typedef struct {
    hox__kind kind;
    hox__target target;
    int64_t channels, height, width; /* IMAGES */
    int64_t features;                /* FEATURES: columns of x */
    int64_t codes;                   /* FEATURES: columns of code, 0 when one-hot */
    const int64_t *cardinality;      /* [codes]: codes of column j are 0 .. cardinality[j]-1 */
    const int64_t *embedding;        /* [codes]: width of its embedding */
    int64_t length, vocabulary;      /* TOKENS */
    int classes;                     /* width of the output */
    const char *const *class_names;  /* [classes], or NULL */
    double value_mean, value_scale;  /* VALUE: truth in the file = mean + scale * network */
} hox__encoded;
const hox__encoded *hox__encoder_describe(const hox__encoder *encoder);

/* Where a batch goes. Arrays that are NULL are not written. */
typedef struct {
    float *x;       /* IMAGES [n, c, h, w], FEATURES [n, features] */
    int32_t *code;  /* TOKENS [n, length], FEATURES [n, codes] */
    int32_t *label; /* CLASS [n], NEXT [n, length] */
    float *value;   /* VALUE [n] */
    /* With mixup (Zhang et al., ICLR 2018, equation 1): x is share[i] of row i and 1 - share[i] of
     * row n-1-i, whose truth is other[i] or other_value[i]. */
    int32_t *other;     /* [n] */
    float *other_value; /* [n] */
    float *share;       /* [n] */
} hox__batch;

/* Writes rows[0..n) of `examples`. With `augment`, sample `row` in `epoch` draws only from
 * child(child(rng, "augment", epoch), "sample", row): independent of batch and order (mixup's
 * partner alone is of the batch). The sizes must be those of the encoder (hox__encoder_fits). */
void hox__encoder_fill(const hox__encoder *encoder, const hox__examples *examples,
                       const int64_t *rows, int64_t n, const hox__augment *augment,
                       const hox_rng *rng, uint64_t epoch, const hox__batch *batch);

/* HOX_ERR_DATA when `examples` are of another kind or size than the encoder was fitted on. */
hox_status hox__encoder_fits(const hox__encoder *encoder, const hox__examples *examples,
                             hox_error *err);

/* As JSON for a model file, and back. hox__free() the text; NULL: memory. */
char *hox__encoder_text(const hox__encoder *encoder, hox_error *err);
hox_status hox__encoder_read(const char *text, size_t n, hox__encoder **encoder, hox_error *err);

/* A file for `hox predict`, read as the training file was: CSV rows (the target column may be
 * absent), images (IDX, CIFAR, NPY, PNG, JPEG, brought to the encoder's size), text. `labels_path`
 * may be NULL. The examples are the caller's, hox__examples_free(). */
hox_status hox__encoder_open(const hox__encoder *encoder, const char *path, const char *labels_path,
                             hox__examples **examples, hox_error *err);
void hox__examples_free(hox__examples *examples);

/* Weight of every class, n / (classes * n_c), over the rows given: mean 1 over them (King, Zeng
 * 2001). A class without rows weighs 0. CLASS only. weight[classes]. */
void hox__class_weights(const hox__examples *examples, const int64_t *rows, int64_t n,
                        float *weight);

#endif
