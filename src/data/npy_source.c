/* npy("x.npy", targets: "y.npy") and npy("set.npz"): arrays that NumPy saved.
 *
 * In a zip, x is the array called x, X, x_train, images, data ... or else the first that is not y;
 * y the one called y, Y, y_train, labels, targets ..., or what `targets` names; x_test and y_test
 * are the test part.
 */
#include "base/alloc.h"
#include "data/arrays.h"
#include "data/source.h"
#include <string.h>

typedef struct {
    hox__bytes file, zip; /* zip: the file that `file` was in */
    hox__npy array;
    bool there;
} array;

static void array_free(array *a)
{
    hox__bytes_free(&a->file);
    hox__bytes_free(&a->zip);
    *a = (array){0};
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static const char *const inputs[] = {
    "x",      "X",    "x_train", "X_train",  "train_x", "train_images",
    "images", "data", "inputs",  "features", NULL};
static const char *const truths[] = {
    "y",      "Y",       "y_train", "Y_train", "train_y", "train_labels",
    "labels", "targets", "target",  "label",   NULL};
static const char *const test_inputs[] = {"x_test", "X_test", "test_x", "test_images", NULL};
static const char *const test_truths[] = {"y_test", "Y_test", "test_y", "test_labels", NULL};

/* The member of the zip called one of `names`, or `own` when that is not "". */
static hox_status member(const hox__bytes *zip, const char *own, const char *const *names,
                         array *out, hox_error *err)
{
    hox__zip_member m;
    hox_status status;
    for (int i = 0; (status = hox__zip_get(zip, i, &m, err)) == HOX_OK; i++) {
        if (*own ? strcmp(m.name, own) != 0 : !is_one_of(m.name, names))
            continue;
        status = hox__zip_read(zip, &m, &out->file, err);
        if (status == HOX_OK)
            status = hox__npy_read(&out->file, &out->array, err);
        out->there = status == HOX_OK;
        return status;
    }
    return status == HOX_DONE ? HOX_OK : status;
}

static hox_status open_path(const char *name, const hox__places *places, char path[PATH_MAX],
                            hox__bytes *file, hox_error *err)
{
    const hox_status status = hox__source_path(name, places, path, err);
    return status == HOX_OK ? hox__bytes_read(path, 0, file, err) : status;
}

/* An .npy file, or NAME.npz's array by its usual names. */
static hox_status open_array(const char *name, const char *const *names, const hox__places *places,
                             char path[PATH_MAX], array *out, hox_error *err)
{
    hox_status status = open_path(name, places, path, &out->file, err);
    if (status != HOX_OK)
        return status;
    if (!hox__is_zip(&out->file)) {
        status = hox__npy_read(&out->file, &out->array, err);
        out->there = status == HOX_OK;
        return status;
    }
    out->zip = out->file;
    out->file = (hox__bytes){0};
    status = member(&out->zip, "", names, out, err);
    if (status == HOX_OK && !out->there)
        status =
            hox_fail_code(err, HOX_ERR_DATA, "E0502",
                          "%s: no array called %s, %s or the like in it", path, names[0], names[2]);
    return status;
}

static bool says(const hox_term *source, const char *label, const char *word)
{
    return strcmp(hox_term_word(source, label, ""), word) == 0;
}

static hox__arrays_options options_of(const hox_term *source)
{
    return (hox__arrays_options){.tokens = says(source, "kind", "tokens"),
                                 .task = says(source, "task", "classes") ? HOX__ARRAYS_CLASSES
                                         : says(source, "task", "value") ? HOX__ARRAYS_VALUE
                                                                         : HOX__ARRAYS_AUTO};
}

typedef struct {
    char path[4][PATH_MAX];
    array x, y, test_x, test_y;
} files;

/* The training part's arrays, and the test part's when there are any. */
static hox_status open_all(const hox_term *source, const hox__places *places, files *f,
                           hox_error *err)
{
    const char *name, *targets = hox_term_word(source, "targets", ""),
                      *test = hox_term_word(source, "test", ""),
                      *test_targets = hox_term_word(source, "test_targets", "");
    hox_status status = hox__source_text(source, "name", &name, err);
    if (status == HOX_OK)
        status = open_array(name, inputs, places, f->path[0], &f->x, err);
    const hox__bytes *zip = &f->x.zip;
    const bool zipped = status == HOX_OK && zip->n;
    if (zipped)
        status = member(zip, targets, truths, &f->y, err);
    if (status == HOX_OK && !f->y.there && *targets)
        status = open_array(targets, truths, places, f->path[1], &f->y, err);
    if (status == HOX_OK && !f->y.there)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0503",
                               "%s: nothing to learn: no array called y, labels, targets\nname it: "
                               "npy(\"%s\", targets: \"y.npy\")",
                               f->path[0], name);
    if (status == HOX_OK && zipped && !*test)
        status = member(zip, "", test_inputs, &f->test_x, err);
    if (status == HOX_OK && zipped && !*test)
        status = member(zip, "", test_truths, &f->test_y, err);
    if (status == HOX_OK && *test)
        status = open_array(test, inputs, places, f->path[2], &f->test_x, err);
    if (status == HOX_OK && *test && f->test_x.zip.n)
        status = member(&f->test_x.zip, test_targets, truths, &f->test_y, err);
    if (status == HOX_OK && *test_targets && !f->test_y.there)
        status = open_array(test_targets, truths, places, f->path[3], &f->test_y, err);
    return status;
}

static void close_all(files *f)
{
    array_free(&f->x);
    array_free(&f->y);
    array_free(&f->test_x);
    array_free(&f->test_y);
    hox__free(f);
}

hox_status hox__open_npy(const hox_term *source, const hox__places *places, hox__parts *parts,
                         hox_error *err)
{
    hox__arrays_options options = options_of(source);
    files *f = hox__alloc(1, sizeof *f);
    if (!f)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the arrays");
    hox_status status = open_all(source, places, f, err);
    if (status == HOX_OK)
        status = hox__arrays_examples(&f->x.array, &f->y.array, &options, &f->x.file,
                                      &parts->training, err);
    options.like = parts->training;
    if (status == HOX_OK && f->test_x.there && f->test_y.there)
        status = hox__arrays_examples(&f->test_x.array, &f->test_y.array, &options, &f->test_x.file,
                                      &parts->test, err);
    close_all(f);
    return status;
}

/* The classes and the vocabulary are in the elements: all of it is read. */
hox_status hox__facts_npy(const hox_term *source, const hox__places *places, hox_facts *facts,
                          hox_error *err)
{
    hox__parts parts = {0};
    const hox_status status = hox__open_npy(source, places, &parts, err);
    if (status == HOX_OK)
        *facts = (hox_facts){.height = parts.training->height,
                             .width = parts.training->width,
                             .channels = parts.training->channels,
                             .features = parts.training->numbers,
                             .length = parts.training->length,
                             .vocabulary = parts.training->vocabulary,
                             .classes = parts.training->classes};
    hox__examples_free(parts.training);
    hox__examples_free(parts.test);
    return status;
}
