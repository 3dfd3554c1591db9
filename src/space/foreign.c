/* Words of other tools, which people bring along: loguniform(a, b), choice([a, b]). Each is an
 * error that says, and can be mended to, what Hox writes. */
#include "lang/print.h"
#include "space/model.h"
#include <string.h>

typedef enum { RANGE, LOG_RANGE, WHOLE, CHOICE } form;

static const struct {
    const char *name;
    form form;
} words[] = {
    {"uniform", RANGE},
    {"loguniform", LOG_RANGE},
    {"log_uniform", LOG_RANGE},
    {"loguniform_float", LOG_RANGE},
    {"suggest_float", RANGE},
    {"randint", WHOLE},
    {"suggest_int", WHOLE},
    {"quniform", RANGE},
    {"choice", CHOICE},
    {"categorical", CHOICE},
    {"suggest_categorical", CHOICE},
    {"one_of", CHOICE},
};

static void put_choice(hox__text *out, const hox__expr *e)
{
    if (e->n == 1 && e->kid[0]->kind == HOX__EXPR_LIST)
        e = e->kid[0];
    for (int i = 0; i < e->n; i++) {
        hox__text_puts(out, i ? " | " : "");
        hox__print_expr(out, e->kid[i]);
    }
}

/* `a .. b`, or nothing when the arguments are not two numbers. The upper end of a randint is not
 * drawn, so it is no safe replacement and only said. */
static void put_range(hox__text *out, const hox__expr *e, bool log)
{
    for (int i = 0; i < 2; i++)
        if (e->n < 2 || e->kid[i]->kind != HOX__EXPR_NUMBER)
            return;
    hox__text_printf(out, "%s%s .. %s", log ? "log " : "", e->kid[0]->number.spelled,
                     e->kid[1]->number.spelled);
    if (e->n == 3 && e->kid[2]->kind == HOX__EXPR_NUMBER)
        hox__text_printf(out, " step %s", e->kid[2]->number.spelled);
}

bool hox__foreign_word(hox_space *space, const hox__source *source, const hox__expr *e)
{
    for (size_t i = 0; e->kind == HOX__EXPR_CALL && i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].name, e->name) != 0)
            continue;
        hox__text text = {0};
        if (words[i].form == CHOICE)
            put_choice(&text, e);
        else
            put_range(&text, e, words[i].form == LOG_RANGE);
        if (!text.len || text.failed) {
            hox__text_deinit(&text);
            return false;
        }
        hox_diagnostic *d =
            hox__diagnose(space->list, source, e->place, "E0207", "unknown layer `%s`", e->name);
        hox__diagnose_label(space->list, d, "a word of other tools");
        hox__diagnose_help(space->list, d, "write `%s`", hox__text_get(&text));
        hox__diagnose_fix(space->list, d, words[i].form != WHOLE, "%s", hox__text_get(&text));
        hox__text_deinit(&text);
        return true;
    }
    return false;
}
