/* A study in memory: what its files share. Everything here is rebuilt from the store's log. */
#ifndef HOX_STUDY_STUDY_H
#define HOX_STUDY_STUDY_H

#include "base/arena.h"
#include "base/table.h"
#include "search/strategy.h"
#include "study/allocator.h"
#include "study/inherit.h"
#include "study/objective.h"
#include "study/past.h"
#include "study/store_write.h"
#include "study/warm.h"
#include <hox/study.h>

/* What is kept of each trial for as long as the study is open. */
typedef struct {
    hox_trial_state state;
    bool again;       /* asked and not begun, or cut off: to be run (again) */
    int64_t lease_ms; /* of the boot clock: somebody else runs it until then; 0: nobody */
    hox_verdict said; /* of its last report: STOP and PAUSE are orders to end */
    int64_t step;     /* of its last report */
    double value;     /* then */
    int64_t lost;     /* how often a worker was lost with it */
    bool begun;       /* it was started once */
    bool outside;     /* of the space as it is now: no method knows it */
    double budget;    /* up to which it runs, when begun */
    int64_t from;     /* the step at which it was paused; 0: it never was */
} hox__trial_note;

enum { HOX__KEY_DIGITS = 32 }; /* of a key: half of a SHA-256 tells sentences apart */

/* What a study kept when its space was changed (amend.h). */
typedef struct {
    bool made;
    int64_t trials, inside; /* those that have ended; of them sentences of the new space */
    int64_t moved, dropped; /* those that have not: they go on, or end as infeasible */
} hox__amendment;

struct hox__remote;

/* For how long somebody asks and tells. */
typedef enum {
    HOX__STAY_LONG,
    HOX__STAY_ONCE, /* one command */
    HOX__STAY_TELL, /* one report or result, for which most logs need not be replayed */
} hox__stay;

struct hox_study {
    hox__arena *arena; /* the texts below */
    hox__store *store;
    struct hox__remote *owner; /* another process has the store: we only look into it; NULL: ours */
    hox_space *space;
    hox_walk *walk; /* for replays and suggestions, one after the other */
    int64_t id;
    const char *name, *path, *strategy_text, *objective_text, *metric, *data_text, *data_folder;
    const char *settings; /* of the last run, JSON */
    bool maximize, no_default;
    bool told;                /* opened to ask and tell: nothing is run here */
    hox__stay stay;           /* for how long, when it is opened to ask and tell */
    bool unheard;             /* so, and no rule has to hear it: the log is not replayed */
    bool looked_at;           /* opened to verify: nothing is written, the log is not replayed */
    hox__amendment amendment; /* made when it was opened */
    uint64_t seed;
    hox_rng root;
    double budget; /* the most a trial is granted; 0: the space has none */

    const hox_strategy *strategy;
    void *state;

    const hox_allocator *allocator; /* NULL: every trial runs its whole budget */
    void *allocator_state;
    const char *allocator_text; /* "": none */

    hox__inheritance *inheritance; /* of an earlier study; NULL: none */
    hox__past *past;               /* spaces it had; NULL: it always had this one */
    int era;                       /* opened to verify what was before amendment `era`; -1: all */

    const hox__objective *objective;
    hox__aim aim;
    hox__objective_input input;
    hox__warm *warm;
    hox__line ready; /* what the objective said of its data */

    hox__trial_note *trial; /* [trials] */
    int64_t trials, room;
    bool has_leases;       /* some trial was leased once */
    char boot[40];         /* leases of another boot have ended */
    hox__table *keys;      /* of sentences tried -> number of the first trial + 1 */
    int64_t sentences_max; /* how many the space has; 0: not counted yet; INT64_MAX: too many */
    int64_t done, pruned, failed, paused, epochs;
    int64_t first_paused; /* no trial before this one is paused */
    int64_t put_down;     /* trials paused since the checkpoints were counted */
    bool has_best;
    uint64_t best_trial;
    double best_value;
    int64_t alike;   /* trials from the first on that all failed for the same reason */
    char reason[24]; /* that reason */
    int jobs;        /* of the last run */
};

/* ---- notes.c: what has happened ---- */

/* A trial was asked: the strategy, the keys and the notes learn it. `walk` is complete. */
hox_status hox__study_asked(hox_study *study, uint64_t trial, hox_walk *walk, const char *key,
                            hox_error *err);

/* It runs up to `budget`, from its beginning or from where it was paused. */
hox_status hox__study_started(hox_study *study, uint64_t trial, double budget, hox_error *err);
void hox__study_leased(hox_study *study, const hox__event *lease); /* or a start that leases it */

/* It came to a step: may it go on? What is decided follows from the log alone. */
hox_status hox__study_reported(hox_study *study, const hox__event *report, hox_verdict *verdict,
                               hox_error *err);

/* It ended, as the event says. A trial that was cut off stays pending, a paused one may go on. */
hox_status hox__study_ended(hox_study *study, const hox__event *end, hox_error *err);

/* Does somebody else run it, by a lease that has not ended? How many are there of those? */
bool hox__trial_is_leased(const hox_study *study, int64_t trial);
int64_t hox__trials_leased(const hox_study *study);

/* Makes all of that from the store's log. `check` (NULL: none) sees each trial.ask when all that
 * was before it is known; what it returns but HOX_OK ends the replay. */
typedef hox_status (*hox__ask_check)(void *ctx, const hox__event *ask);
hox_status hox__study_replay(hox_study *study, hox__ask_check check, void *ctx, hox_error *err);

bool hox__study_better(const hox_study *study, double a, double b);

/* What a report says of the first goal. */
double hox__study_value_of(const hox_study *study, const hox__line *report);

