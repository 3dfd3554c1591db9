/* Running a study from the command line: the part that search and resume share. */
#ifndef HOX_CLI_RUN_H
#define HOX_CLI_RUN_H

#include "cli/cli.h"
#include <hox/study.h>

/* Options that both have; a macro because tables are constants. */
#define HOX__RUN_OPTIONS                                                                             \
    {"trials", 'n', HOX__OPTION_INT, HOX__OPTION_COMMON, "N", "end after N trials", NULL, NULL},     \
        {"time",                                                                                     \
         't',                                                                                        \
         HOX__OPTION_DURATION,                                                                       \
         HOX__OPTION_COMMON,                                                                         \
         "DUR",                                                                                      \
         "end after this long: 90s, 2m, 1h30m",                                                      \
         NULL,                                                                                       \
         NULL},                                                                                      \
        {"epochs", 0, HOX__OPTION_INT, 0, "N", "end after N epochs of training in all", NULL, NULL}, \
        {"target",                                                                                   \
         0,                                                                                          \
         HOX__OPTION_TEXT,                                                                           \
         HOX__OPTION_REPEAT,                                                                         \
         "V",                                                                                        \
         "end when a trial is as good as V; search: a table's column to learn",                      \
         NULL,                                                                                       \
         NULL},                                                                                      \
        {"jobs",                                                                                     \
         'j',                                                                                        \
         HOX__OPTION_INT,                                                                            \
         HOX__OPTION_COMMON,                                                                         \
         "N",                                                                                        \
         "trials at the same time; 0: others run them",                                              \
         "cores",                                                                                    \
         NULL},                                                                                      \
        {"threads", 0, HOX__OPTION_INT, 0, "N", "threads of one trial (of a network)", "1", NULL},   \
        {"memory",                                                                                   \
         0,                                                                                          \
         HOX__OPTION_BYTES,                                                                          \
         0,                                                                                          \
         "SIZE",                                                                                     \
         "of one trial: 500Mi, 2G",                                                                  \
         "80 % of the machine / jobs",                                                               \
         NULL},                                                                                      \
        {"timeout", 0, HOX__OPTION_DURATION, 0, "DUR", "of one trial", "none", NULL},                \
        {"cpu", 0,   HOX__OPTION_DURATION, 0, "DUR", "processor time of one trial, of a program",    \
         "any", NULL},                                                                               \
        {"grace", 0,   HOX__OPTION_DURATION, 0, "DUR", "from asking a program to end to killing it", \
         "30s",   NULL},                                                                             \
        {"retries", 0,   HOX__OPTION_INT, 0, "N", "of a trial that was killed from outside",         \
         "1",       NULL},                                                                           \
        {"keep-going",                                                                               \
         0,                                                                                          \
         HOX__OPTION_FLAG,                                                                           \
         0,                                                                                          \
         NULL,                                                                                       \
         "go on when the first 3 trials all fail alike",                                             \
         NULL,                                                                                       \
         NULL},                                                                                      \
        {"progress",                                                                                 \
         0,                                                                                          \
         HOX__OPTION_WORD,                                                                           \
         0,                                                                                          \
         "live|line|json|none",                                                                      \
         "what stderr shows meanwhile",                                                              \
         "live on a terminal, else line",                                                            \
         NULL},                                                                                      \
    {                                                                                                \
        "output", 'o', HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "MODEL",           \
            "where the best network is saved", "STUDY.hoxm", "file"                                  \
    }

/* --threads; 0: not given. */
hox_status hox__threads_read(hox__cli *cli, int *threads);

/* From the flags. HOX_ERR_ARGUMENT: what they say cannot be done here. */
hox_status hox__run_options_read(hox__cli *cli, hox_run_options *options);
/* -j 0 in a space that nothing here could run: others ask and tell. */
bool hox__run_is_told(const hox_space *space, const hox_run_options *options);
bool hox__run_has_bound(const hox_run_options *options);

/* What became of the trials when the study was opened in a changed space; nothing else. */
void hox__put_amendment(hox__cli *cli, const hox_study *study);

/* Runs, shows how it goes, saves the best model, reads the test set once and prints the result.
 * Returns the exit code. */
int hox__run_study(hox__cli *cli, hox_study *study, hox_run_options *options);

#endif
