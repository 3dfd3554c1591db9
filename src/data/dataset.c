/* Sets: from a source's word to its parts, and what is asked of them. */
#include "data/dataset.h"
#include "base/alloc.h"
#include "base/digest.h"
#include "base/io.h"
#include "data/reader.h"
#include "data/source.h"
#include <string.h>

struct hox__dataset {
    hox__parts parts;
    char hash[HOX__DIGEST_HEX];
};

/* The training part as it is kept: sizes are in the lengths. */
static hox_status hash_training(hox__dataset *d, hox_error *err)
{
    uint8_t digest[HOX__DIGEST_BYTES] = {0};
    const hox__examples *t = d->parts.training;
    const int64_t each = t->channels * t->height * t->width;
    hox__digest *h = hox__digest_new();
    if (!h)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the data set");
    if (t->pixels)
        hox__digest_add(h, t->pixels, (size_t)(t->n * each));
    if (t->number)
        hox__digest_add(h, t->number,
                        (size_t)(t->n * (t->kind == HOX__IMAGES ? each : t->numbers)) *
                            sizeof *t->number);
    if (t->codes)
        hox__digest_add(h, t->codes,
                        (size_t)(t->n * (t->kind == HOX__TOKENS ? t->length : t->categories)) *
                            sizeof *t->codes);
    if (t->labels)
        hox__digest_add(h, t->labels, (size_t)t->n * sizeof *t->labels);
    if (t->values)
        hox__digest_add(h, t->values, (size_t)t->n * sizeof *t->values);
    hox__digest_get(h, digest);
    hox__digest_free(h);
    hox__digest_hex(digest, d->hash);
    return HOX_OK;
}

hox_status hox__dataset_open(const hox_term *term, const hox__places *places, hox__dataset **out,
                             hox_error *err)
{
    const hox__source *source;
    hox_status status = hox__source_find(term, &source, err);
    if (status != HOX_OK)
        return status;
    hox__dataset *d = hox__alloc(1, sizeof *d);
    if (!d)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the data set");
    status = source->open(term, places, &d->parts, err);
    if (status == HOX_OK)
        status = hash_training(d, err);
    if (status != HOX_OK) {
        hox__dataset_free(d);
        return status;
    }
    *out = d;
    return HOX_OK;
}

void hox__dataset_free(hox__dataset *d)
{
    if (!d)
        return;
    hox__examples_free(d->parts.training);
    hox__examples_free(d->parts.test);
    hox__free(d);
}

const hox__images *hox__dataset_training(const hox__dataset *d)
{
    return d->parts.training;
}

const hox__images *hox__dataset_test(const hox__dataset *d)
{
    static const hox__images none = {0};
    return d->parts.test ? d->parts.test : &none;
}

const char *hox__dataset_hash(const hox__dataset *d)
{
    return d->hash;
}

hox_status hox__dataset_facts(const hox_term *term, const hox__places *places, hox_facts *facts,
                              hox_error *err)
{
    const hox__source *source;
    const hox_status status = hox__source_find(term, &source, err);
    return status == HOX_OK ? source->facts(term, places, facts, err) : status;
}

void hox__facts_print(hox__text *out, const hox_facts *f)
{
    if (f->height > 0)
        hox__text_printf(out, "%lldx%lldx%lld", (long long)f->height, (long long)f->width,
                         (long long)f->channels);
    else if (f->length > 0)
        hox__text_printf(out, "%lld tokens out of %lld", (long long)f->length,
                         (long long)f->vocabulary);
    else
        hox__text_printf(out, "%lld features", (long long)f->features);
    if (f->length > 0 && f->classes == f->vocabulary)
        return; /* the next token is asked for */
    if (f->classes == 1)
        hox__text_puts(out, ", one number");
    else
        hox__text_printf(out, ", %lld classes", (long long)f->classes);
}

hox_status hox__images_open(const char *path, const char *labels_path, hox__images **images,
                            hox_error *err)
{
    hox__bytes bytes = {0};
    hox_status status = hox__bytes_read(path, 0, &bytes, err);
    if (status != HOX_OK)
        return status;
    const bool idx = bytes.n >= 4 && !bytes.data[0] && !bytes.data[1] && bytes.data[2] == 8;
    if (!idx && bytes.n % 3073 == 0 && bytes.n) {
        status =
            labels_path
                ? hox_fail_code(err, HOX_ERR_DATA, "E0502",
                                "%s: CIFAR files hold their labels; --labels is not needed", path)
                : hox__cifar_images(&bytes, 1, images, err);
        hox__bytes_free(&bytes);
        return status;
    }
    hox__bytes labels = {0};
    if (labels_path)
        status = hox__bytes_read(labels_path, 0, &labels, err);
    if (status == HOX_OK)
        status = hox__idx_images(&bytes, labels_path ? &labels : NULL, 0, images, err);
    hox__bytes_free(&bytes);
    hox__bytes_free(&labels);
    return status;
}
