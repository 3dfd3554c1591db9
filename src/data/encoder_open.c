/* A file for a trained network, read as the training file was. */
#include "data/corpus.h"
#include "data/csv.h"
#include "data/encoder.h"
#include "data/reader.h"

static hox_status open_table(const hox__encoder *e, const hox__bytes *file, hox__examples **out,
                             hox_error *err)
{
    if (!e->schema || !e->schema->column)
        return hox_fail_code(err, HOX_ERR_DATA, "E0504",
                             "%s: the network was not trained on a table with named columns",
                             file->name);
    return hox__csv_read(file, e->schema, false, out, err);
}

hox_status hox__encoder_open(const hox__encoder *e, const char *path, const char *labels_path,
                             hox__examples **examples, hox_error *err)
{
    hox__examples *x = NULL;
    if (e->encoded.kind == HOX__IMAGES)
        return hox__images_open(path, labels_path, examples, err);
    if (labels_path)
        return hox_fail_code(err, HOX_ERR_DATA, "E0504",
                             "%s: only files of images have their labels in another file", path);
    hox__bytes file = {0};
    hox_status status = hox__bytes_read(path, 0, &file, err);
    if (status == HOX_OK && e->encoded.kind == HOX__FEATURES)
        status = open_table(e, &file, &x, err);
    if (status == HOX_OK && e->encoded.kind == HOX__TOKENS)
        status = hox__corpus_read(&file, e->schema, &x, err);
    hox__bytes_free(&file);
    if (status == HOX_OK)
        *examples = x;
    return status;
}
