/* Random sentences of every shipped space: each builds, trains a step, and goes through a
 * checkpoint and a model file without a change: what a plan built anew takes from the checkpoint it
 * puts down again byte for byte, and its weights are those of the trained model. HOX_TEST_WALKS
 * says how many of each space, else 20, from seed HOX_TEST_FROM on, else 1, and HOX_TEST_SECONDS
 * how long one space may take, else 0.25: what is not reached by then is said; but of every space
 * one must train. HOX_TEST_SPACE is the name of one space. Images have 16 by 16 pixels. Of the
 * sentences that are large all the same one in 50 is built (or in HOX_TEST_LARGE), the others are
 * counted apart, and of those built one in 8 goes through a model file too; those that need more
 * memory than HOX_TEST_MEMORY, else 96 MiB, must be refused by arithmetic. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/io.h"
#include "data/schema.h"
#include "hoxtest.h"
#include "nn/checkpoint.h"
#include "nn/model.h"
#include "nn/step.h"
#include "space/embedded.h"
#include <hox/space.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXAMPLES = 4, TRAINED = 2, BATCH = 2, FEATURES = 6, LENGTH = 8, LETTERS = 12 };
enum { TRIED_MAX = 100 }; /* before the first that trains */
enum { SIDE = 16 };
static const double params_max = 4e5, flops_max = 2e7; /* above: large */

/* A whole number from the environment, at least 1. */
static int said(const char *name, int otherwise)
{
    const char *text = getenv(name);
    const int value = text ? atoi(text) : 0;
    return value > 0 ? value : otherwise;
}

/* ---- data that no file holds ---- */

/* Small images, a table of six numbers, or a text. */
static bool invented(void *ctx, const hox_term *source, hox_facts *facts)
{
    (void)ctx;
    const bool colours = strcmp(source->name, "cifar") == 0;
    if (strcmp(source->name, "idx") == 0 || colours)
        *facts =
            (hox_facts){.channels = colours ? 3 : 1, .height = SIDE, .width = SIDE, .classes = 10};
    else if (strcmp(source->name, "text") == 0)
        *facts = (hox_facts){.length = LENGTH, .vocabulary = LETTERS, .classes = LETTERS};
    else
        *facts = (hox_facts){.features = FEATURES, .classes = 3};
    return true;
}

typedef struct {
    hox__examples x;
    void *memory;
    hox__schema *schema;
} made_up;

static void make_text(made_up *s, hox_rng *rng)
{
    static const char *const letter[LETTERS - 1] = {"a", "b", "c", "d", "e", "f",
                                                    "g", "h", "i", "j", "k"};
    int32_t *code = hox__alloc(EXAMPLES * LENGTH + 1, sizeof *code);
    for (int i = 0; i < EXAMPLES * LENGTH + 1; i++)
        code[i] = (int32_t)hox_rng_below(rng, LETTERS);
    s->schema = hox__schema_new(HOX__TOKENS, HOX__NEXT);
    s->schema->level = HOX__LEVEL_CHAR;
    s->schema->length = LENGTH;
    assert_true(hox__words_set(s->schema, &s->schema->vocabulary, letter, LETTERS - 1));
    s->memory = code;
    s->x.kind = HOX__TOKENS;
    s->x.target = HOX__NEXT;
    s->x.codes = code;
    s->x.length = LENGTH;
    s->x.vocabulary = LETTERS;
    s->x.schema = s->schema;
}

