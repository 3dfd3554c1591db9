/* Sets of images by name: idx("fashion-mnist"), cifar("cifar-10"). Their files have well-known
 * names and lie in a folder. */
#include "base/alloc.h"
#include "base/io.h"
#include "data/reader.h"
#include "data/source.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The files of an IDX set under a folder: training images and labels, test images and labels. */
typedef struct {
    const char *stem[4];
} idx_names;

static const idx_names idx_known[] = {
    {{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
      "t10k-labels-idx1-ubyte"}},
    {{"mnist-train10k-images-idx3-ubyte", "mnist-train10k-labels-idx1-ubyte",
      "mnist-t10k-images-idx3-ubyte", "mnist-t10k-labels-idx1-ubyte"}},
};

typedef struct {
    int n; /* files found */
    char path[6][PATH_MAX];
    bool has_test;
} found;

/* FOLDER/STEM or FOLDER/STEM.gz */
static bool file_in(const char *folder, const char *stem, char path[PATH_MAX])
{
    for (int gz = 0; gz < 2; gz++) {
        const int n = snprintf(path, PATH_MAX, "%s/%s%s", folder, stem, gz ? ".gz" : "");
        if (n > 0 && n < PATH_MAX && hox__file_exists(path))
            return true;
    }
    return false;
}

static bool idx_in(const char *folder, const char *set, found *f)
{
    for (size_t k = 0; k < sizeof idx_known / sizeof idx_known[0]; k++) {
        if (k == 1 && strcmp(set, "mnist") != 0)
            continue;
        const idx_names *names = &idx_known[k];
        if (!file_in(folder, names->stem[0], f->path[0]) ||
            !file_in(folder, names->stem[1], f->path[1]))
            continue;
        f->n = 2;
        f->has_test = file_in(folder, names->stem[2], f->path[2]) &&
                      file_in(folder, names->stem[3], f->path[3]);
        return true;
    }
    return false;
}

static bool cifar_in(const char *folder, const char *set, found *f)
{
    (void)set;
    if (file_in(folder, "cifar10_train.bin", f->path[0])) {
        f->n = 1;
        f->has_test = file_in(folder, "cifar10_test.bin", f->path[5]);
        return true;
    }
    for (f->n = 0; f->n < 5; f->n++) {
        char stem[32];
        snprintf(stem, sizeof stem, "data_batch_%d.bin", f->n + 1);
        if (!file_in(folder, stem, f->path[f->n]))
            break;
    }
    f->has_test = f->n && file_in(folder, "test_batch.bin", f->path[5]);
    return f->n > 0;
}

typedef bool (*finder)(const char *folder, const char *set, found *f);

/* In PARENT/SET, then in PARENT itself (only when a set was not named by the system's folder). */
static bool under(const char *parent, const char *set, bool itself, finder find, found *f)
{
    char folder[PATH_MAX];
    const int n = snprintf(folder, sizeof folder, "%s/%s", parent, set);
    if (n > 0 && n < PATH_MAX && find(folder, set, f))
        return true;
    return itself && find(parent, set, f);
}

static hox_status find_set(const char *set, const hox__places *places, finder find, found *f,
                           hox_error *err)
{
    static const char system_folder[] = "/usr/share/datasets";
    const char *folder = places ? places->folder : NULL;
    /* A folder that is there is looked into, and none around it. */
    const bool here = hox__is_directory(set);
    if (folder && under(folder, set, !here, find, f))
        return HOX_OK;
    if (*set != '/' && under(system_folder, set, false, find, f))
        return HOX_OK;
    if (find(set, set, f) || (!here && !strchr(set, '/') && find(".", set, f)))
        return HOX_OK;
    const bool fashion = strcmp(set, "fashion-mnist") == 0;
    return hox_fail_code(err, HOX_ERR_DATA, "E0501",
                         "data set `%s` is not in %s%s%s/%s or here\n%s", set, folder ? folder : "",
                         folder ? ", " : "", system_folder, set,
                         fashion ? "install it: apt-get install dataset-fashion-mnist"
                                 : "put its files there, or name their folder in HOX_DATA");
}

static hox_status read_idx(const char *images_path, const char *labels_path, int classes,
                           hox__images **out, hox_error *err)
{
    hox__bytes images = {0}, labels = {0};
    hox_status status = hox__bytes_read(images_path, 0, &images, err);
    if (status == HOX_OK && labels_path)
        status = hox__bytes_read(labels_path, 0, &labels, err);
    if (status == HOX_OK)
        status = hox__idx_images(&images, labels_path ? &labels : NULL, classes, out, err);
    hox__bytes_free(&images);
    hox__bytes_free(&labels);
    return status;
}

static hox_status read_cifar(const found *f, int first, int n, hox__images **out, hox_error *err)
{
    hox__bytes part[6] = {{0}};
    hox_status status = HOX_OK;
    for (int i = 0; i < n && status == HOX_OK; i++)
        status = hox__bytes_read(f->path[first + i], 0, &part[i], err);
    if (status == HOX_OK)
        status = hox__cifar_images(part, n, out, err);
    for (int i = 0; i < n; i++)
        hox__bytes_free(&part[i]);
    return status;
}

