/* Records and cells of a table in text.
 *
 *   record = cell { separator cell } ( "\n" | "\r\n" | "\r" | end )
 *   cell   = '"' { any but '"' | '""' } '"' | { any but separator and line end }
 *
 * RFC 4180, and what people write: a byte-order mark, empty lines, white space around cells, a
 * quote inside an unquoted cell.
 */
#include "data/csv.h"
#include "base/alloc.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- cells ---- */

static hox_status at_line(const hox__csv *csv, int64_t line, const char *what, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0505", "%s:%lld: %s", csv->file->name,
                         (long long)line, what);
}

static hox_status add_cell(hox__csv *csv, const char *text, size_t n, bool quoted, hox_error *err)
{
    if (csv->n == csv->cap) {
        if (csv->cap >= HOX__CSV_COLUMNS_MAX)
            return at_line(csv, csv->record_line, "more than 16384 columns", err);
        const int more = csv->cap ? csv->cap * 2 : 32;
        hox__csv_cell *grown = hox__realloc(csv->cell, (size_t)more, sizeof *grown);
        if (!grown)
            return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory for a row",
                                 csv->file->name);
        csv->cell = grown;
        csv->cap = more;
    }
    csv->cell[csv->n++] = (hox__csv_cell){text, n, quoted};
    return HOX_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool ends_line(char c)
{
    return c == '\n' || c == '\r';
}

static void skip_line_end(hox__csv *csv)
{
    const char *s = (const char *)csv->file->data;
    if (csv->at < csv->file->n && s[csv->at] == '\r')
        csv->at++;
    if (csv->at < csv->file->n && s[csv->at] == '\n')
        csv->at++;
    csv->line++;
}

/* From behind the opening quote to behind the closing one. A cell with doubled quotes is put into
 * `unescaped`; its place there is known by an offset until the record is whole. */
static hox_status quoted_cell(hox__csv *csv, hox_error *err)
{
    const char *s = (const char *)csv->file->data;
    const size_t n = csv->file->n, from = csv->at;
    const int64_t opened = csv->line;
    const size_t kept = csv->unescaped.len;
    bool doubled = false;
    size_t piece = from;
    for (;; csv->at++) {
        if (csv->at >= n)
            return at_line(csv, opened, "a quote is opened here and never closed", err);
        if (s[csv->at] == '\n' ||
            (s[csv->at] == '\r' && (csv->at + 1 >= n || s[csv->at + 1] != '\n')))
            csv->line++;
        if (s[csv->at] != '"')
            continue;
        if (csv->at + 1 >= n || s[csv->at + 1] != '"')
            break;
        csv->at++;
        hox__text_add(&csv->unescaped, s + piece, csv->at - piece);
        piece = csv->at + 1;
        doubled = true;
    }
    const size_t end = csv->at++;
    while (csv->at < n && is_blank(s[csv->at]) && s[csv->at] != csv->separator)
        csv->at++;
    if (csv->at < n && s[csv->at] != csv->separator && !ends_line(s[csv->at]))
        return at_line(csv, csv->line, "text behind a closing quote", err);
    if (!doubled)
        return add_cell(csv, s + from, end - from, true, err);
    hox__text_add(&csv->unescaped, s + piece, end - piece);
    if (csv->unescaped.failed)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory for a row",
                             csv->file->name);
    return add_cell(csv, NULL, kept, true, err);
}

static hox_status plain_cell(hox__csv *csv, size_t from, hox_error *err)
{
    const char *s = (const char *)csv->file->data;
    size_t end = csv->at;
    while (end < csv->file->n && s[end] != csv->separator && !ends_line(s[end]))
        end++;
    csv->at = end;
    while (end > from && is_blank(s[end - 1]))
        end--;
    return add_cell(csv, s + from, end - from, false, err);
}

/* Unescaped texts do not move any more: offsets become pointers, and a text ends where the next
 * begins. */
static void settle(hox__csv *csv)
{
    size_t end = csv->unescaped.len;
    for (int i = csv->n - 1; i >= 0; i--)
        if (!csv->cell[i].text) {
            const size_t from = csv->cell[i].n;
            csv->cell[i].text = hox__text_get(&csv->unescaped) + from;
            csv->cell[i].n = end - from;
            end = from;
        }
}

static hox_status record(hox__csv *csv, hox_error *err)
{
    const char *s = (const char *)csv->file->data;
    const size_t n = csv->file->n;
    for (;;) {
        while (csv->at < n && is_blank(s[csv->at]) && s[csv->at] != csv->separator)
            csv->at++;
        const size_t from = csv->at;
        hox_status status;
        if (csv->at < n && s[csv->at] == '"') {
            csv->at++;
            status = quoted_cell(csv, err);
        } else {
            status = plain_cell(csv, from, err);
        }
        if (status != HOX_OK)
            return status;
        if (csv->at >= n)
            break;
        if (ends_line(s[csv->at])) {
            skip_line_end(csv);
            break;
        }
        csv->at++; /* the separator */
    }
    settle(csv);
    return HOX_OK;
}

hox_status hox__csv_next(hox__csv *csv, hox_error *err)
{
    for (;;) {
        const char *s = (const char *)csv->file->data;
        if (csv->at >= csv->file->n)
            return HOX_DONE;
        const size_t from = csv->at;
        csv->n = 0;
        hox__text_clear(&csv->unescaped);
        csv->record_line = csv->line;
        const hox_status status = record(csv, err);
        if (status != HOX_OK)
            return status;
        if (memchr(s + from, 0, csv->at - from))
            return at_line(csv, csv->record_line,
                           "a zero byte: not a text (UTF-16? save it as UTF-8)", err);
        if (csv->n > 1 || csv->cell[0].n || csv->cell[0].quoted)
            return HOX_OK;
    }
}

