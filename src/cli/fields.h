/* Columns of trials: those every trial has, and the parameters of its sentence by name. Used by
 * `hox trials` for what it prints, keeps (--where) and sorts by. */
#ifndef HOX_CLI_FIELDS_H
#define HOX_CLI_FIELDS_H

#include "cli/sheet.h"
#include "cli/view.h"

/* Stands behind the last value of a trial that did not finish. */
#define HOX__MARK_LAST "~"

/* One trial while it is looked at. Sentence and summary are made when first needed. */
typedef struct {
    hox__cli *cli;
    hox__view *view;
    const hox__trial_row *row;
    hox_sentence *sentence;
    char *summary;
    char times[2][32], number[32];
} hox__look;
void hox__look_done(hox__look *look);

typedef struct {
    hox__column column;
    int fixed; /* index of a fixed column, or -1: a parameter called column.name */
} hox__field;

/* A fixed column's name, NULL past the end; the first `hox__fields_default()` are shown unasked. */
const char *hox__field_name(int i);
int hox__fields_default(void);

/* Any name that is no fixed column is a parameter, or else a metric of a program. */
hox__field hox__field_of(const char *name);

/* The cell of `field`; text is borrowed from the look. HOX_OK also when the trial has none (empty).
 */
hox_status hox__field_get(hox__look *look, const hox__field *field, hox__cell *cell);

/* "value>0.9 and state=done" */
enum { HOX__CONDITIONS_MAX = 32 };
typedef struct {
    hox__field field;
    char op[3];
    char name[64], text[128];
    bool numeric;
    double number;
} hox__condition;
hox_status hox__conditions_read(const char *text, hox__condition *out, int *n, hox_error *err);
hox_status hox__condition_holds(hox__look *look, const hox__condition *condition, bool *yes);

#endif
