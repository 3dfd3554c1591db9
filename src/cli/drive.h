/* Driving a study from outside, what ask, tell and report share. */
#ifndef HOX_CLI_DRIVE_H
#define HOX_CLI_DRIVE_H

#include "cli/cli.h"
#include "cli/view.h"
#include "study/ask.h"

#define HOX__WAIT_OPTION                                                                           \
    {                                                                                              \
        "wait", 0, HOX__OPTION_DURATION, 0, "DUR", "for the store, while somebody else has it",    \
            "30s", NULL                                                                            \
    }
#define HOX__LEASE_OPTIONS                                                                         \
    {"lease", 0,   HOX__OPTION_TEXT, 0, "WORD", "the word that `hox ask` gave with the trial",     \
     NULL,    NULL},                                                                               \
    {                                                                                              \
        "lease-time", 0, HOX__OPTION_DURATION, 0, "DUR", "until it is given to somebody else",     \
            "1h", NULL                                                                             \
    }

hox_status hox__drive_join(hox__cli *cli, const hox__subject *subject, hox__stay stay,
                           hox_study **study);
double hox__drive_lease_s(const hox__cli *cli);

/* NAME=VALUE words: what was measured. */
enum { HOX__MEASURES_MAX = 32 };
typedef struct {
    char name[HOX__MEASURES_MAX][64];
    double value[HOX__MEASURES_MAX];
    int n;
} hox__measures;
hox_status hox__measures_read(hox__cli *cli, int from, hox__measures *out);

/* Fills value, scores, metrics and violation; the texts are the caller's to free. `value` alone
 * means the first goal. HOX_ERR_ARGUMENT: a goal was not said. */
hox_status hox__measures_tell(const hox__measures *measures, const hox_study *study,
                              hox__told *told, hox__text *scores, hox__text *metrics,
                              hox_error *err);

#endif
