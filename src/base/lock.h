/* One owner of a file at a time, among all processes of all machines that see it. The lock is the
 * kernel's (flock) on a side file, so it ends with its owner whatever happens to it; what stands in
 * the side file is only for messages. */
#ifndef HOX_BASE_LOCK_H
#define HOX_BASE_LOCK_H

#include <hox/status.h>
#include <stdint.h>

typedef struct hox__lock hox__lock;

/* Makes `path` when it is not there. HOX_ERR_BUSY names process, host and since when. A forked
 * child holds the lock too until it calls hox__lock_close(), which is the first thing it does. */
hox_status hox__lock_open(const char *path, hox__lock **lock, hox_error *err);

/* The live owner on this machine: its process; 0: nobody owns it, or not here. */
int64_t hox__lock_owner(const char *path);

/* NULL is fine. In the owner this ends the lock, in a child only the child's part of it. */
void hox__lock_close(hox__lock *lock);

#endif