/* ---- suggest.c: what to try next ---- */

#define HOX__BY_DEFAULT "default" /* the default sentence */
#define HOX__BY_WARM    "warm"    /* among the best of the studies that it begins from */
#define HOX__BY_USER    "user"    /* --try, retry: not the strategy's, nor to be expected of it */

typedef struct {
    uint64_t trial, seed;
    hox_sentence *sentence; /* the caller's */
    char *walk;             /* hox_text_free() */
    char key[65];
    int64_t repeat_of; /* -1: new */
    const char *by;    /* who proposed it: the strategy's name, or HOX__BY_... */
    double seconds;    /* that the proposal took */
} hox__suggestion;

/* On study->walk. HOX_DONE: nothing is left; HOX_WAIT: ask after the next end. */
hox_status hox__study_suggest(hox_study *study, uint64_t trial, hox__suggestion *out,
                              hox_error *err);

/* The complete walk in study->walk: its sentence, text, key and whom it repeats. */
hox_status hox__study_write_down(hox_study *study, hox__suggestion *out, hox_error *err);

/* The trial again as the store has it, in the space of now. */
hox_status hox__study_recall(hox_study *study, uint64_t trial, hox__suggestion *out,
                             hox_error *err);

/* The sentence, text and key of a walk; the rest of *out stays. */
hox_status hox__study_retell(hox_study *study, const char *walk, hox__suggestion *out,
                             hox_error *err);
void hox__suggestion_free(hox__suggestion *suggestion);

/* The trial with answers that somebody else says. */
hox_status hox__study_propose(hox_study *study, uint64_t trial, const char *walk,
                              hox__suggestion *out, hox_error *err);

/* trial.c: the event; the strategy learns it. */
hox_status hox__study_write_asked(hox_study *study, const hox__suggestion *what, hox_error *err);

/* ---- turn.c: what runs next ---- */

typedef struct {
    bool again; /* trials that were cut off, too */
    bool begin; /* new trials, too */
} hox__turn_options;

typedef struct {
    hox__suggestion what;
    double budget; /* up to which it runs; 0: the space has none */
    int64_t from;  /* the step it was paused at; 0: it begins */
    bool known;    /* it was asked before */
    bool waiting;  /* there are trials that were cut off or enqueued */
} hox__turn;

/* First what was cut off, then what the allocator says: a paused trial that goes on, one that was
 * enqueued, a new one. HOX_DONE: nothing is left; HOX_WAIT: ask after the next event. */
hox_status hox__study_turn(hox_study *study, const hox__turn_options *options, hox__turn *turn,
                           hox_error *err);

/* Paused trials that can never go on; -1: there is none (any more). */
int64_t hox__study_left_behind(hox_study *study);

/* Opens to look: nothing is written, and the study is as it was before its first trial. `era`: with
 * the space that it had until its amendment of that number; -1: that of now. */
hox_status hox__study_open_to_verify(const char *store, const char *name, const char *data_folder,
                                     bool told, int era, hox_diagnostics *list, hox_study **study,
                                     hox_error *err);

/* How its spaces are read; borrows the study. */
hox_space_options hox__study_space_options(const hox_study *study);

/* study.c: to ask and tell. */
hox_status hox__study_open_to_drive(const char *store, const char *name, hox__stay stay,
                                    hox_study **study, hox_error *err);

/* study.c: `told`: to ask and tell, so that no data are read and nothing is started. */
hox_status hox__study_open(const char *store, const char *name, const char *data_folder, bool told,
                           hox_diagnostics *list, hox_study **study, hox_error *err);

/* The same of a store that `owner`, which is taken, has: nothing is replayed, and all that happens
 * goes through it. */
hox_status hox__study_open_through(struct hox__remote *owner, const char *store,
                                   const char *data_folder, bool told, hox_study **study,
                                   hox_error *err);

/* ---- strategy_text.c ---- */

/* Reads "evolution(population: 20)" or, when `text` is NULL, the space's `search`, else auto:
 * begins the strategy and sets its canonical text. */
hox_status hox__study_strategy(hox_study *study, const char *text, hox_error *err);

/* "median(trials: 5)"; "none": no allocator; NULL and "usual": what is usual for such a study. The
 * strategy's name may have said it already. */
hox_status hox__study_allocator(hox_study *study, const char *text, hox_error *err);

/* As it stands in the store of a study that goes on. */
hox_status hox__study_allocator_again(hox_study *study, const char *text, hox_error *err);

/* ---- models.c: files beside the store ---- */

/* STORE.d/STUDY/TRIAL in `arena`; NULL: memory. */
const char *hox__trial_folder(const hox_study *study, uint64_t trial, hox__arena *arena);

/* STORE.d/STUDY/TRIAL/model.hoxm, in `arena`; NULL: memory. */
const char *hox__model_path(const hox_study *study, uint64_t trial, hox__arena *arena);
void hox__model_drop(const hox_study *study, uint64_t trial); /* the whole folder */

/* What a trial needs to go on where it was put down. */
void hox__checkpoint_drop(const hox_study *study, uint64_t trial);

/* Keeps what paused trials have put down within bounds: those that came least far, and among them
 * the worst, begin anew should they ever go on, which changes no result. Nothing of programs is
 * removed. */
void hox__checkpoints_bound(hox_study *study);
bool hox__model_kept(const hox_study *study, uint64_t trial);

/* ---- settings.c: what a run was told, kept for the next (hox_study_options_fill) ---- */

char *hox__run_settings(const hox_study *study,
                        const hox_run_options *options); /* JSON; hox__free() */

#endif
