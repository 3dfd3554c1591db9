/* What a sentence says beside its network: optimizer and how it is used, schedule, batch, epochs,
 * objective. */
#include "base/text.h"
#include "nn/metrics.h"
#include "nn/optimizers.h"
#include "nn/schedules.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

enum { BATCH_DEFAULT = 64, BATCH_MAX = 1 << 20, EPOCHS_DEFAULT = 5, EPOCHS_MAX = 1 << 20 };

/* A root that is a single call or word; *out is NULL when the root is absent. */
static hox_status single(const hox_sentence *sentence, const char *root, const hox_term **out,
                         hox_error *err)
{
    const hox_term *term = hox_sentence_root(sentence, root);
    int n = 0;
    const hox_term *const *part = term ? hox_term_parts(&term, &n) : NULL;
    *out = n ? part[0] : NULL;
    if (n > 1 || (n == 1 && !part[0]->name))
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303", "`%s` must be one word, here are %d",
                             root, n);
    return HOX_OK;
}

/* ---- train: an optimizer, and words beside it ---- */

/* Words that set one number of the recipe; without an argument, the number declared. */
static const struct {
    const char *word, *argument;
    double declared;
    size_t at;
    bool whole;
} manner[] = {
    {"clip", "norm", 1, offsetof(hox__recipe, clip), false},
    {"average", "keep", 0.999, offsetof(hox__recipe, average), false},
    {"smooth", "by", 0.1, offsetof(hox__recipe, smooth), false},
    {"accumulate", "steps", 4, offsetof(hox__recipe, accumulate), true},
    {"patience", "epochs", 5, offsetof(hox__recipe, patience), true},
    {"bf16", "on", 1, offsetof(hox__recipe, half), true},
};
enum { MANNERS = sizeof manner / sizeof manner[0] };

const char *hox__manner_word(int i)
{
    return i >= 0 && i < MANNERS ? manner[i].word : NULL;
}

static bool set_manner(hox__recipe *recipe, const hox_term *word)
{
    for (int i = 0; i < MANNERS; i++) {
        if (strcmp(manner[i].word, word->name) != 0)
            continue;
        const double value = hox_term_number(word, manner[i].argument, manner[i].declared);
        char *at = (char *)recipe + manner[i].at;
        if (manner[i].whole)
            *(int64_t *)(void *)at = (int64_t)value;
        else
            *(double *)(void *)at = value;
        return true;
    }
    return false;
}

static hox_status train_word(const hox_term *word, hox__recipe *recipe, hox_error *err)
{
    if (!word->name)
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303",
                             "`train` holds a value where a word should stand");
    if (set_manner(recipe, word))
        return HOX_OK;
    const hox_term **place = hox__loss_find(word->name) ? &recipe->loss : &recipe->train;
    if (place == &recipe->train && !hox__optimizer_find(word->name, err))
        return HOX_ERR_ARGUMENT;
    if (*place)
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303", "`train` names two %s, `%s` and `%s`",
                             place == &recipe->loss ? "losses" : "optimizers", (*place)->name,
                             word->name);
    *place = word;
    return HOX_OK;
}

static hox_status train_words(const hox_term *term, hox__recipe *recipe, hox_error *err)
{
    if (term->kind != HOX_TERM_CHAIN)
        return train_word(term, recipe, err);
    hox_status status = HOX_OK;
    for (int i = 0; i < term->n && status == HOX_OK; i++)
        status = train_words(term->part[i], recipe, err);
    return status;
}

static hox_status train(const hox_sentence *sentence, hox__recipe *recipe, hox_error *err)
{
    const hox_term *term = hox_sentence_root(sentence, "train");
    const hox_status status = term ? train_words(term, recipe, err) : HOX_OK;
    if (status != HOX_OK || recipe->train)
        return status;
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0201",
                         "the sentence does not say how to train; add `train = adam`");
}

/* ---- the rest ---- */

