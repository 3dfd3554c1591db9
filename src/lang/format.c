/* The canonical layout of a file, for `hox fmt`: the tree as it prints (print.c), except that an
 * item with comments between its lines keeps its lines, since the tree does not know where inside
 * the item a comment belongs. */
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

void hox__format_tree(hox__text *out, const hox__tree *tree)
{
    for (int i = 0; i < tree->n; i++) {
        const hox__item *item = &tree->item[i];
        if (i && item->blank_lines_before)
            hox__text_putc(out, '\n');
        if (item->comment_before)
            hox__text_printf(out, "%s\n", item->comment_before);
        if (has_comments(&tree->source, item->place))
            as_written(out, &tree->source, item->place);
        else
            hox__print_item(out, item);
        if (item->comment_after)
            hox__text_printf(out, "  %s", item->comment_after);
        hox__text_putc(out, '\n');
    }
    if (tree->comment_end && tree->n)
        hox__text_putc(out, '\n');
    if (tree->comment_end)
        hox__text_printf(out, "%s\n", tree->comment_end);
}