static made_up make(const hox_facts *f)
{
    made_up s = {.x = {.n = EXAMPLES,
                       .classes = (int)f->classes,
                       .channels = f->channels,
                       .height = f->height,
                       .width = f->width}};
    static int32_t label[EXAMPLES];
    hox_rng rng = hox_rng_seed(1);
    for (int i = 0; i < EXAMPLES; i++)
        label[i] = (int32_t)(i % f->classes);
    s.x.labels = label;
    if (f->length > 0) {
        make_text(&s, &rng);
    } else if (f->features > 0) {
        float *number = hox__alloc((size_t)(EXAMPLES * f->features), sizeof *number);
        for (int64_t i = 0; i < EXAMPLES * f->features; i++)
            number[i] = (float)hox_rng_unit(&rng);
        s.memory = number;
        s.x.kind = HOX__FEATURES;
        s.x.number = number;
        s.x.numbers = f->features;
    } else {
        const int64_t n = EXAMPLES * f->channels * f->height * f->width;
        uint8_t *pixel = hox__alloc((size_t)n, 1);
        for (int64_t i = 0; i < n; i++)
            pixel[i] = (uint8_t)hox_rng_below(&rng, 256);
        s.memory = pixel;
        s.x.pixels = pixel;
    }
    return s;
}

static void forget(made_up *s)
{
    hox__free(s->memory);
    hox__schema_free(s->schema);
}

/* ---- one sentence ---- */

typedef struct {
    const char *space;
    uint64_t seed;
    const hox_sentence *sentence;
    made_up *set;
    hox__recipe recipe;
    hox__data_plan plan;
    hox__split split;
    hox_error err;
    char checkpoint[64], again[64], model[64];
} trial;

static void told(const trial *t, const char *what)
{
    char *text = hox_sentence_text(t->sentence, false);
    fail_msg("%s, seed %d: %s: %s\n%s", t->space, (int)t->seed, what, t->err.message, text);
}

static hox__train_options options_of(const trial *t)
{
    return (hox__train_options){.seed = t->seed,
                                .memory_bytes_max = (size_t)said("HOX_TEST_MEMORY", 96) << 20,
                                .checkpoint = t->checkpoint};
}

static void expect_equal(trial *t, const hox__model *a, const hox__model *b, const char *what)
{
    if (a->tensors != b->tensors)
        told(t, what);
    for (int i = 0; i < a->tensors; i++)
        if (a->tensor[i].count != b->tensor[i].count ||
            memcmp(a->tensor[i].value, b->tensor[i].value,
                   (size_t)a->tensor[i].count * sizeof(float)) != 0)
            told(t, what);
}

/* REFUSED: more memory than it may have; DIVERGED: trained, to what is not a number. */
typedef enum { LIVED, REFUSED, DIVERGED, LARGE, OUTCOMES } outcome;

static bool is_large(const trial *t)
{
    const hox_cost cost = hox_sentence_cost(t->sentence);
    return cost.params > params_max || cost.flops > flops_max;
}

static bool is_among(const trial *t, int every)
{
    return t->seed % (uint64_t)every == 0;
}

/* Their digests, which end them, are equal. */
static void expect_same_bytes(trial *t)
{
    hox__mapping a, b;
    if (hox__file_map(t->checkpoint, &a, &t->err) != HOX_OK ||
        hox__file_map(t->again, &b, &t->err) != HOX_OK)
        told(t, "its checkpoints cannot be read");
    if (a.n != b.n || a.n < HOX__DIGEST_BYTES ||
        memcmp((const char *)a.data + a.n - HOX__DIGEST_BYTES,
               (const char *)b.data + b.n - HOX__DIGEST_BYTES, HOX__DIGEST_BYTES) != 0)
        told(t, "puts down another checkpoint than it took up");
    hox__file_unmap(&a);
    hox__file_unmap(&b);
}

static void expect_weights(trial *t, const hox__model *model, const hox__plan *plan)
{
    int64_t most = 1;
    for (int i = 0; i < model->tensors; i++)
        most = model->tensor[i].count > most ? model->tensor[i].count : most;
    float *value = hox__alloc((size_t)most, sizeof *value);
    for (int i = 0; i < model->tensors; i++) {
        const hox__tensor *tensor = &model->tensor[i];
        if (!hox__plan_get(plan, tensor->name, value, tensor->count) ||
            memcmp(value, tensor->value, (size_t)tensor->count * sizeof *value) != 0)
            told(t, "is another after its checkpoint");
    }
    hox__free(value);
}

