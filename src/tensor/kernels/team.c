#include "tensor/kernels/team.h"
#include "base/alloc.h"
#include "base/symbol.h"

/* What a compiler makes of `#pragma omp parallel` (GCC's manual of libgomp, "Implementing
 * PARALLEL"). */
struct hox__team {
    int size;
    void (*parallel)(void (*work)(void *), void *data, unsigned threads, unsigned flags);
    int (*part)(void);
    int (*parts)(void);
};

typedef struct {
    const hox__team *team;
    hox__team_work *work;
    void *ctx;
} call;

hox_status hox__team_new(int threads, hox__team **team, hox_error *err)
{
    *team = NULL;
    if (threads <= 1)
        return HOX_OK;
    if (threads > HOX__THREADS_MAX)
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0903", "threads: at most %d",
                             HOX__THREADS_MAX);
    hox__team made = {.size = threads};
    void *handle = hox__symbol_library("libgomp.so.1");
    if (!handle || !hox__symbol_find(handle, "GOMP_parallel", &made.parallel) ||
        !hox__symbol_find(handle, "omp_get_thread_num", &made.part) ||
        !hox__symbol_find(handle, "omp_get_num_threads", &made.parts))
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0903",
                             "%d threads need libgomp.so.1, which is not here\n"
                             "install it (Debian: libgomp1), or train in one thread",
                             threads);
    *team = hox__alloc(1, sizeof **team);
    if (!*team)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the threads");
    **team = made;
    return HOX_OK;
}

void hox__team_free(hox__team *team)
{
    hox__free(team);
}

int hox__team_size(const hox__team *team)
{
    return team ? team->size : 1;
}

static void one_part(void *data)
{
    const call *c = data;
    c->work(c->ctx, c->team->part(), c->team->parts());
}

void hox__team_run(const hox__team *team, hox__team_work *work, void *ctx)
{
    call c = {team, work, ctx};
    if (team)
        team->parallel(one_part, &c, (unsigned)team->size, 0);
    else
        work(ctx, 0, 1);
}