static hox_status whole(const hox_sentence *sentence, const char *root, int64_t most,
                        int64_t *value, hox_error *err)
{
    const hox_term *term = hox_sentence_root(sentence, root);
    if (!term)
        return HOX_OK;
    const bool number = term->kind == HOX_TERM_NUMBER || term->kind == HOX_TERM_RANGE;
    if (!number || !(term->number >= 1 && term->number <= (double)most) ||
        term->number != floor(term->number))
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0304",
                             "`%s` must be a whole number in 1 .. %lld", root, (long long)most);
    *value = (int64_t)term->number;
    return HOX_OK;
}

static hox_status unknown_measure(const char *name, hox_error *err)
{
    hox__text known = {0};
    for (int i = 0; hox__metric_word(i); i++)
        hox__text_printf(&known, "%s%s", i ? ", " : "",
                         strcmp(hox__metric_word(i), "top") == 0 ? "top5" : hox__metric_word(i));
    hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303",
                  "`objective`: the engine measures %s, not `%.60s`; another measure needs a "
                  "`command`",
                  hox__text_get(&known), name);
    hox__text_deinit(&known);
    return HOX_ERR_ARGUMENT;
}

/* "maximize accuracy", "minimize loss", "maximize best accuracy", "maximize mean of last 5
 * accuracy": the words in any order. */
static hox_status objective_word(const hox_term *word, hox__recipe *recipe, bool *said,
                                 hox_error *err)
{
    const char *name = word->name ? word->name : "";
    int64_t k;
    if (word->kind == HOX_TERM_NUMBER && word->number >= 1 && word->number <= EPOCHS_MAX) {
        recipe->reduce = (int64_t)word->number;
    } else if (strcmp(name, "maximize") == 0 || strcmp(name, "minimize") == 0) {
        recipe->maximize = name[1] == 'a';
        *said = true;
    } else if (strcmp(name, "best") == 0) {
        recipe->reduce = -1;
    } else if (hox__metric_find(name, &k)) {
        recipe->metric = name;
    } else if (strcmp(name, "mean") != 0 && strcmp(name, "of") != 0 && strcmp(name, "last") != 0) {
        return unknown_measure(name, err);
    }
    return HOX_OK;
}

static hox_status objective(const hox_sentence *sentence, hox__recipe *recipe, hox_error *err)
{
    const hox_term *term = hox_sentence_root(sentence, "objective");
    int n = 0;
    const hox_term *const *part = term ? hox_term_parts(&term, &n) : NULL;
    hox_status status = HOX_OK;
    bool said = false;
    int64_t k;
    recipe->metric = "accuracy";
    for (int i = 0; i < n && status == HOX_OK; i++)
        status = objective_word(part[i], recipe, &said, err);
    if (!said)
        recipe->maximize = hox__metric_find(recipe->metric, &k)->larger;
    return status;
}

hox_status hox__recipe_read(const hox_sentence *sentence, double budget, hox__recipe *recipe,
                            hox_error *err)
{
    hox__recipe r = {.batch = BATCH_DEFAULT, .epochs = EPOCHS_DEFAULT};
    r.net = hox_sentence_root(sentence, "net");
    if (!r.net)
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0201",
                             "the sentence has no `net`: there is nothing to train");
    hox_status status = train(sentence, &r, err);
    if (status == HOX_OK)
        status = single(sentence, "schedule", &r.schedule, err);
    if (status == HOX_OK && r.schedule && !hox__schedule_find(r.schedule->name, err))
        status = HOX_ERR_ARGUMENT;
    if (status == HOX_OK)
        status = whole(sentence, "batch", BATCH_MAX, &r.batch, err);
    if (status == HOX_OK)
        status = whole(sentence, "epochs", EPOCHS_MAX, &r.epochs, err);
    const hox_term *epochs = hox_sentence_root(sentence, "epochs");
    if (status == HOX_OK && budget > 0 && (!epochs || epochs->kind == HOX_TERM_RANGE))
        r.epochs = budget < 1 ? 1 : budget > EPOCHS_MAX ? EPOCHS_MAX : (int64_t)(budget + 0.5);
    if (status == HOX_OK)
        status = objective(sentence, &r, err);
    if (status == HOX_OK)
        *recipe = r;
    return status;
}