/* The plan of its training once more, not yet with weights. */
static hox__train_step *step_again(trial *t)
{
    const hox__train_options options = options_of(t);
    const hox__examples *x = &t->set->x;
    hox__encoder *encoder;
    hox__augment *augment = NULL;
    hox__train_step *step;
    if (hox__encoder_fit(x, t->split.train, t->split.n_train, &encoder, &t->err) != HOX_OK ||
        hox__augment_new(t->plan.augment, t->plan.augments, &augment, &t->err) != HOX_OK)
        told(t, "cannot read its data a second time");
    const hox__step_kind kind = {.data = hox__encoder_describe(encoder),
                                 .examples = BATCH,
                                 .mixes = augment && hox__augment_mixes(augment)};
    if (hox__train_step_new(&t->recipe, &kind, &options, &step, &t->err) != HOX_OK)
        told(t, "does not build a second time");
    hox__augment_free(augment);
    hox__encoder_free(encoder);
    return step;
}

static void through_a_checkpoint(trial *t, const hox__model *model)
{
    hox__train_step *step = step_again(t);
    hox__epoch_end measured[1];
    hox__standing s = {.measured = measured, .epochs_max = 1};
    if (hox__standing_key(&t->recipe, &t->split, &t->plan, t->seed, s.key, &t->err) != HOX_OK ||
        hox__checkpoint_load(t->checkpoint, &s, step->plan, &t->err) != HOX_OK ||
        hox__checkpoint_save(&s, step->plan, t->again, &t->err) != HOX_OK)
        told(t, "does not go through a checkpoint");
    if (s.step != 1 || s.epochs != 1)
        told(t, "stands elsewhere after its checkpoint");
    expect_weights(t, model, step->plan);
    hox__train_step_free(step);
    expect_same_bytes(t);
}

static void through_a_file(trial *t, const hox__model *model)
{
    hox__model *loaded;
    hox__provenance from;
    if (hox__model_save(model, NULL, t->model, &t->err) != HOX_OK ||
        hox__model_load(t->model, &loaded, &from, &t->err) != HOX_OK)
        told(t, "does not go through a file");
    expect_equal(t, model, loaded, "is another after its file");
    hox__model_free(loaded);
}

static outcome live(trial *t)
{
    const bool large = is_large(t);
    if (large && !is_among(t, said("HOX_TEST_LARGE", 50)))
        return LARGE;
    const hox__train_options options = options_of(t);
    hox__model *model;
    hox__train_result result;
    const hox_status status =
        hox__train(&t->recipe, &t->set->x, &t->split, &t->plan, &options, &result, &model, &t->err);
    if (status == HOX_ERR_MEMORY || status == HOX_ERR_NUMERIC) {
        printf("%s, seed %d: %s\n", t->space, (int)t->seed, t->err.message);
        return status == HOX_ERR_MEMORY ? REFUSED : DIVERGED;
    }
    if (status != HOX_OK)
        told(t, "does not train");
    through_a_checkpoint(t, model);
    if (!large || is_among(t, 8))
        through_a_file(t, model);
    hox__model_free(model);
    return LIVED;
}

