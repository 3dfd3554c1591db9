/* What processes of a study say to each other: one JSON object a line. A trial reports as a program
 * would over HOX_FD: {"step":3,"accuracy":0.81}, and says its result at the end. */
#ifndef HOX_STUDY_WIRE_H
#define HOX_STUDY_WIRE_H

#include <hox/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOX__WIRE_LINE_MAX = 1 << 20, HOX__WIRE_TEXT_MAX = 400, HOX__SCORES_MAX = 8 };

typedef enum {
    HOX__LINE_OTHER,  /* not understood: nothing is made of it */
    HOX__LINE_REPORT, /* {"step":,"steps":,"accuracy":,"loss":,"train_loss":,"progress":,"end":} */
    HOX__LINE_RESULT, /* {"value":,"epochs":,"params":,"memory":,"kept":} */
    HOX__LINE_FAILED, /* {"failed":reason,"detail":} */
    HOX__LINE_READY,  /* {"ready":true,"train":,"test":,"height":,...,"data_hash":} */
    HOX__LINE_ERROR,  /* {"error":message,"status":,"code":} */
    HOX__LINE_SCORE,  /* {"score":,"standard_error":,"params":,"bytes":} */
} hox__line_kind;

typedef struct {
    hox__line_kind kind;
    /* REPORT, RESULT */
    int64_t step, steps, params, memory_bytes;
    double accuracy, loss, train_loss, progress, value;
    bool epoch_end, kept; /* kept: the model was saved */
    bool wait;            /* REPORT: the trial waits for a line {"go":} */
    /* Of programs: what they measured, each goal, and by how much bounds are broken. */
    double score[HOX__SCORES_MAX], violation;
    int scores;                       /* 0: none were said */
    char metrics[HOX__WIRE_TEXT_MAX]; /* a JSON object; "": none */
    /* FAILED, ERROR */
    char reason[24], text[HOX__WIRE_TEXT_MAX], code[8];
    hox_status status;
    /* READY */
    int64_t train, test, height, width, channels, classes, fit, validate;
    char hash[65];
    /* SCORE */
    double standard_error;
    int64_t bytes;
} hox__line;

/* Never fails: what cannot be read is HOX__LINE_OTHER. */
void hox__line_read(const char *s, size_t n, hox__line *line);

/* Writes `line` and a newline to `fd`. */
hox_status hox__line_write(int fd, const hox__line *line);

/* Waits for the answer to a report; true: go on. False: stop, or nobody answers. */
bool hox__line_go_on(int fd);

/* FAILED, with the words of `err`. */
hox_status hox__line_failed(int fd, const char *reason, const hox_error *err);

#endif
