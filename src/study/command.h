/* One trial of a program, and the process that minds it: command.c starts it, minder.c watches it,
 * minder_end.c says what became of it. */
#ifndef HOX_STUDY_COMMAND_H
#define HOX_STUDY_COMMAND_H

#include "base/program.h"
#include "study/objective.h"
#include "study/runnable.h"
#include "study/values.h"

enum { HOX__FILES_MAX = 4, HOX__LAST_MAX = 5, HOX__LAST_BYTES = 200 };

/* What a program prints, kept within bounds: the first part as it comes, the last part at the end.
 */
enum { HOX__LOG_HEAD = 128 << 10, HOX__LOG_TAIL = 128 << 10 };
typedef struct {
    int fd; /* to the file */
    size_t head, tail, at;
    int64_t total;
    char *ring; /* [HOX__LOG_TAIL]; NULL until it is needed */
} hox__log;

void hox__log_add(hox__log *log, const char *s, size_t n);
void hox__log_end(hox__log *log);

/* A metric's file as far as it was read. */
typedef struct {
    const char *name;    /* as in the metric */
    const char *path[2]; /* in the trial's folder; where hox was started */
    size_t size, done;
} hox__followed;

typedef struct {
    const hox__runnable *runnable;
    const hox__task *task;
    hox__arena *arena;
    hox__values values;
    hox__program program;
    hox__lines *output, *channel, *orders;
    int fd, signals; /* to the controller; of children and SIGTERM */
    hox__metric_reader reader;
    hox__followed file[HOX__FILES_MAX];
    int files;
    hox__log log;
    char last[HOX__LAST_MAX][HOX__LAST_BYTES]; /* lines printed last, a ring */
    int lasts;
    double *curve[HOX__AIMS_MAX]; /* values of each goal, for its reduction: [reports] */
    int64_t reports, room;
    bool over; /* the program itself has ended */
    bool gone; /* nobody listens to us any more */
    bool ended_by_us;
    double dead_cpu_s;                                 /* of the programs of earlier trials */
    double began_s, looked_at_s, term_at_s, kill_at_s; /* 0: not to be sent (any more) */
    int64_t began_ms;
    bool paused; /* at paused_at; what comes after that step is not wanted */
    int64_t paused_at;
    const char *reason; /* why we ended it: "", memory, timeout, nan; NULL: we did not */
    char detail[HOX__WIRE_TEXT_MAX];
    hox__child_end end;
} hox__minder;

/* minder.c: from the start of the program to its end; nothing of it is left then. */
void hox__minder_watch(hox__minder *m);

/* minder_end.c: the last line to the controller. */
hox_status hox__minder_judge(hox__minder *m);

/* The value of goal `i` by its reduction; NaN: none. */
double hox__minder_value(const hox__minder *m, int goal);

/* A further entry of the curves, or what is known now in the last one. */
void hox__minder_note(hox__minder *m, bool fresh);

/* {"acc":0.87,"loss":0.4}, everything known; and the scores. */
void hox__minder_fill(const hox__minder *m, hox__line *line);

#endif
