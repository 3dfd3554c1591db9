/* A file for a trained network, read as the training file was. */
#include "data/arrays.h"
#include "data/corpus.h"
#include "data/csv.h"
#include "data/encoder.h"
#include "data/folder.h"
#include "data/reader.h"
#include <string.h>

static hox_status open_table(const hox__encoder *e, const hox__bytes *file, hox__examples **out,
                             hox_error *err)
{
    if (!e->schema || !e->schema->column)
        return hox_fail_code(err, HOX_ERR_DATA, "E0504",
                             "%s: the network was not trained on a table with named columns",
                             file->name);
    return hox__csv_read(file, e->schema, false, out, err);
}

static hox_status open_pictures(const hox__encoder *e, const char *path, const char *labels_path,
                                hox__examples **out, hox_error *err)
{
    const hox__encoded *d = &e->encoded;
    if (d->kind != HOX__IMAGES || (d->channels != 1 && d->channels != 3))
        return hox_fail_code(err, HOX_ERR_DATA, "E0504",
                             "%s: the network was not trained on pictures in grey or colour", path);
    if (labels_path)
        return hox_fail_code(
            err, HOX_ERR_DATA, "E0504",
            "%s: pictures have no file of labels; a set of them is a folder with a "
            "subfolder a class",
            path);
    const hox__picture_wish wish = {.size = {d->height, d->width, d->channels},
                                    .class_name = d->class_names,
                                    .classes = d->classes};
    return hox__pictures_open(path, &wish, out, err);
}

static bool is_npy(const hox__bytes *file)
{
    return file->n > 6 && memcmp(file->data, "\x93NUMPY", 6) == 0;
}

/* labels_path: another .npy, or NULL. */
static hox_status open_array(const hox__encoder *e, hox__bytes *file, const char *labels_path,
                             hox__examples **out, hox_error *err)
{
    const hox__examples like = {.kind = e->encoded.kind,
                                .target = e->encoded.target,
                                .height = e->encoded.height,
                                .width = e->encoded.width,
                                .channels = e->encoded.channels,
                                .numbers = e->numbers,
                                .length = e->encoded.length,
                                .vocabulary = e->encoded.vocabulary,
                                .classes = e->encoded.classes};
    const hox__arrays_options options = {.tokens = e->encoded.kind == HOX__TOKENS, .like = &like};
    hox__bytes labels = {0};
    hox__npy x, y;
    hox_status status = hox__npy_read(file, &x, err);
    if (status == HOX_OK && labels_path)
        status = hox__bytes_read(labels_path, 0, &labels, err);
    if (status == HOX_OK && labels_path)
        status = hox__npy_read(&labels, &y, err);
    if (status == HOX_OK)
        status = hox__arrays_examples(&x, labels_path ? &y : NULL, &options, file, out, err);
    hox__bytes_free(&labels);
    return status;
}

hox_status hox__encoder_open(const hox__encoder *e, const char *path, const char *labels_path,
                             hox__examples **examples, hox_error *err)
{
    hox__examples *x = NULL;
    hox__bytes file = {0};
    hox_status status = HOX_OK;
    const bool folder = hox__is_directory(path);
    if (!folder && (status = hox__bytes_read(path, 0, &file, err)) != HOX_OK)
        return status;
    if (folder || hox__is_picture(&file))
        status = open_pictures(e, path, labels_path, &x, err);
    else if (is_npy(&file))
        status = open_array(e, &file, labels_path, &x, err);
    else if (e->encoded.kind == HOX__IMAGES)
        status = hox__images_open(path, labels_path, &x, err);
    else if (labels_path)
        status =
            hox_fail_code(err, HOX_ERR_DATA, "E0504",
                          "%s: tables and texts hold their truth; --labels is not needed", path);
    else if (e->encoded.kind == HOX__FEATURES)
        status = open_table(e, &file, &x, err);
    else if (e->schema && hox__schema_vocabulary(e->schema) == e->encoded.vocabulary)
        status = hox__corpus_read(&file, e->schema, &x, err);
    else
        status = hox_fail_code(err, HOX_ERR_DATA, "E0504",
                               "%s: the network was trained on arrays of tokens", path);
    hox__bytes_free(&file);
    if (status == HOX_OK && (status = hox__encoder_fits(e, x, err)) != HOX_OK)
        hox__examples_free(x);
    if (status == HOX_OK)
        *examples = x;
    return status;
}
