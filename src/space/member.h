/* What a sentence says, as items to be met by a derivation of another space. */
#ifndef HOX_SPACE_MEMBER_H
#define HOX_SPACE_MEMBER_H

#include "space/derive.h"

typedef enum {
    HOX__SAYS_NUMBER,
    HOX__SAYS_WORD,
    HOX__SAYS_TEXT,
    HOX__SAYS_BUDGET,
    HOX__SAYS_BINARY,
    HOX__SAYS_LIST, /* part[n] */
    HOX__SAYS_CALL, /* of a layer or a free word: argument[arguments], then part[n] */
    HOX__SAYS_RULE, /* a use of a rule or of a network argument: part[0] */
} hox__item_says;

typedef struct hox__said hox__said;

/* A row of layers, or one value. */
typedef struct {
    int n, cap;
    hox__said *item;
} hox__row;

struct hox__said {
    hox__item_says kind;
    const char *name;
    double number, low;
    char op;
    int n, arguments;
    hox__row *part, *argument;
};

/* What `node` says. names: uses of rules are items of their own; else only what stands in them.
 * false: memory. */
bool hox__say(hox__arena *arena, const hox__node *node, bool names, hox__row *row);

typedef enum { HOX__MEETS, HOX__OPEN, HOX__CLASHES } hox__meeting;

/* Where a derivation under way and a row are compared. */
typedef struct {
    bool names;
    const hox__node *asked; /* the node of the open question, or NULL */
    bool found, hidden;     /* it was come by; hidden: no item says its value */
    const hox__row *row;    /* where it stands */
    int at;
} hox__meet;

/* Does what `node` gives, as far as it is derived, begin the row at *at? All of it: with `whole`.
 */
hox__meeting hox__meet_row(hox__meet *meet, const hox__node *node, const hox__row *row, bool whole);

/* Answers to the open question of the walk that may meet the row, best first; *n of them. */
enum { HOX__CANDIDATES_MAX = 4096 };
hox_answer *hox__candidates(hox_walk *walk, const hox__meet *meet, int *n);

/* The complete walk of `space` whose sentence is that of the complete walk `target`, of any space.
 */
hox_status hox__member(const hox_space *space, const hox_walk *target, hox_walk **walk,
                       hox_error *err);

#endif
