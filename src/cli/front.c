#include "cli/front.h"
#include "cli/sheet.h"
#include "study/objective.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { SHOWN_MAX = 6 };

void hox__front_summary(hox__stream *out, const hox__aim *aim, const hox__front *f,
                        const char *objective, const char *indent)
{
    hox__put(out, "%d of %d trials are beaten by none in all goals (", f->members, f->n);
    hox__put_escaped(out, objective);
    hox__text_puts(&out->text, ")\n");
    if (isnan(f->hypervolume))
        return;
    hox__put(out, "%shypervolume %.6g over the worst of all (", indent, f->hypervolume);
    hox__front_print(aim, f->reference, &out->text);
    hox__text_puts(&out->text, ")\n");
}

void hox__front_lines(hox__stream *out, const hox__aim *aim, const hox__front *f,
                      const char *objective)
{
    int shown = 0;
    hox__text_puts(&out->text, "front   ");
    hox__front_summary(out, aim, f, objective, "        ");
    for (int i = 0; i < f->n && shown < SHOWN_MAX; i++)
        if (hox__front_has(f, i)) {
            hox__put(out, "        %s@%" PRIu64 "%s   ", out->color->good, f->trial[i],
                     out->color->off);
            hox__front_print(aim, &f->value[i * f->goals], &out->text);
            hox__text_putc(&out->text, '\n');
            shown++;
        }
    if (shown < f->members)
        hox__put(out, "        and %d more: hox best\n", f->members - shown);
}

void hox__front_json(hox__json *json, const hox__aim *aim, const hox__front *f)
{
    hox__json_begin_array(json, "front");
    for (int i = 0; i < f->n; i++)
        if (hox__front_has(f, i)) {
            hox__json_begin_object(json, NULL);
            hox__json_int(json, "trial", (int64_t)f->trial[i]);
            for (int k = 0; k < f->goals; k++)
                hox__json_number(json, aim->goal[k].metric, f->value[i * f->goals + k]);
            hox__json_end_object(json);
        }
    hox__json_end_array(json);
    hox__json_number(json, "hypervolume", f->hypervolume);
    hox__json_begin_object(json, "reference");
    for (int k = 0; k < f->goals && !isnan(f->hypervolume); k++)
        hox__json_number(json, aim->goal[k].metric, f->reference[k]);
    hox__json_end_object(json);
}

/* ---- a table ---- */

static void put_row(hox__cli *cli, hox__view *view, hox__sheet *sheet, const hox__front *f, int i)
{
    hox__cell cell[HOX__AIMS_MAX + 2] = {{.integer = (int64_t)f->trial[i]}};
    hox__trial_row row;
    hox_sentence *sentence = NULL;
    hox__text line = {0};
    for (int k = 0; k < f->goals; k++)
        cell[k + 1].number = f->value[i * f->goals + k];
    if (hox__store_trial(view->store, view->study.id, f->trial[i], &row, NULL) == HOX_OK &&
        hox__view_sentence(cli, view, &row, &sentence) == HOX_OK) {
        const hox__values values = hox__view_values(view, &row, sentence);
        hox__values_line(&values, &line);
    }
    cell[f->goals + 1].text = hox__text_get(&line);
    hox__sheet_row(sheet, cell);
    hox__text_deinit(&line);
    hox_sentence_free(sentence);
}

static hox_status put_front(hox__cli *cli, hox__view *view, const hox__aim *aim,
                            const hox__front *f)
{
    hox__column column[HOX__AIMS_MAX + 2] = {{"trial", HOX__CELL_INT, 9}};
    for (int i = 0; i < f->goals; i++)
        column[i + 1] = (hox__column){aim->goal[i].metric, HOX__CELL_NUMBER, 8};
    column[f->goals + 1] = (hox__column){"values", HOX__CELL_TEXT, 5};
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "trial", column, f->goals + 2);
    if (!sheet)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the table");
    for (int i = 0; i < f->n; i++)
        if (hox__front_has(f, i))
            put_row(cli, view, sheet, f, i);
    hox__sheet_end(sheet, NULL, NULL);
    if (!cli->quiet)
        hox__front_summary(&cli->err, aim, f, view->study.objective, "");
    return f->members ? HOX_OK : HOX_DONE;
}

/* ---- of a view ---- */

hox_status hox__view_aim(hox__cli *cli, hox__view *view, hox__aim *aim)
{
    const hox_status status = hox__view_space(cli, view);
    return status == HOX_OK
               ? hox__objective_of(view->space)->aim(view->space, view->arena, aim, &cli->error)
               : status;
}

bool hox__view_has_goals(const hox__view *view)
{
    const char *second = strstr(view->study.objective + 1, "imize");
    return second && strstr(second + 1, "imize");
}

hox_status hox__front_put(hox__cli *cli, hox__view *view)
{
    hox__aim aim;
    hox__front f;
    hox_status status = hox__view_aim(cli, view, &aim);
    if (status == HOX_OK)
        status = hox__front_read(view->store, view->study.id, &aim, &f, &cli->error);
    if (status < 0)
        return status;
    if (f.n > 0)
        status = put_front(cli, view, &aim, &f);
    else
        hox__put(&cli->err, "no trial of %s has finished\n", view->study.name);
    if (f.n == 0)
        status = HOX_DONE;
    hox__front_free(&f);
    return status;
}
