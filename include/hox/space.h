/* Spaces, walks and sentences: the heart of Hox.
 *
 * A space is a grammar with choices. A walk derives one of its sentences by asking questions;
 * whoever searches answers them. A sentence is a space with exactly one member: its text is a .hox
 * file.
 *
 *     hox_walk *w = hox_walk_new(space, &err);
 *     const hox_choice *q;
 *     while ((q = hox_walk_next(w)) != NULL)
 *         hox_walk_answer(w, decide(q), &err);
 *     hox_walk_finish(w, &sentence, &err);
 */
#ifndef HOX_SPACE_H
#define HOX_SPACE_H

#include <hox/diagnostics.h>
#include <hox/export.h>
#include <hox/rng.h>
#include <hox/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hox_space hox_space;
typedef struct hox_walk hox_walk;
typedef struct hox_sentence hox_sentence;

/* ---- terms: what a sentence means ---- */

typedef enum {
    HOX_TERM_NUMBER, /* number */
    HOX_TERM_WORD,   /* name: a bare word such as `same`, `yes`, `maximize`, or a layer without
                        arguments in a free space */
    HOX_TERM_TEXT,   /* name: the characters of a "string" */
    HOX_TERM_RANGE,  /* budget low .. high: the one range that a sentence keeps; number = high */
    HOX_TERM_LIST,   /* part[n] */
    HOX_TERM_CHAIN,  /* part[n], 0 or at least 2 of them: `nothing` is the empty chain */
    HOX_TERM_CALL, /* name(label[i]: part[i]): a native layer, optimizer, schedule, data word; every
                      declared parameter is there, defaults put in. Undeclared words in free spaces
                      have label "" when positional. */
} hox_term_kind;

/* A tree owned by its sentence. Rules, choices, repetitions and composed layers are gone;
 * arithmetic is computed. The words `same` and `classes` stay words: who builds the network knows
 * the sizes. */
typedef struct hox_term hox_term;
struct hox_term {
    hox_term_kind kind;
    const char *name;
    const char *path; /* net/stage[1]/unit[0]/block/conv[0]: names weights and random streams; equal
                         paths occur only for uses of one `shared` rule, which share weights */
    double number, low;
    bool integral;
    int n;
    const hox_term *const *part; /* [n] */
    const char *const *label;    /* CALL: [n] */
};

/* The argument called `name` of a CALL, or NULL. */
HOX_API const hox_term *hox_term_get(const hox_term *term, const char *name);
/* The same words, numbers and arguments in the same order; paths do not count. */
HOX_API bool hox_term_same(const hox_term *a, const hox_term *b);
HOX_API double hox_term_number(const hox_term *term, const char *name, double fallback);
HOX_API const char *hox_term_word(const hox_term *term, const char *name, const char *fallback);
/* `term` as a sequence of CALLs and WORDs: *n parts of a chain; a single CALL is a sequence of one;
 * the empty chain gives 0. */
HOX_API const hox_term *const *hox_term_parts(const hox_term *const *term, int *n);

/* ---- spaces ---- */

/* What the data says about the ends of the network: one of the three inputs, and the output. The
 * shape that enters `net` is image(height, width, channels), vector(features) or
 * tokens(length, vocabulary); 0 is unknown. */
typedef struct {
    int64_t height, width, channels; /* of an image */
    int64_t classes;                 /* width of the output: classes, 1 for a number, the vocabulary
                                        when the next token is asked for */
    int64_t features;                /* of a row of a table, as the network sees it */
    int64_t length, vocabulary;      /* of a text: tokens of an example, different tokens */
} hox_facts;

typedef struct {
    /* Asks about the source of the `data` chain, e.g. the CALL idx(name: "fashion-mnist"): true and
     * *facts when known. NULL: only `shape:`/`classes:` arguments and the built-in table of known
     * sets are used. */
    bool (*facts)(void *ctx, const hox_term *source, hox_facts *facts);
    void *ctx;
    /* Reads a vocabulary that is not built in (HOX_PATH): malloc-like result freed with
     * hox_text_free(), or NULL. */
    char *(*vocabulary)(void *ctx, const char *name, size_t *n);
} hox_space_options;

