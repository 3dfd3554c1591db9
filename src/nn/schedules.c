/* Schedules of the learning rate: constant, in steps, along a cosine (Loshchilov, Hutter, ICLR
 * 2017, without restarts), up and down in cycles or once; before the first three a linear warm-up.
 */
#include "nn/schedules.h"
#include "base/text.h"
#include <math.h>
#include <string.h>

static const struct {
    const char *word;
    hox__schedule *factor;
} schedule[] = {
#define SCHEDULE(word, function) {#word, function},
#include "nn/schedules.def"
#undef SCHEDULE
};
enum { SCHEDULES = sizeof schedule / sizeof schedule[0] };

static const double pi = 3.14159265358979323846;

const char *hox__schedule_word(int i)
{
    return i >= 0 && i < SCHEDULES ? schedule[i].word : NULL;
}

hox__schedule *hox__schedule_find(const char *word, hox_error *err)
{
    hox__text known = {0};
    for (int i = 0; i < SCHEDULES; i++) {
        if (strcmp(schedule[i].word, word) == 0) {
            hox__text_deinit(&known);
            return schedule[i].factor;
        }
        hox__text_printf(&known, "%s%s", i ? ", " : "", schedule[i].word);
    }
    hox_fail_code(err, HOX_ERR_ARGUMENT, "E0404",
                  "the engine knows no schedule `%.60s`; it knows %s", word, hox__text_get(&known));
    hox__text_deinit(&known);
    return NULL;
}

double hox__schedule_constant(const hox_term *term, double epoch, double epochs)
{
    (void)term;
    (void)epoch;
    (void)epochs;
    return 1;
}

double hox__schedule_step(const hox_term *term, double epoch, double epochs)
{
    (void)epochs;
    const double every = hox_term_number(term, "every", 10);
    return pow(hox_term_number(term, "factor", 0.1), floor(epoch / (every >= 1 ? every : 1)));
}

double hox__schedule_cosine(const hox_term *term, double epoch, double epochs)
{
    (void)term;
    return 0.5 * (1 + cos(pi * epoch / epochs));
}

/* Smith (WACV 2017): a triangle from `low` to 1 and back in each `period`; `fall` < 1 lowers the
 * top of each cycle by that factor ("triangular2" at 0.5). */
double hox__schedule_cyclic(const hox_term *term, double epoch, double epochs)
{
    (void)epochs;
    const double low = hox_term_number(term, "low", 0.1);
    const double period = fmax(hox_term_number(term, "period", 4), 1e-6);
    const double cycle = floor(epoch / period), part = epoch / period - cycle;
    const double height = pow(hox_term_number(term, "fall", 1), cycle);
    return low + (1 - low) * height * (1 - fabs(2 * part - 1));
}

/* A half cosine from `from` at 0 to `to` at 1. */
static double eased(double from, double to, double part)
{
    return to + (from - to) * 0.5 * (1 + cos(pi * part));
}

/* Smith, Topin (2018, "Super-convergence"), both ways along a cosine: from `start` to 1 during the
 * part `rise` of all epochs, then to `end`. */
double hox__schedule_onecycle(const hox_term *term, double epoch, double epochs)
{
    const double rise = hox_term_number(term, "rise", 0.3), done = epoch / epochs;
    if (done < rise)
        return eased(hox_term_number(term, "start", 0.04), 1, done / rise);
    return eased(1, hox_term_number(term, "end", 4e-6), (done - rise) / (1 - rise));
}

double hox__schedule_at(const hox_term *term, int64_t step, int64_t steps_per_epoch, int64_t epochs)
{
    hox__schedule *factor =
        term && term->name ? hox__schedule_find(term->name, NULL) : hox__schedule_constant;
    const double warmup = term ? hox_term_number(term, "warmup", 0) : 0;
    const double rising = warmup * (double)steps_per_epoch;
    if (!factor)
        return 1;
    if ((double)step < rising)
        return ((double)step + 1) / (rising > 1 ? rising : 1);
    const double left = (double)epochs - warmup;
    return factor(term, (double)step / (double)steps_per_epoch - warmup, left > 0 ? left : 1);
}
