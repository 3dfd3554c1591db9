/* Tables in six formats; see sheet.h. tsv, csv, jsonl and json are written as rows come; table and
 * md need the widths first and keep the text of every cell. */
#include "cli/sheet.h"
#include "base/alloc.h"
#include "cli/quantity.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { COLUMNS_MAX = 256 };

struct hox__sheet {
    hox__stream *out;
    hox__format format;
    const char *type;
    const hox__column *column;
    int columns, rows;
    hox__text kept;         /* cells, each with its NUL, row after row */
    int width[COLUMNS_MAX]; /* widest cell so far */
    bool shown[COLUMNS_MAX];
    bool failed;
};

/* ---- cells ---- */

static void cell_exact(hox__text *out, const hox__column *column, const hox__cell *cell)
{
    if (cell->empty)
        return;
    switch (column->kind) {
    case HOX__CELL_TEXT:
        hox__text_puts(out, cell->text ? cell->text : "");
        break;
    case HOX__CELL_INT:
        hox__text_printf(out, "%" PRId64, cell->integer);
        break;
    case HOX__CELL_NUMBER:
        hox__text_number(out, cell->number);
        break;
    case HOX__CELL_ID:
        hox__text_printf(out, "%" PRIu64, cell->id);
        break;
    case HOX__CELL_BOOL:
        hox__text_puts(out, cell->integer ? "yes" : "no");
        break;
    }
}

static void cell_for_people(hox__text *out, const hox__column *column, const hox__cell *cell)
{
    if (cell->empty)
        return;
    if (column->kind == HOX__CELL_NUMBER && isnan(cell->number))
        hox__text_puts(out, "nan");
    else if (column->kind == HOX__CELL_NUMBER && cell->number != floor(cell->number))
        hox__text_printf(out, "%.4g", cell->number);
    else
        cell_exact(out, column, cell);
}

/* Tabs and line ends would break a row apart: they are escaped like every other control byte. */
static void one_line(hox__text *out, const char *s)
{
    hox__text escaped = {0};
    hox__text_escaped(&escaped, s, strlen(s));
    for (const char *p = hox__text_get(&escaped); *p; p++) {
        if (*p == '\n')
            hox__text_puts(out, "\\n");
        else if (*p == '\t')
            hox__text_puts(out, "\\t");
        else
            hox__text_putc(out, *p);
    }
    out->failed |= escaped.failed;
    hox__text_deinit(&escaped);
}

static void csv_cell(hox__text *out, const char *s)
{
    hox__text escaped = {0};
    hox__text_escaped(&escaped, s, strlen(s));
    const bool quoted = strpbrk(s, ",\"\n") != NULL;
    hox__text_puts(out, quoted ? "\"" : "");
    for (const char *p = hox__text_get(&escaped); *p; p++) {
        if (*p == '"')
            hox__text_putc(out, '"');
        hox__text_putc(out, *p);
    }
    hox__text_puts(out, quoted ? "\"" : "");
    out->failed |= escaped.failed;
    hox__text_deinit(&escaped);
}

static const char *nonfinite(double x)
{
    return isnan(x) ? "nan" : x > 0 ? "inf" : "-inf";
}

static void json_cell(hox__json *json, const hox__column *column, const hox__cell *cell,
                      const char **odd)
{
    if (cell->empty) {
        hox__json_null(json, column->name);
        return;
    }
    switch (column->kind) {
    case HOX__CELL_TEXT:
        hox__json_text(json, column->name, cell->text);
        break;
    case HOX__CELL_INT:
        hox__json_int(json, column->name, cell->integer);
        break;
    case HOX__CELL_NUMBER:
        hox__json_number(json, column->name, cell->number);
        if (!isfinite(cell->number))
            *odd = nonfinite(cell->number);
        break;
    case HOX__CELL_ID:
        hox__json_id(json, column->name, cell->id);
        break;
    case HOX__CELL_BOOL:
        hox__json_bool(json, column->name, cell->integer != 0);
        break;
    }
}

/* ---- rows as they come ---- */