/* ---- the separator ---- */

/* How many cells the first records have when split by `separator`: 0 when they differ. */
static int evenly(const hox__bytes *file, char separator)
{
    enum { RECORDS = 50 };
    hox__csv csv;
    int width = 0;
    hox__csv_begin(&csv, file, separator);
    for (int i = 0; i < RECORDS && hox__csv_next(&csv, NULL) == HOX_OK; i++) {
        if (width && csv.n != width) {
            width = 0;
            break;
        }
        width = csv.n;
    }
    hox__csv_end(&csv);
    return width;
}

/* The separator that splits all records alike and most finely; when none does, as in a file with a
 * broken row, the one that splits the first record most. */
static char find_separator(const hox__bytes *file)
{
    static const char candidate[] = {',', ';', '\t', '|'};
    char best = ',', first = ',';
    int most = 1, cells = 1;
    for (size_t k = 0; k < sizeof candidate; k++) {
        const int width = evenly(file, candidate[k]);
        if (width > most) {
            most = width;
            best = candidate[k];
        }
        hox__csv csv;
        hox__csv_begin(&csv, file, candidate[k]);
        if (hox__csv_next(&csv, NULL) == HOX_OK && csv.n > cells) {
            cells = csv.n;
            first = candidate[k];
        }
        hox__csv_end(&csv);
    }
    return most > 1 ? best : first;
}

void hox__csv_begin(hox__csv *csv, const hox__bytes *file, char separator)
{
    *csv = (hox__csv){.file = file, .line = 1, .separator = separator};
    if (file->n >= 3 && memcmp(file->data, "\xef\xbb\xbf", 3) == 0)
        csv->at = 3;
    if (!separator)
        csv->separator = find_separator(file);
}

void hox__csv_end(hox__csv *csv)
{
    hox__free(csv->cell);
    hox__text_deinit(&csv->unescaped);
    *csv = (hox__csv){0};
}

/* ---- numbers ---- */

/* Digits to a number: exact up to 15 digits and 22 places, else the C library's (which reads the C
 * locale: the program sets no other). */
static bool exactly(const char *s, size_t n, double *out)
{
    char text[64];
    char *end;
    if (n >= sizeof text)
        return false;
    memcpy(text, s, n);
    text[n] = '\0';
    *out = strtod(text, &end);
    return end == text + n;
}

bool hox__csv_number(const hox__csv *csv, const hox__csv_cell *cell, double *out)
{
    char buffer[64];
    const char *s = cell->text;
    size_t n = cell->n, i = 0, digits = 0, places = 0;
    if (n == 0 || n >= sizeof buffer)
        return false;
    if (csv->separator == ';' && memchr(s, ',', n) && !memchr(s, '.', n)) {
        memcpy(buffer, s, n);
        *(char *)memchr(buffer, ',', n) = '.';
        s = buffer;
    }
    const bool minus = s[0] == '-';
    i += s[0] == '-' || s[0] == '+';
    int64_t whole = 0;
    bool point = false;
    for (; i < n && ((s[i] >= '0' && s[i] <= '9') || (s[i] == '.' && !point)); i++) {
        if (s[i] == '.') {
            point = true;
            continue;
        }
        if (++digits <= 15)
            whole = whole * 10 + (s[i] - '0');
        places += point;
    }
    if (digits == 0)
        return false;
    if (i == n && digits <= 15 && places <= 15) {
        static const double power[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
        *out = (minus ? -1 : 1) * (double)whole / power[places];
        return true;
    }
    if (i < n && s[i] != 'e' && s[i] != 'E')
        return false;
    return exactly(s, n, out) && isfinite(*out);
}

/* ---- words and errors ---- */

bool hox__csv_is_missing(const hox__schema *schema, const hox__csv_cell *cell)
{
    if (cell->n == 0)
        return true;
    for (int i = 0; i < schema->missing_words; i++) {
        const char *word = schema->missing_word[i];
        if (strlen(word) == cell->n && memcmp(word, cell->text, cell->n) == 0)
            return true;
    }
    return false;
}

const char *hox__csv_class(const hox__csv *csv, const hox__csv_cell *cell,
                           char buffer[HOX__NUMBER_MAX], size_t *n)
{
    double value;
    if (!hox__csv_number(csv, cell, &value)) {
        *n = cell->n;
        return cell->text;
    }
    *n = (size_t)hox__number_print(value, buffer);
    return buffer;
}

hox_status hox__csv_fail(const hox__csv *csv, const char *column, const hox__csv_cell *cell,
                         const char *what, hox_error *err)
{
    enum { SHOWN = 60 };
    hox__text name = {0}, text = {0};
    hox__text_escaped(&name, column, strnlen(column, SHOWN));
    hox__text_escaped(&text, cell->text, cell->n < SHOWN ? cell->n : SHOWN);
    const hox_status status =
        hox_fail_code(err, HOX_ERR_DATA, "E0505", "%s:%lld: column \"%s\": \"%s%s\" %s",
                      csv->file->name, (long long)csv->record_line, hox__text_get(&name),
                      hox__text_get(&text), cell->n > SHOWN ? "…" : "", what);
    hox__text_deinit(&name);
    hox__text_deinit(&text);
    return status;
}