/* Parses and checks. `options` and `list` may be NULL. Returns HOX_OK with warnings at most;
 * otherwise the errors are in `list`, *space is NULL and the status is that of the first one. A
 * space none of whose sentences meets its requirements is HOX_ERR_EMPTY. */
HOX_API hox_status hox_space_load(const char *name, const char *text, size_t n,
                                  const hox_space_options *options, hox_diagnostics *list,
                                  hox_space **space);
HOX_API void hox_space_free(hox_space *space);

/* The text it was made from; SHA-256 of its canonical print, in hexadecimal (the spec hash).
 * Borrowed. */
HOX_API const char *hox_space_text(const hox_space *space);
HOX_API const char *hox_space_hash(const hox_space *space);
HOX_API bool hox_space_is_sentence(const hox_space *space); /* no question to ask */
HOX_API const hox_facts *hox_space_facts(const hox_space *space);
HOX_API bool hox_space_has(const hox_space *space,
                           const char *root); /* net, train, data, command ... */
HOX_API const char *hox_space_root(const hox_space *space, int i); /* in file order; NULL past */

/* The root `search`, `objective`, `command`, `data` (when it holds no choice) as a term; NULL when
 * absent or not constant. Borrowed. */
HOX_API const hox_term *hox_space_constant(const hox_space *space, const char *root);

/* The `budget` range: false when there is none. */
HOX_API bool hox_space_budget(const hox_space *space, double *low, double *high, const char **root);

/* log10 of the number of walks when every range of reals counts as 1 value, an upper estimate that
 * ignores masks; `reals` is how many real questions one walk can ask. */
HOX_API double hox_space_size_log10(const hox_space *space, int *reals);

/* ---- walks ---- */

typedef enum { HOX_ASK_CHOICE, HOX_ASK_INT, HOX_ASK_REAL } hox_question;
typedef enum { HOX_ORDER_NOMINAL, HOX_ORDER_ORDINAL, HOX_ORDER_LOG } hox_order;

typedef union {
    int64_t index; /* CHOICE: the branch; INT: the value */
    double real;   /* REAL: the value */
} hox_answer;

/* One question. Borrowed; valid until the next call on the walk. */
typedef struct {
    hox_question kind;
    const char *path; /* stable: the same question has the same path in every walk of the space */
    uint64_t key;     /* hox_path_key(path) */
    int index;        /* how many were asked before */
    /* CHOICE */
    int n;
    const double *weight; /* [n] > 0 */
    const bool *mask; /* [n]: may this answer still lead to a legal sentence? at least one may */
    const char *const *text; /* [n] as written, shortened */
    const double *value;     /* [n] numbers of an ordinal choice, or NULL */
    hox_order order;
    /* INT, REAL: uniform (in the logarithm) on low, low+step .. high; step 0: continuous, 1: every
     * integer; factor after log */
    double low, high, step;
    bool is_log;
    hox_answer fallback; /* of the default sentence (decisions 2.4), already feasible */
    bool fallback_said;  /* INT, REAL: the space says it, by `~`; else it is the middle */
} hox_choice;

HOX_API hox_walk *hox_walk_new(const hox_space *space, hox_error *err); /* NULL: memory */
HOX_API void hox_walk_free(hox_walk *walk);
HOX_API void hox_walk_restart(hox_walk *walk);

/* The next question; NULL when nothing is left to ask, or when the walk has come to a dead end
 * (hox_walk_dead). */
HOX_API const hox_choice *hox_walk_next(hox_walk *walk);
HOX_API bool hox_walk_dead(const hox_walk *walk);

/* Answers the question last asked. HOX_ERR_ARGUMENT when the answer is outside the domain or
 * masked. */
HOX_API hox_status hox_walk_answer(hox_walk *walk, hox_answer answer, hox_error *err);

/* A draw from the prior of `choice`, renormalised over its mask. */
HOX_API hox_answer hox_choice_draw(const hox_choice *choice, hox_rng *rng);
HOX_API bool hox_choice_admits(const hox_choice *choice, hox_answer answer);