static void separated_row(hox__sheet *sheet, const hox__cell *cell)
{
    hox__text *out = &sheet->out->text, word = {0};
    const bool tsv = sheet->format == HOX__FORMAT_TSV;
    for (int i = 0; i < sheet->columns; i++) {
        hox__text_clear(&word);
        if (cell)
            cell_exact(&word, &sheet->column[i], &cell[i]);
        else
            hox__text_puts(&word, sheet->column[i].name);
        if (i)
            hox__text_putc(out, tsv ? '\t' : ',');
        if (tsv)
            one_line(out, hox__text_get(&word));
        else
            csv_cell(out, hox__text_get(&word));
    }
    out->failed |= word.failed;
    hox__text_deinit(&word);
    hox__text_putc(out, '\n');
}

static void json_row(hox__sheet *sheet, const hox__cell *cell)
{
    hox__text *out = &sheet->out->text;
    if (sheet->format == HOX__FORMAT_JSON)
        hox__text_puts(out, sheet->rows ? ",\n " : "[");
    hox__json json = {.out = out};
    const char *odd = NULL;
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", sheet->type);
    for (int i = 0; i < sheet->columns; i++)
        json_cell(&json, &sheet->column[i], &cell[i], &odd);
    if (odd)
        hox__json_text(&json, "nonfinite", odd);
    hox__json_end_object(&json);
    if (sheet->format == HOX__FORMAT_JSONL)
        hox__text_putc(out, '\n');
}

static void keep_row(hox__sheet *sheet, const hox__cell *cell)
{
    hox__text word = {0};
    for (int i = 0; i < sheet->columns; i++) {
        hox__text_clear(&word);
        cell_for_people(&word, &sheet->column[i], &cell[i]);
        hox__text_puts(&word, cell[i].mark && !cell[i].empty ? cell[i].mark : "");
        const size_t at = sheet->kept.len;
        one_line(&sheet->kept, hox__text_get(&word));
        const size_t n = sheet->kept.len - at;
        const int width = n ? hox__width(sheet->kept.data + at, n) : 0;
        hox__text_putc(&sheet->kept, '\0');
        if (width > sheet->width[i])
            sheet->width[i] = width;
    }
    sheet->failed |= word.failed || sheet->kept.failed;
    hox__text_deinit(&word);
}

hox__sheet *hox__sheet_begin(hox__stream *out, hox__format format, const char *type,
                             const hox__column *column, int columns)
{
    hox__sheet *sheet = columns <= COLUMNS_MAX ? hox__alloc(1, sizeof *sheet) : NULL;
    if (!sheet)
        return NULL;
    *sheet = (hox__sheet){
        .out = out, .format = format, .type = type, .column = column, .columns = columns};
    for (int i = 0; i < columns; i++) {
        sheet->width[i] = hox__width(column[i].name, strlen(column[i].name));
        sheet->shown[i] = true;
    }
    if (format == HOX__FORMAT_TSV || format == HOX__FORMAT_CSV)
        separated_row(sheet, NULL);
    return sheet;
}

void hox__sheet_row(hox__sheet *sheet, const hox__cell *cell)
{
    if (sheet->format == HOX__FORMAT_TABLE || sheet->format == HOX__FORMAT_MD)
        keep_row(sheet, cell);
    else if (sheet->format == HOX__FORMAT_TSV || sheet->format == HOX__FORMAT_CSV)
        separated_row(sheet, cell);
    else
        json_row(sheet, cell);
    sheet->rows++;
    hox__stream_flush_large(sheet->out);
}

/* ---- tables for people ---- */

static int total_width(const hox__sheet *sheet)
{
    int sum = -2;
    for (int i = 0; i < sheet->columns; i++)
        sum += sheet->shown[i] ? sheet->width[i] + 2 : 0;
    return sum;
}

static int least_important(const hox__sheet *sheet)
{
    int least = -1, most = -1;
    for (int i = 0; i < sheet->columns; i++) {
        if (!sheet->shown[i])
            continue;
        if (least < 0 || sheet->column[i].keep <= sheet->column[least].keep)
            least = i;
        if (most < 0 || sheet->column[i].keep > sheet->column[most].keep)
            most = i;
    }
    return least == most ? -1 : least;
}

