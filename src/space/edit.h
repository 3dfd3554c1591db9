/* Deriving a sentence by the example of another: what edits are made of. */
#ifndef HOX_SPACE_EDIT_H
#define HOX_SPACE_EDIT_H

#include "space/member.h"

/* Places of a repetition or of a graph that move. */
typedef struct {
    const hox__node *at; /* REPEAT, or LAYER with a graph, of the example; NULL: none */
    int where;           /* element */
    int by;              /* +1: one more in front of it; -1: it goes */
    int like;            /* the element a new one resembles; -1: drawn */
} hox__shift;

/* How a derivation follows its example. Nodes that stand where the example has some get them as
 * their `like`; a question with a `like` is answered alike where that is still allowed. */
struct hox__guide {
    const hox__derivation *example;
    const hox__node *forced; /* this question is answered otherwise: */
    hox_answer answer;
    const hox__node *dropped;        /* nothing below this node is followed */
    const hox__node *swapped, *with; /* below `swapped` this one is followed */
    const bool *redrawn;             /* [example->n] questions to be drawn anew, or NULL */
    bool by_path;                    /* a question without a `like` looks for one of its path */
    hox__shift shift;
    const hox__row *content; /* what the new element, or the edge `filled`, says; NULL: drawn */
    const hox__node *filled;
    hox__node *fresh; /* found while deriving: where `content` must stand */
    hox_rng *rng;
    bool drew; /* something was left to chance */
};

/* Called when the kids of a node are made. */
void hox__guide_spread(hox_walk *walk, hox__node *node);

/* Derives on `to` by the guide. HOX_ERR_ARGUMENT with the reason: no sentence comes of it. */
hox_status hox__guided(hox_walk *to, struct hox__guide *guide, hox_error *err);

/* The question that gives a count all by itself, or NULL. */
const hox__node *hox__count_question(const hox__node *count);
/* The answer with which it is `n`; false: it cannot be. */
bool hox__count_answer(const hox__node *question, int n, hox_answer *answer);

/* The k-th edge that is there, or that is not. NULL past the end. */
const hox__node *hox__edge_at(const hox_walk *walk, bool there, int k);

/* Edits whose new part says `content` (NULL: drawn). */
hox_status hox__edit_insert_content(const hox_walk *from, const char *path, int at,
                                    const hox__row *content, hox_rng *rng, hox_walk *to,
                                    hox_error *err);
hox_status hox__edit_edge_content(const hox_walk *from, const hox__node *edge, bool there,
                                  const hox__row *content, hox_rng *rng, hox_walk *to,
                                  hox_error *err);

#endif
