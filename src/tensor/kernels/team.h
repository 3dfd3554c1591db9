/* Several threads for one plan.
 *
 * They are those of GNU's OpenMP library, found at run time: oneDNN computes in them, and two sets
 * of threads would wait for each other's cores. Work is cut into as many parts as there are
 * threads, always at the same places, so that equal numbers of threads give equal bits.
 */
#ifndef HOX_TENSOR_TEAM_H
#define HOX_TENSOR_TEAM_H

#include <hox/status.h>
#include <stdint.h>

typedef struct hox__team hox__team;

enum { HOX__THREADS_MAX = 64 };

/* *team is NULL for one thread. HOX_ERR_ARGUMENT when this machine has no such library (libgomp).
 */
hox_status hox__team_new(int threads, hox__team **team, hox_error *err);
void hox__team_free(hox__team *team);
int hox__team_size(const hox__team *team); /* NULL: 1 */

/* work(ctx, part, parts) in every thread at the same time, parts <= size; returns when all have. */
typedef void hox__team_work(void *ctx, int part, int parts);
void hox__team_run(const hox__team *team, hox__team_work *work, void *ctx);

/* Part `part` of [0, n), cut at multiples of `unit`. */
static inline void hox__team_span(int64_t n, int64_t unit, int part, int parts, int64_t *from,
                                  int64_t *to)
{
    const int64_t units = (n + unit - 1) / unit;
    *from = units * part / parts * unit;
    *to = units * (part + 1) / parts * unit;
    *from = *from < n ? *from : n;
    *to = *to < n ? *to : n;
}

#endif