static void fit(hox__sheet *sheet, int width)
{
    for (int i; total_width(sheet) > width && (i = least_important(sheet)) >= 0;)
        sheet->shown[i] = false;
}

static bool right_aligned(const hox__column *column)
{
    return column->kind == HOX__CELL_INT || column->kind == HOX__CELL_NUMBER;
}

static void spaces(hox__text *out, int n)
{
    while (n-- > 0)
        hox__text_putc(out, ' ');
}

/* One line; `next` walks over the kept cells, NULL prints the names. */
static const char *aligned_row(hox__sheet *sheet, const char *next)
{
    hox__text *out = &sheet->out->text;
    const size_t start = out->len;
    bool first = true;
    for (int i = 0; i < sheet->columns; i++) {
        const char *cell = next ? next : sheet->column[i].name;
        const size_t n = strlen(cell);
        if (next)
            next += n + 1;
        if (!sheet->shown[i])
            continue;
        const int pad = sheet->width[i] - hox__width(cell, n);
        spaces(out, first ? 0 : 2);
        first = false;
        spaces(out, right_aligned(&sheet->column[i]) ? pad : 0);
        hox__text_puts(out, cell);
        spaces(out, right_aligned(&sheet->column[i]) ? 0 : pad);
    }
    while (out->len > start && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    hox__text_putc(out, '\n');
    return next;
}

static const char *md_row(hox__sheet *sheet, const char *next)
{
    hox__text *out = &sheet->out->text;
    hox__text_putc(out, '|');
    for (int i = 0; i < sheet->columns; i++) {
        const char *cell = next ? next : sheet->column[i].name;
        if (next)
            next += strlen(cell) + 1;
        hox__text_putc(out, ' ');
        for (; *cell; cell++) {
            if (*cell == '|')
                hox__text_putc(out, '\\');
            hox__text_putc(out, *cell);
        }
        hox__text_puts(out, " |");
    }
    hox__text_putc(out, '\n');
    return next;
}

static void print_kept(hox__sheet *sheet)
{
    const bool md = sheet->format == HOX__FORMAT_MD;
    const char *(*row)(hox__sheet *, const char *) = md ? md_row : aligned_row;
    if (!md && sheet->out->terminal.is_terminal)
        fit(sheet, sheet->out->terminal.width);
    row(sheet, NULL);
    for (int i = 0; md && i < sheet->columns; i++)
        hox__put(sheet->out, "%s%s", i ? "" : "|",
                 right_aligned(&sheet->column[i]) ? " ---: |" : " --- |");
    if (md)
        hox__text_putc(&sheet->out->text, '\n');
    const char *next = hox__text_get(&sheet->kept);
    for (int i = 0; i < sheet->rows; i++) {
        next = row(sheet, next);
        hox__stream_flush_large(sheet->out);
    }
}

static void print_left_out(const hox__sheet *sheet, hox__stream *hints, const char *hint)
{
    bool any = false;
    for (int i = 0; i < sheet->columns; i++)
        if (!sheet->shown[i]) {
            hox__put(hints, "%s%s", any ? ", " : "not shown: ", sheet->column[i].name);
            any = true;
        }
    if (any)
        hox__put(hints, "%s%s\n", hint ? "; " : "", hint ? hint : "");
}

void hox__sheet_end(hox__sheet *sheet, hox__stream *hints, const char *hint)
{
    if (sheet->format == HOX__FORMAT_JSON)
        hox__text_puts(&sheet->out->text, sheet->rows ? "]\n" : "[]\n");
    if (sheet->format == HOX__FORMAT_TABLE || sheet->format == HOX__FORMAT_MD)
        print_kept(sheet);
    sheet->out->text.failed |= sheet->failed;
    if (hints)
        print_left_out(sheet, hints, hint);
    hox__text_deinit(&sheet->kept);
    hox__free(sheet);
}
