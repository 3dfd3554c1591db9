/* Sets by name: where their files are, reading them whole, what they say about the network's ends.
 */
#include "data/dataset.h"
#include "base/alloc.h"
#include "base/digest.h"
#include "base/io.h"
#include "data/reader.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct hox__dataset {
    hox__images *training, *test;
    char hash[HOX__DIGEST_HEX];
};

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
    if (folder && under(folder, set, true, find, f))
        return HOX_OK;
    if (*set != '/' && under(system_folder, set, false, find, f))
        return HOX_OK;
    if (find(set, set, f) || (*set != '/' && find(".", set, f) && strchr(set, '/') == NULL))
        return HOX_OK;
    const bool fashion = strcmp(set, "fashion-mnist") == 0;
    return hox_fail_code(err, HOX_ERR_DATA, "E0501",
                         "data set `%s` is not in %s%s%s/%s or here\n%s", set, folder ? folder : "",
                         folder ? ", " : "", system_folder, set,
                         fashion ? "install it: apt-get install dataset-fashion-mnist"
                                 : "put its files there, or name their folder in HOX_DATA");
}

static hox_status named_set(const hox_term *source, const char **set, finder *find, hox_error *err)
{
    const bool call = source && source->kind == HOX_TERM_CALL;
    if (call && strcmp(source->name, "idx") == 0)
        *find = idx_in;
    else if (call && strcmp(source->name, "cifar") == 0)
        *find = cifar_in;
    else
        return hox_fail_code(err, HOX_ERR_DATA, "E0503",
                             "`data` must begin with a source: idx(\"…\") or cifar(\"…\")");
    const hox_term *name = hox_term_get(source, "name");
    if (!name || name->kind != HOX_TERM_TEXT || !*name->name)
        return hox_fail_code(err, HOX_ERR_DATA, "E0503",
                             "%s(…) needs the name of a data set, in quotes", source->name);
    *set = name->name;
    return HOX_OK;
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

static hox_status read_parts(hox__dataset *d, const found *f, bool idx, int classes, hox_error *err)
{
    hox_status status = idx ? read_idx(f->path[0], f->path[1], classes, &d->training, err)
                            : read_cifar(f, 0, f->n, &d->training, err);
    if (status != HOX_OK || !f->has_test)
        return status;
    return idx ? read_idx(f->path[2], f->path[3], d->training->classes, &d->test, err)
               : read_cifar(f, 5, 1, &d->test, err);
}

static void hash_training(hox__dataset *d)
{
    uint8_t digest[HOX__DIGEST_BYTES] = {0};
    const hox__images *t = d->training;
    hox__digest *h = hox__digest_new();
    if (h) {
        hox__digest_add(h, t->pixels, (size_t)(t->n * t->channels * t->height * t->width));
        hox__digest_add(h, t->labels, (size_t)t->n * sizeof *t->labels);
        hox__digest_get(h, digest);
        hox__digest_free(h);
    }
    hox__digest_hex(digest, d->hash);
}

hox_status hox__dataset_open(const hox_term *source, const hox__places *places, hox__dataset **out,
                             hox_error *err)
{
    const char *set;
    finder find;
    hox_status status = named_set(source, &set, &find, err);
    found *f = status == HOX_OK ? hox__alloc(1, sizeof *f) : NULL;
    hox__dataset *d = hox__alloc(1, sizeof *d);
    if (status == HOX_OK && (!f || !d))
        status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for data set %s", set);
    if (status == HOX_OK)
        status = find_set(set, places, find, f, err);
    if (status == HOX_OK)
        status = read_parts(d, f, find == idx_in, (int)hox_term_number(source, "classes", 0), err);
    if (status == HOX_OK && d->test)
        status = same_sizes(d->training, d->test, set, err);
    hox__free(f);
    if (status != HOX_OK) {
        hox__dataset_free(d);
        return status;
    }
    d->training->class_names = hox__known_classes(set, d->training->classes);
    if (d->test)
        d->test->class_names = d->training->class_names;
    hash_training(d);
    *out = d;
    return HOX_OK;
}

void hox__dataset_free(hox__dataset *d)
{
    if (!d)
        return;
    hox__images_free(d->training);
    hox__images_free(d->test);
    hox__free(d);
}

const hox__images *hox__dataset_training(const hox__dataset *d)
{
    return d->training;
}

const hox__images *hox__dataset_test(const hox__dataset *d)
{
    static const hox__images none = {0};
    return d->test ? d->test : &none;
}

const char *hox__dataset_hash(const hox__dataset *d)
{
    return d->hash;
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

hox_status hox__dataset_facts(const hox_term *source, const hox__places *places, hox_facts *facts,
                              hox_error *err)
{
    const char *set;
    finder find;
    hox_status status = named_set(source, &set, &find, err);
    if (status != HOX_OK)
        return status;
    found *f = hox__alloc(1, sizeof *f);
    if (!f)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for data set %s", set);
    status = find_set(set, places, find, f, err);
    if (status == HOX_OK && find == idx_in)
        status = idx_facts(f, facts, err);
    else if (status == HOX_OK)
        *facts = (hox_facts){.height = 32, .width = 32, .channels = 3, .classes = 10};
    const int64_t said = status == HOX_OK ? (int64_t)hox_term_number(source, "classes", 0) : 0;
    if (said)
        facts->classes = said;
    hox__free(f);
    return status;
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