static outcome try_sentence(const char *name, const hox_space *space, uint64_t seed, made_up *set)
{
    static int64_t row[EXAMPLES] = {0, 1, 2, 3};
    trial t = {.space = name,
               .seed = seed,
               .set = set,
               .split = {TRAINED, EXAMPLES - TRAINED, row, row + TRAINED}};
    hox_walk *walk = hox_walk_new(space, &t.err);
    hox_sentence *sentence = NULL;
    hox_rng rng = hox_rng_seed(seed);
    if (hox_walk_derive(walk, hox_answer_prior, &rng, NULL, &t.err) != HOX_OK ||
        hox_walk_finish(walk, &sentence, &t.err) != HOX_OK)
        fail_msg("%s, seed %d: %s", name, (int)seed, t.err.message);
    t.sentence = sentence;
    /* Large files, written through: better in memory. */
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(t.checkpoint, sizeof t.checkpoint, "%s/hox-sentence-%ld.c", folder, (long)getpid());
    snprintf(t.again, sizeof t.again, "%s/hox-sentence-%ld.a", folder, (long)getpid());
    snprintf(t.model, sizeof t.model, "%s/hox-sentence-%ld.m", folder, (long)getpid());
    if (hox__recipe_read(sentence, 1, &t.recipe, &t.err) != HOX_OK ||
        hox__data_plan_read(hox_sentence_root(sentence, "data"), &t.plan, &t.err) != HOX_OK)
        told(&t, "is no recipe");
    t.recipe.batch = BATCH;
    t.recipe.epochs = 1;
    const outcome end = live(&t);
    unlink(t.checkpoint);
    unlink(t.again);
    unlink(t.model);
    hox_sentence_free(sentence);
    hox_walk_free(walk);
    return end;
}

typedef struct {
    int tried, end[OUTCOMES];
} counts;

static void tell(const char *what, const counts *n, double seconds)
{
    printf("%s: %d tried: %d trained, %d diverged, %d refused, %d large and not built; %.1f s\n",
           what, n->tried, n->end[LIVED], n->end[DIVERGED], n->end[REFUSED], n->end[LARGE],
           seconds);
}

/* Its sentences. Spaces of programs have no network. */
static void try_space(const hox__embedded_file *file, int walks, double seconds, counts *all)
{
    const hox_space_options options = {.facts = invented};
    hox_diagnostics *list = hox_diagnostics_new();
    hox_space *space = NULL;
    if (hox_space_load(file->path, file->text, file->n, &options, list, &space) != HOX_OK)
        fail_msg("%s: %s", file->path, hox_diagnostics_text(list, false));
    hox_diagnostics_free(list);
    if (hox_space_has(space, "net")) {
        const int first = said("HOX_TEST_FROM", 1);
        made_up s = make(hox_space_facts(space));
        const double from = hox__clock_cpu_s();
        counts n = {0};
        for (; n.end[LIVED] == 0 && first == 1
                   ? n.tried < TRIED_MAX
                   : n.tried < walks && hox__clock_cpu_s() - from < seconds;
             n.tried++)
            n.end[try_sentence(file->path, space, (uint64_t)(first + n.tried), &s)]++;
        tell(file->path, &n, hox__clock_cpu_s() - from);
        if (n.end[LIVED] == 0 && first == 1)
            fail_msg("%s: none of %d sentences trained", file->path, n.tried);
        all->tried += n.tried;
        for (int i = 0; i < OUTCOMES; i++)
            all->end[i] += n.end[i];
        forget(&s);
    }
    hox_space_free(space);
}

static void sentences_live(void **state)
{
    (void)state;
    const int walks = said("HOX_TEST_WALKS", 20);
    const char *limit = getenv("HOX_TEST_SECONDS");
    const double seconds = limit ? atof(limit) : 0.25;
    const char *only = getenv("HOX_TEST_SPACE");
    char path[64];
    snprintf(path, sizeof path, "spaces/%s.hox", only ? only : "");
    counts all = {0};
    setvbuf(stdout, NULL, _IOLBF, 0); /* it may take long, or be ended */
    for (const hox__embedded_file *f = hox__embedded_files; f->path; f++)
        if (strncmp(f->path, "spaces/", 7) == 0 && (!only || strcmp(f->path, path) == 0))
            try_space(f, walks, seconds, &all);
    tell("all", &all, hox__clock_cpu_s());
    assert_true(only || all.end[LIVED] > all.end[REFUSED] + all.end[DIVERGED]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sentences_live)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
