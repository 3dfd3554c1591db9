/* room: nn */
/* Any bytes as a model: as they are, and with a digest that holds, so that the header is reached.
 * What is accepted answers for an image and is described. */
#include "base/alloc.h"
#include "base/digest.h"
#include "nn/model.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIXELS_MAX = 1 << 12, PARAMS_MAX = 1 << 16 };

static void ask(const hox__model *model)
{
    static const uint8_t pixel[PIXELS_MAX];
    const hox__model_facts *f = hox__model_describe(model);
    const hox__images images = {.n = 1,
                                .channels = f->channels,
                                .height = f->height,
                                .width = f->width,
                                .classes = f->classes,
                                .pixels = pixel};
    float probability[64];
    if (f->kind != HOX__IMAGES || f->target != HOX__CLASS)
        return;
    if (f->channels * f->height * f->width > PIXELS_MAX || f->params > PARAMS_MAX ||
        f->classes > 64)
        return;
    const hox_status status = hox__model_predict(model, &images, NULL, 1, probability, NULL);
    if (status != HOX_OK && status != HOX_ERR_MEMORY)
        abort();
}

static void load(const uint8_t *data, size_t size)
{
    hox__model *model = NULL;
    hox__provenance from;
    hox_error err = {0};
    const hox_status status = hox__model_load_bytes(data, size, "fuzz", &model, &from, &err);
    if ((status == HOX_OK) != (model != NULL) || (status != HOX_OK && !err.message[0]))
        abort();
    if (status != HOX_OK && status != HOX_ERR_DATA && status != HOX_ERR_MEMORY)
        abort();
    if (model)
        ask(model);
    hox__model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load(data, size);
    if (size < HOX__DIGEST_BYTES)
        return 0;
    uint8_t *copy = hox__alloc(size, 1);
    if (!copy)
        return 0;
    const size_t body = size - HOX__DIGEST_BYTES;
    memcpy(copy, data, body);
    hox__digest_of(copy, body, copy + body);
    load(copy, size);
    hox__free(copy);
    return 0;
}
