/* Tree back to text: one canonical layout. parse(print(tree)) prints the same again. */
#ifndef HOX_LANG_PRINT_H
#define HOX_LANG_PRINT_H

#include "base/text.h"
#include "lang/tree.h"

void hox__print_tree(hox__text *out, const hox__tree *tree);
void hox__print_item(hox__text *out, const hox__item *item);
/* What stands before the `=` of a rule or kind; and the item with that padded to `head` columns. */
void hox__print_head(hox__text *out, const hox__item *item);
void hox__print_aligned(hox__text *out, const hox__item *item, size_t head);
void hox__print_expr(hox__text *out, const hox__expr *expr);
void hox__print_shape(hox__text *out, const hox__shape_expr *shape);
void hox__print_test(hox__text *out, const hox__test *test);

#endif