/* Asks `answer` everything; a dead end or a broken requirement starts the walk again (attempt
 * counts from 0), at most HOX_ATTEMPTS_MAX times, then HOX_ERR_EMPTY. An answer that is not
 * admitted is HOX_ERR_ARGUMENT. On HOX_OK the walk is complete and meets every requirement.
 * *attempts (may be NULL) is how many walks it took. */
enum { HOX_ATTEMPTS_MAX = 1000 };
typedef hox_answer (*hox_answerer)(void *ctx, const hox_choice *choice, int attempt);
HOX_API hox_status hox_walk_derive(hox_walk *walk, hox_answerer answer, void *ctx, int *attempts,
                                   hox_error *err);

/* Two answerers that everybody needs. `ctx`: hox_rng * drawing from the prior; NULL for the default
 * sentence. */
HOX_API hox_answer hox_answer_prior(void *ctx, const hox_choice *choice, int attempt);
HOX_API hox_answer hox_answer_default(void *ctx, const hox_choice *choice, int attempt);

/* FNV-1a of the path, 64 bits: the same in every walk, on every machine. */
HOX_API uint64_t hox_path_key(const char *path);

/* The answers so far, in order. Borrowed from the walk until it starts again, paths included: what
 * is kept for longer goes by the key. */
typedef struct {
    const char *path;
    uint64_t key;
    hox_question kind;
    hox_answer answer;
} hox_answered;
HOX_API const hox_answered *hox_walk_answers(const hox_walk *walk, int *n);

/* "3;0.0123;1": the answers as text, shortest numbers; and back: walks again from the start.
 * HOX_ERR_ARGUMENT names the first answer that does not fit. */
HOX_API char *hox_walk_text(const hox_walk *walk); /* hox_text_free() */
HOX_API hox_status hox_walk_read(hox_walk *walk, const char *text, hox_error *err);

/* HOX_OK; or HOX_ERR_EMPTY with the reason when the walk is dead or a requirement does not hold.
 * The sentence is the caller's and does not need the walk; it needs the space. */
HOX_API hox_status hox_walk_finish(hox_walk *walk, hox_sentence **sentence, hox_error *err);

/* Is the sentence `text` (n bytes, called `name`) a member of the space? HOX_OK: *walk, the
 * caller's, is complete and derives it; of several walks it is the first in the order of
 * declaration. Names of rules and arguments as they print count where they can, else only the
 * network and the values do. Mistakes of the text are in `list` (may not be NULL). Not a member:
 * HOX_ERR_ARGUMENT with what was met that the space does not give. `options` as for
 * hox_space_load(). */
HOX_API hox_status hox_space_member(const hox_space *space, const char *name, const char *text,
                                    size_t n, const hox_space_options *options,
                                    hox_diagnostics *list, hox_walk **walk, hox_error *err);

/* ---- edits ---- */

/* An edit derives on `to`, a walk of the same space, what the complete walk `from` says, but for
 * one thing. Answers that the change leaves alone stay, as long as they are still allowed; what is
 * new or no longer allowed is drawn from the prior with `rng`, or, without one, is a reason to
 * fail. HOX_OK: `to` is complete and meets every requirement. HOX_ERR_ARGUMENT: the reason why no
 * sentence comes of it; `to` is then to be restarted. `from` is unchanged; `to` is another walk. */

/* The question of `path` is answered `answer`. */
HOX_API hox_status hox_edit_set(const hox_walk *from, const char *path, hox_answer answer,
                                hox_rng *rng, hox_walk *to, hox_error *err);

/* A value beside `old`: uniform among those from old / within to old * within, without `old`. Real
 * logarithmic ranges by the logarithm; grids, counts and ordinal choices among their values; with a
 * factor of less than 1 the next values on either side; words among all others. false: there is
 * none. */
HOX_API bool hox_choice_neighbour(const hox_choice *choice, hox_answer old, double within,
                                  hox_rng *rng, hox_answer *answer);
/* Sets the question of `path` to a neighbour of its answer. */
HOX_API hox_status hox_edit_nudge(const hox_walk *from, const char *path, double within,
                                  hox_rng *rng, hox_walk *to, hox_error *err);

