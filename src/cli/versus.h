/* Studies side by side, what compare and bench share: finding them by the names that bench gives
 * (SPEC+STRATEGY+SEED), and printing what the statistics say. */
#ifndef HOX_CLI_VERSUS_H
#define HOX_CLI_VERSUS_H

#include "cli/cli.h"
#include "study/contest.h"

#define HOX__VERSUS_OPTIONS                                                                        \
    {"show",                                                                                       \
     0,                                                                                            \
     HOX__OPTION_WORD,                                                                             \
     HOX__OPTION_COMMON,                                                                           \
     "groups|pairs|anytime|problems",                                                              \
     "the table for tsv, csv and md; people and JSON see all",                                     \
     "groups",                                                                                     \
     NULL},                                                                                        \
    {                                                                                              \
        "fail-if", 0, HOX__OPTION_WORD, HOX__OPTION_COMMON, "worse|better|different|not-better",   \
            "exit 1 when some group is that against the first", NULL, NULL                         \
    }

/* The names that a bench gives: parts of "fashion+random+3". False: it is not of a bench. */
typedef struct {
    char problem[200], strategy[200];
    uint64_t seed;
} hox__bench_name;
bool hox__bench_name_read(const char *study, hox__bench_name *out);

/* Adds the studies that the word names to the contest: one study, a strategy of a bench
 * (fashion/random), all strategies of one (fashion); "": every bench of the store. E0605: none. */
hox_status hox__versus_add(hox__cli *cli, hox__contest *contest, const char *word);

/* Exit code. `target`: NaN, or a value to be reached. */
int hox__versus_print(hox__cli *cli, hox__contest *contest, double target);

#endif
