/* A space said on the command line: rules by -p, an objective by --max and --min, a program behind
 * `--`. It becomes a .hox text, which --print-spec shows. */
#ifndef HOX_CLI_PROGRAM_H
#define HOX_CLI_PROGRAM_H

#include "cli/cli.h"

#define HOX__PROGRAM_OPTIONS                                                                       \
    {"param",                                                                                      \
     'p',                                                                                          \
     HOX__OPTION_TEXT,                                                                             \
     HOX__OPTION_COMMON | HOX__OPTION_REPEAT,                                                      \
     "NAME=EXPR",                                                                                  \
     "a rule of the space: -p lr='log 1e-4 .. 1e-1'",                                              \
     NULL,                                                                                         \
     NULL},                                                                                        \
        {"max",                                                                                    \
         0,                                                                                        \
         HOX__OPTION_TEXT,                                                                         \
         HOX__OPTION_COMMON | HOX__OPTION_REPEAT,                                                  \
         "METRIC",                                                                                 \
         "what shall be large; again for several goals",                                           \
         NULL,                                                                                     \
         NULL},                                                                                    \
        {"min", 0,   HOX__OPTION_TEXT, HOX__OPTION_REPEAT, "METRIC", "what shall be small",        \
         NULL,  NULL},                                                                             \
        {"metric",                                                                                 \
         0,                                                                                        \
         HOX__OPTION_TEXT,                                                                         \
         HOX__OPTION_REPEAT,                                                                       \
         "NAME=SPEC",                                                                              \
         "where it is read: re:PATTERN json:KEY file:F#KEY exit time memory report",               \
         "auto",                                                                                   \
         NULL},                                                                                    \
        {"reduce", 0,   HOX__OPTION_TEXT, 0, "HOW", "a curve to one value: last, best, mean:5",    \
         "last",   NULL},                                                                          \
        {"bound",                                                                                  \
         0,                                                                                        \
         HOX__OPTION_TEXT,                                                                         \
         HOX__OPTION_REPEAT,                                                                       \
         "TEST",                                                                                   \
         "what a result must keep: --bound 'seconds <= 5'",                                        \
         NULL,                                                                                     \
         NULL},                                                                                    \
        {"template",                                                                               \
         0,                                                                                        \
         HOX__OPTION_TEXT,                                                                         \
         HOX__OPTION_REPEAT,                                                                       \
         "IN:OUT",                                                                                 \
         "fill IN into OUT in the trial's folder",                                                 \
         NULL,                                                                                     \
         NULL},                                                                                    \
        {"params-json",                                                                            \
         0,                                                                                        \
         HOX__OPTION_TEXT,                                                                         \
         0,                                                                                        \
         "FILE",                                                                                   \
         "values as JSON: - for standard input, or a file in the trial's folder",                  \
         NULL,                                                                                     \
         NULL},                                                                                    \
    {                                                                                              \
        "params-env", 0, HOX__OPTION_FLAG, 0, NULL, "the program reads HOX_P_ variables", NULL,    \
            NULL                                                                                   \
    }

/* Adds the lines that the flags mean to `out`. *any: there were some. Rules are checked one by one,
 * so that a position points into its own -p. */
hox_status hox__program_text(hox__cli *cli, hox__text *out, bool *any);

/* The rules alone, those of -p. */
hox_status hox__program_rules(hox__cli *cli, hox__text *out);

/* train.py for `python3 train.py`, train for `./train`. */
void hox__program_name(const hox__cli *cli, char *out, size_t size);

#endif
