/* The inside of the warm process; see warm.h. */
#ifndef HOX_STUDY_WARM_SERVER_H
#define HOX_STUDY_WARM_SERVER_H

#include "study/objective.h"
#include "study/store.h"

typedef struct {
    const hox__objective *objective;
    const hox__objective_input *input;
    hox__store *store; /* the controller's: given up first of all */
} hox__warm_context;

/* The main of the process; `ctx` is a hox__warm_context. */
int hox__warm_main(int fd, void *ctx);

#endif
