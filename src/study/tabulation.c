#include "study/tabulation.h"
#include "base/alloc.h"
#include "base/digest.h"
#include "base/io.h"
#include "base/number.h"
#include <math.h>
#include <string.h>

static hox_status wrong(const char *path, int64_t line, const char *what, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0505", "%.200s:%lld: %s", path, (long long)line,
                         what);
}

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the table");
}

/* Ends each cell of the line that begins at *at with a zero byte; moves *at behind the line. */
static int cells_of_line(char *text, size_t n, size_t *at, char comma, uint32_t *cell, int room)
{
    int count = 0;
    size_t i = *at;
    bool more = true;
    while (more) {
        if (count < room)
            cell[count] = (uint32_t)i;
        count++;
        while (i < n && text[i] != comma && text[i] != '\n')
            i++;
        more = i < n && text[i] == comma;
        if (i > *at && text[i - 1] == '\r' && !more)
            text[i - 1] = '\0';
        text[i] = '\0'; /* at the end of the file there is one already */
        i++;
    }
    *at = i;
    return count;
}

static int64_t lines_of(const char *text, size_t n)
{
    int64_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    return lines + (n > 0 && text[n - 1] != '\n');
}

static hox_status read_header(const char *path, hox__tabulation *t, size_t n, size_t *at,
                              char comma, hox_error *err)
{
    uint32_t cell[HOX__TABULATION_COLUMNS];
    t->columns = n ? cells_of_line(t->text, n, at, comma, cell, HOX__TABULATION_COLUMNS) : 0;
    if (t->columns < 2 || t->columns > HOX__TABULATION_COLUMNS)
        return wrong(path, 1, "not a header of 2 to 4096 names with tabs or commas between", err);
    t->name = hox__alloc((size_t)t->columns, sizeof *t->name);
    for (int i = 0; t->name && i < t->columns; i++)
        t->name[i] = t->text + cell[i];
    return t->name ? HOX_OK : no_memory(err);
}

static hox_status parse(const char *path, hox__tabulation *t, size_t n, hox_error *err)
{
    size_t at = 0;
    const size_t first = strcspn(t->text, "\n");
    const char comma = memchr(t->text, '\t', first) ? '\t' : ',';
    const int64_t lines = lines_of(t->text, n);
    hox_status status = read_header(path, t, n, &at, comma, err);
    if (status != HOX_OK)
        return status;
    t->cell = hox__alloc((size_t)lines * (size_t)t->columns, sizeof *t->cell);
    if (!t->cell)
        return no_memory(err);
    while (at < n) {
        uint32_t *row = t->cell + t->rows * t->columns;
        if (cells_of_line(t->text, n, &at, comma, row, t->columns) != t->columns)
            return wrong(path, t->rows + 2, "not as many cells as the header has names", err);
        t->rows++;
    }
    return t->rows ? HOX_OK : wrong(path, 1, "there is no row below the header", err);
}

hox_status hox__tabulation_take(const char *path, char *text, size_t n, hox__tabulation *t,
                                hox_error *err)
{
    uint8_t digest[HOX__DIGEST_BYTES];
    *t = (hox__tabulation){.text = text};
    hox__digest_of(t->text, n, digest);
    hox__digest_hex(digest, t->hash);
    const hox_status status = strlen(t->text) == n
                                  ? parse(path, t, n, err)
                                  : wrong(path, 1, "it holds a zero byte: it is not text", err);
    if (status != HOX_OK)
        hox__tabulation_free(t);
    return status;
}

hox_status hox__tabulation_read(const char *path, hox__tabulation *t, hox_error *err)
{
    char *text;
    size_t n;
    *t = (hox__tabulation){0};
    const hox_status status = hox__file_read(path, HOX__TABULATION_BYTES, &text, &n, err);
    return status == HOX_OK ? hox__tabulation_take(path, text, n, t, err) : status;
}

void hox__tabulation_free(hox__tabulation *t)
{
    hox__free(t->text);
    hox__free(t->name);
    hox__free(t->cell);
    *t = (hox__tabulation){0};
}

int hox__tabulation_column(const hox__tabulation *t, const char *name)
{
    for (int i = 0; i < t->columns; i++)
        if (strcmp(t->name[i], name) == 0)
            return i;
    return -1;
}

const char *hox__tabulation_cell(const hox__tabulation *t, int64_t row, int column)
{
    return t->text + t->cell[row * t->columns + column];
}

double hox__tabulation_number(const hox__tabulation *t, int64_t row, int column)
{
    bool integral;
    double value;
    const char *cell = hox__tabulation_cell(t, row, column);
    const size_t n = strlen(cell);
    return n && hox__number_read(cell, n, &value, &integral) == n ? value : (double)NAN;
}
