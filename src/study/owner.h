/* What the owner of a store answers to others while it runs a study: they ask and tell, and their
 * trials count against the same budget as its own. */
#ifndef HOX_STUDY_OWNER_H
#define HOX_STUDY_OWNER_H

#include "study/running.h"

typedef struct hox__owner hox__owner;

/* Listens beside the store. HOX_ERR_IO: it cannot, and the run goes on alone. */
hox_status hox__owner_open(hox__run *run, hox__owner **out, hox_error *err);
void hox__owner_close(hox__owner *owner); /* NULL is fine */

/* Readable when somebody says something; -1 for NULL. */
int hox__owner_fd(const hox__owner *owner);

/* Answers all that was said. What goes wrong with the store ends the run: run->status. */
void hox__owner_serve(hox__owner *owner);

#endif
