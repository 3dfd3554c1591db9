#include "search/belief.h"
#include "search/special.h"
#include <math.h>
#include <string.h>

enum {
    EVERY = 3,     /* trials, the last follows; the second is that of an earlier study */
    EXPLORED = 64, /* walks that look for `~` values */
    ATTEMPTS = 16, /* walks drawn from pi that end nowhere, until the prior is asked */
};
static const double WIDTH = 0.25, POWER = 10; /* piBO's beta */

/* ---- what is believed ---- */

double hox__belief_log(const hox__dim *dim, double at, double *slope)
{
    const bool believed = !isnan(dim->said) && !isnan(at) && !dim->fixed;
    const double z = believed ? (at - dim->said) / WIDTH : 0;
    if (slope)
        *slope = -z / WIDTH;
    return -0.5 * z * z;
}

static double draw_near(double middle, hox_rng *rng)
{
    double x;
    do
        x = middle + WIDTH * hox__draw_normal(rng);
    while (x < 0 || x > 1); /* the middle lies inside: at least every third is */
    return x;
}

double hox__belief_draw(const hox__dim *dim, double at, hox_rng *rng)
{
    if (isnan(dim->said) || dim->fixed)
        return at;
    return hox__cell_middle(dim, draw_near(dim->said, rng));
}

static hox_answer answer(void *ctx, const hox_choice *c, int attempt)
{
    hox_rng *rng = ctx;
    if (!c->fallback_said || attempt >= ATTEMPTS)
        return hox_choice_draw(c, rng);
    return hox__answer_at(c, draw_near(hox__coordinate_of(c, c->fallback), rng));
}

hox_status hox__belief_derive(hox_walk *walk, hox_rng *rng, hox_error *err)
{
    return hox_walk_derive(walk, answer, rng, NULL, err);
}

/* ---- whose turn it is ---- */

static hox_status any_said(const hox_space *space, bool *any)
{
    hox__coder coder;
    hox_status status = hox__coder_init(&coder, space);
    if (status == HOX_OK)
        status = hox__coder_explore(&coder, EXPLORED, 0);
    *any = false;
    for (int i = 0; i < coder.dims; i++)
        *any |= !isnan(coder.dim[i].said) && !coder.dim[i].fixed;
    hox__coder_deinit(&coder);
    return status;
}

hox_status hox__belief_begin(hox__belief *b, const hox_space *space, const char *word,
                             hox_error *err)
{
    bool any;
    *b = (hox__belief){.on = strcmp(word, "defaults") == 0};
    if (!b->on)
        return HOX_OK;
    if (any_said(space, &any) != HOX_OK)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a strategy");
    return any ? HOX_OK
               : hox_fail_code(
                     err, HOX_ERR_ARGUMENT, "E0303",
                     "`prior: defaults` follows the `~` values of numbers, and this space says "
                     "none\nwrite `lr = log 1e-5 .. 1e-1 ~ 1e-3`");
}

void hox__belief_asked(hox__belief *b, uint64_t trial)
{
    if (b->on)
        hox__trust_asked(&b->trust, trial, hox__belief_turn(b));
}

void hox__belief_told(hox__belief *b, uint64_t trial, const hox_outcome *outcome)
{
    if (b->on)
        hox__trust_told(&b->trust, trial, outcome);
}

/* The first trial is the default sentence as ever. */
bool hox__belief_turn(const hox__belief *b)
{
    return b->on && b->trust.n % EVERY == EVERY - 1 && hox__trust_holds(&b->trust);
}

double hox__belief_power(const hox__belief *b, int64_t told)
{
    return hox__belief_turn(b) ? POWER / (double)(told > 0 ? told : 1) : 0;
}
