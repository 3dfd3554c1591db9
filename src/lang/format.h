/* The canonical layout of a whole file. */
#ifndef HOX_LANG_FORMAT_H
#define HOX_LANG_FORMAT_H

#include "lang/print.h"

/* Adds the text of `tree`, parsed without errors, with every comment kept. Formatting the result
 * gives it again, and it parses to the same tree. */
void hox__format_tree(hox__text *out, const hox__tree *tree);

#endif