/* Every question whose path begins with `path` is drawn anew. "" draws all. */
HOX_API hox_status hox_edit_redraw(const hox_walk *from, const char *path, hox_rng *rng,
                                   hox_walk *to, hox_error *err);

/* Repetitions and graphs whose number of elements is a question of its own: x{1..4}, nodes of a
 * dag, layers of a chain, leaves of a tree. */
typedef struct {
    const char *path;  /* of the question; borrowed from the walk */
    int elements;      /* now */
    bool edges;        /* a graph with networks on edges */
    const char *where; /* net/trunk/chain: of the graph; NULL for a repetition */
} hox_places;
/* The k-th of them; false past the end. */
HOX_API bool hox_walk_places(const hox_walk *walk, int k, hox_places *places);

/* One element more in front of element `at` (at = elements: behind the last): drawn, or like
 * element `like` when that is not negative. Edges to and from it are `none` where that is a branch.
 */
HOX_API hox_status hox_edit_insert(const hox_walk *from, const char *path, int at, int like,
                                   hox_rng *rng, hox_walk *to, hox_error *err);
/* Element `at` goes; in a chain its reader reads what it read. */
HOX_API hox_status hox_edit_delete(const hox_walk *from, const char *path, int at, hox_rng *rng,
                                   hox_walk *to, hox_error *err);

/* An edge of a graph by the path of its network, net/dag.edge[3] or net/chain.skip[0]: taken away
 * (becomes `none`), or put where there is none (another branch, drawn). */
HOX_API hox_status hox_edit_edge(const hox_walk *from, const char *path, bool there, hox_rng *rng,
                                 hox_walk *to, hox_error *err);

/* A use of a rule in `from` becomes what a use of the same rule says in `other`, both drawn among
 * those whose rule is called `rule` (NULL: any). */
HOX_API hox_status hox_edit_cross(const hox_walk *from, const hox_walk *other, const char *rule,
                                  hox_rng *rng, hox_walk *to, hox_error *err);

/* One of all these, drawn: first its kind, then its place. *what (may be NULL), at least 80 bytes,
 * says which. Tries others when one comes to nothing; re-drawing everything is the last. */
HOX_API hox_status hox_edit_any(const hox_walk *from, const hox_walk *other, hox_rng *rng,
                                hox_walk *to, char what[80], hox_error *err);

/* How far apart two complete walks of one space are, 0 .. 1: the mean over all questions of either
 * of 0 for equal answers, the distance on the range's own scale (as a part of it) for numbers, 1
 * for different words and for questions that only one of them was asked. */
HOX_API double hox_walk_distance(const hox_walk *a, const hox_walk *b);

/* ---- sentences ---- */

HOX_API void hox_sentence_free(hox_sentence *sentence);
HOX_API const hox_term *hox_sentence_root(const hox_sentence *sentence,
                                          const char *root); /* NULL: absent */

/* The sentence as a .hox file (with `walk = "…"` when asked): parses back to the same sentence.
 * hox_text_free(). */
HOX_API char *hox_sentence_text(const hox_sentence *sentence, bool with_walk);

/* One line for people: conv 5x5x32 > norm > relu > pool 2 > dense 10. hox_text_free(). */
HOX_API char *hox_sentence_summary(const hox_sentence *sentence);

/* SHA-256, hexadecimal, of the canonical network + printed data, train, schedule, batch
 * (decisions 1.4, without the budget): names of rules, `nothing` and grouping do not count. */
HOX_API const char *hox_sentence_key(const hox_sentence *sentence);

/* Cost of the network for one example, from the layers' declarations; 0 when shapes are unknown. */
typedef struct {
    double params; /* trained scalars, shared ones once */
    double flops;  /* 2 x forward multiply-adds of convolutions and products */
    double depth;  /* most layers with weights or pooling on a path */
} hox_cost;
HOX_API hox_cost hox_sentence_cost(const hox_sentence *sentence);

/* Parameters by shortest unique name, for tables: decoded from the walk. Borrowed from the
 * sentence. */
typedef struct {
    const char *path;
    const char *value; /* as text */
} hox_parameter;
HOX_API const hox_parameter *hox_sentence_parameters(const hox_sentence *sentence, int *n);

#endif