static hox_status same_sizes(const hox__images *a, const hox__images *b, const char *set,
                             hox_error *err)
{
    if (a->height == b->height && a->width == b->width && a->channels == b->channels)
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_DATA, "E0502",
                         "%s: training images are %lldx%lldx%lld, test images %lldx%lldx%lld", set,
                         (long long)a->height, (long long)a->width, (long long)a->channels,
                         (long long)b->height, (long long)b->width, (long long)b->channels);
}

/* The number of classes is that of the labels, which are few bytes. */
static hox_status idx_facts(const found *f, hox_facts *facts, hox_error *err)
{
    hox__bytes head = {0}, labels = {0};
    hox__image_header h;
    size_t offset;
    hox_status status = hox__bytes_read(f->path[0], 32, &head, err);
    if (status == HOX_OK)
        status = hox__idx_header(&head, &h, &offset, err);
    if (status == HOX_OK)
        status = hox__bytes_read(f->path[1], 0, &labels, err);
    if (status == HOX_OK) {
        int largest = 0;
        for (size_t i = 8; i < labels.n; i++)
            largest = labels.data[i] > largest ? labels.data[i] : largest;
        *facts = (hox_facts){
            .height = h.height, .width = h.width, .channels = h.channels, .classes = largest + 1};
    }
    hox__bytes_free(&head);
    hox__bytes_free(&labels);
    return status;
}

static hox_status locate(const hox_term *source, const hox__places *places, finder find,
                         const char **set, found **out, hox_error *err)
{
    hox_status status = hox__source_text(source, "name", set, err);
    if (status != HOX_OK)
        return status;
    found *f = hox__alloc(1, sizeof *f);
    if (!f)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for data set %s", *set);
    status = find_set(*set, places, find, f, err);
    if (status == HOX_OK)
        *out = f;
    else
        hox__free(f);
    return status;
}

/* One of the two sorts of sets: its files, and what reads them. */
typedef struct {
    finder find;
    hox_status (*training)(const found *f, int classes, hox__images **out, hox_error *err);
    hox_status (*test)(const found *f, int classes, hox__images **out, hox_error *err);
    hox_status (*facts)(const found *f, hox_facts *facts, hox_error *err);
} sort;

static hox_status idx_training(const found *f, int classes, hox__images **out, hox_error *err)
{
    return read_idx(f->path[0], f->path[1], classes, out, err);
}

static hox_status idx_test(const found *f, int classes, hox__images **out, hox_error *err)
{
    return read_idx(f->path[2], f->path[3], classes, out, err);
}

static hox_status cifar_training(const found *f, int classes, hox__images **out, hox_error *err)
{
    (void)classes;
    return read_cifar(f, 0, f->n, out, err);
}

static hox_status cifar_test(const found *f, int classes, hox__images **out, hox_error *err)
{
    (void)classes;
    return read_cifar(f, 5, 1, out, err);
}

static hox_status cifar_facts(const found *f, hox_facts *facts, hox_error *err)
{
    (void)f, (void)err;
    *facts = (hox_facts){.height = 32, .width = 32, .channels = 3, .classes = 10};
    return HOX_OK;
}

static const sort idx = {idx_in, idx_training, idx_test, idx_facts};
static const sort cifar = {cifar_in, cifar_training, cifar_test, cifar_facts};

static hox_status name_classes(const char *set, hox__parts *parts, hox_error *err)
{
    hox__examples *t = parts->training, *test = parts->test;
    t->class_names = hox__known_classes(set, t->classes);
    if (!test)
        return HOX_OK;
    test->class_names = t->class_names;
    return same_sizes(t, test, set, err);
}

static hox_status open_set(const sort *k, const hox_term *source, const hox__places *places,
                           hox__parts *parts, hox_error *err)
{
    const int classes = (int)hox_term_number(source, "classes", 0);
    const char *set;
    found *f = NULL;
    hox_status status = locate(source, places, k->find, &set, &f, err);
    if (status == HOX_OK)
        status = k->training(f, classes, &parts->training, err);
    if (status == HOX_OK && f->has_test)
        status = k->test(f, parts->training->classes, &parts->test, err);
    if (status == HOX_OK)
        status = name_classes(set, parts, err);
    hox__free(f);
    return status;
}

static hox_status facts_of(const sort *k, const hox_term *source, const hox__places *places,
                           hox_facts *facts, hox_error *err)
{
    const int64_t classes = (int64_t)hox_term_number(source, "classes", 0);
    const char *set;
    found *f = NULL;
    hox_status status = locate(source, places, k->find, &set, &f, err);
    if (status == HOX_OK)
        status = k->facts(f, facts, err);
    if (status == HOX_OK && classes)
        facts->classes = classes;
    hox__free(f);
    return status;
}

hox_status hox__open_idx(const hox_term *source, const hox__places *places, hox__parts *parts,
                         hox_error *err)
{
    return open_set(&idx, source, places, parts, err);
}

hox_status hox__open_cifar(const hox_term *source, const hox__places *places, hox__parts *parts,
                           hox_error *err)
{
    return open_set(&cifar, source, places, parts, err);
}

hox_status hox__facts_idx(const hox_term *source, const hox__places *places, hox_facts *facts,
                          hox_error *err)
{
    return facts_of(&idx, source, places, facts, err);
}

hox_status hox__facts_cifar(const hox_term *source, const hox__places *places, hox_facts *facts,
                            hox_error *err)
{
    return facts_of(&cifar, source, places, facts, err);
}
