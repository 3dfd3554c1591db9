/* The canonical layout of a file, for `hox fmt`: the tree as it prints (print.c), except that an
 * item with comments between its lines keeps its lines, since the tree does not know where inside
 * the item a comment belongs, and signs `=` that were written below one another stay so. */
#include "lang/format.h"
#include <string.h>

/* A comment between the first and the last token of the item. */
static bool has_comments(const hox__source *source, hox__place place)
{
    const char *s = source->text + place.byte, *end = s + place.length;
    bool quoted = false;
    for (; s < end; s++) {
        if (quoted && *s == '\\')
            s++;
        else if (*s == '"')
            quoted = !quoted;
        else if (*s == '#' && !quoted)
            return true;
    }
    return false;
}

/* Line by line, without blanks at their ends. */
static void as_written(hox__text *out, const hox__source *source, hox__place place)
{
    const char *s = source->text + place.byte, *end = s + place.length;
    while (s < end) {
        size_t n = 0;
        while (s + n < end && s[n] != '\n' && s[n] != '\r')
            n++;
        size_t kept = n;
        while (kept && (s[kept - 1] == ' ' || s[kept - 1] == '\t'))
            kept--;
        hox__text_add(out, s, kept);
        s += n;
        if (s < end) {
            hox__text_putc(out, '\n');
            s += *s == '\r' && s + 1 < end && s[1] == '\n' ? 2 : 1;
        }
    }
}

/* ---- signs `=` below one another ---- */

enum { COLUMNS = 64 };

/* The rules and kinds between two empty lines whose `=` stands in the same column. */
typedef struct {
    size_t longest; /* of their heads as they print */
    int n;
    bool padded; /* one of them, by its author */
} column;

/* COLUMNS: it stands nowhere that counts. */
static size_t column_of(const hox__tree *tree, const hox__item *item)
{
    const char *text = tree->source.text;
    size_t n = 0;
    if ((item->kind != HOX__ITEM_RULE && item->kind != HOX__ITEM_KIND) ||
        has_comments(&tree->source, item->place))
        return COLUMNS;
    while (n < COLUMNS && n < item->equals && text[item->equals - n - 1] != '\n')
        n++;
    return n;
}

static void measure(const hox__tree *tree, int from, column columns[COLUMNS])
{
    memset(columns, 0, COLUMNS * sizeof *columns);
    for (int i = from; i < tree->n && (i == from || !tree->item[i].blank_lines_before); i++) {
        const hox__item *item = &tree->item[i];
        const size_t at = column_of(tree, item);
        if (at == COLUMNS)
            continue;
        hox__text head = {0};
        hox__print_head(&head, item);
        column *c = &columns[at];
        c->longest = head.len > c->longest ? head.len : c->longest;
        c->padded |= at > 1 && tree->source.text[item->equals - 2] == ' ';
        c->n++;
        hox__text_deinit(&head);
    }
}

/* To how many columns the head is padded; 0: it is not. */
static size_t padding(const hox__tree *tree, const hox__item *item, const column columns[COLUMNS])
{
    const size_t at = column_of(tree, item);
    return at < COLUMNS && columns[at].padded && columns[at].n > 1 ? columns[at].longest : 0;
}

void hox__format_tree(hox__text *out, const hox__tree *tree)
{
    column columns[COLUMNS];
    for (int i = 0; i < tree->n; i++) {
        const hox__item *item = &tree->item[i];
        if (i && item->blank_lines_before)
            hox__text_putc(out, '\n');
        if (!i || item->blank_lines_before)
            measure(tree, i, columns);
        if (item->comment_before)
            hox__text_printf(out, "%s\n", item->comment_before);
        if (has_comments(&tree->source, item->place))
            as_written(out, &tree->source, item->place);
        else
            hox__print_aligned(out, item, padding(tree, item, columns));
        if (item->comment_after)
            hox__text_printf(out, "  %s", item->comment_after);
        hox__text_putc(out, '\n');
    }
    if (tree->comment_end && tree->n)
        hox__text_putc(out, '\n');
    if (tree->comment_end)
        hox__text_printf(out, "%s\n", tree->comment_end);
}
