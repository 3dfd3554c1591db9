/* room: nn */
/* Any bytes as a checkpoint: as they are, and with a digest that holds. What is accepted leaves the
 * plan with finite variables and a standing inside its bounds. */
#include "base/alloc.h"
#include "nn/checkpoint.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EPOCHS = 3 };

static hox__plan *plan_new(void)
{
    hox__graph *g = hox__graph_new();
    hox__plan *plan = NULL;
    if (g) {
        const hox__node w = hox__variable(g, HOX__SHAPE(3), "w"),
                        v = hox__variable(g, HOX__SHAPE(2, 2), "v");
        hox__assign(g, w, hox__add(g, w, hox__constant(g, HOX__SCALAR, 1)));
        hox__assign(g, v, hox__mul(g, v, v));
        hox__plan_new(g, &w, 1, NULL, &plan, NULL);
    }
    hox__graph_free(g);
    return plan;
}

static void load(hox__plan *plan, const uint8_t *data, size_t size)
{
    hox__epoch_end measured[EPOCHS];
    float value[4];
    hox_error err = {0};
    hox__standing s = {.measured = measured, .epochs_max = EPOCHS};
    memset(s.key, 'a', sizeof s.key - 1);
    const hox_status status = hox__checkpoint_load_bytes(data, size, "fuzz", &s, plan, &err);
    if (status != HOX_OK && (status != HOX_ERR_DATA || !err.message[0]) && status != HOX_ERR_MEMORY)
        abort();
    if (status == HOX_OK && (s.epochs > EPOCHS || s.step < 0))
        abort();
    if (status == HOX_OK && (!hox__plan_get(plan, "v", value, 4) || !isfinite(value[3])))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hox__plan *plan = plan_new();
    if (!plan)
        return 0;
    load(plan, data, size);
    uint8_t *copy = size >= HOX__DIGEST_BYTES ? hox__alloc(size, 1) : NULL;
    if (copy) {
        const size_t body = size - HOX__DIGEST_BYTES;
        memcpy(copy, data, body);
        hox__digest_of(copy, body, copy + body);
        load(plan, copy, size);
        hox__free(copy);
    }
    hox__plan_free(plan);
    return 0;
}
