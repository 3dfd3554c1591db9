/* folder("photos/", size: [64, 64, 3]): PNG and JPEG files, a subfolder a class.
 *
 *   photos/cat/1.jpg photos/dog/1.png ...             one set
 *   photos/train/cat/1.jpg ... photos/test/cat/...    a training and a test part
 *
 * Files that are called neither .png nor .jpg nor .jpeg are not looked at. Pictures are decoded
 * once and kept as bytes, in a scratch file when they are many.
 */
#include "data/folder.h"
#include "base/alloc.h"
#include "base/io.h"
#include "data/source.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { CLASSES_MAX = 10000, FILES_MAX = 10000000, SIDE_USUAL = 64 };

typedef struct {
    char (*path)[PATH_MAX];    /* scratch: 0 the root, 1 a class's folder, 2 a file */
    hox__names classes, *file; /* file [classes.n] */
    int64_t n;
    hox_error *err;
} listing;

static bool is_called_picture(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot &&
           (!strcasecmp(dot, ".png") || !strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg"));
}

static bool join(char *out, const char *folder, const char *name)
{
    const size_t n = strlen(folder), m = strlen(name), slash = n == 0 || folder[n - 1] != '/';
    if (n + slash + m >= PATH_MAX)
        return false;
    memcpy(out, folder, n);
    out[n] = '/';
    memcpy(out + n + slash, name, m + 1);
    return true;
}

/* Keeps the names that `wanted` takes; the others are freed. */
static void keep_names(hox__names *names, const char *folder, char *path,
                       bool (*wanted)(const char *path))
{
    int64_t kept = 0;
    for (int64_t i = 0; i < names->n; i++)
        if (join(path, folder, names->name[i]) && wanted(path))
            names->name[kept++] = names->name[i];
        else
            hox__free(names->name[i]);
    names->n = kept;
}

static hox_status list_root(listing *l)
{
    hox_status status = hox__folder_read(l->path[0], FILES_MAX, &l->classes, l->err);
    if (status == HOX_OK)
        keep_names(&l->classes, l->path[0], l->path[2], hox__is_directory);
    return status;
}

static void list_end(listing *l)
{
    for (int64_t c = 0; l->file && c < l->classes.n; c++)
        hox__names_free(&l->file[c]);
    hox__free(l->file);
    hox__names_free(&l->classes);
    hox__free(l->path);
}

/* Classes, `least` of them, and their files under path[0]. */
static hox_status list_begin(listing *l, const char *root, int least, hox_error *err)
{
    *l = (listing){.path = hox__alloc(3, sizeof *l->path), .err = err};
    if (!l->path)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory for its names", root);
    snprintf(l->path[0], PATH_MAX, "%s", root);
    hox_status status = list_root(l);
    if (status == HOX_OK && (l->classes.n < least || l->classes.n > CLASSES_MAX))
        return hox_fail_code(err, HOX_ERR_DATA, "E0502",
                             "%s: %lld subfolders; each is a class, and there are %d to %d", root,
                             (long long)l->classes.n, least, CLASSES_MAX);
    l->file = status == HOX_OK ? hox__alloc((size_t)l->classes.n, sizeof *l->file) : NULL;
    if (status == HOX_OK && !l->file)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory for its names", root);
    for (int64_t c = 0; c < l->classes.n && status == HOX_OK; c++) {
        if (!join(l->path[1], root, l->classes.name[c]))
            return hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: path too long", root);
        status = hox__folder_read(l->path[1], FILES_MAX, &l->file[c], err);
        if (status == HOX_OK)
            keep_names(&l->file[c], l->path[1], l->path[2], is_called_picture);
        l->n += l->file[c].n;
    }
    if (status == HOX_OK && l->n == 0)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0502",
                               "%s: no .png, .jpg or .jpeg file in its subfolders", root);
    return status;
}

/* ---- sizes ---- */

static hox_status first_picture(listing *l, hox__picture_size *size)
{
    for (int64_t c = 0; c < l->classes.n; c++) {
        hox__bytes file = {0};
        hox__picture p = {0};
        if (!l->file[c].n || !join(l->path[1], l->path[0], l->classes.name[c]) ||
            !join(l->path[2], l->path[1], l->file[c].name[0]))
            continue;
        hox_status status = hox__bytes_read(l->path[2], 0, &file, l->err);
        if (status == HOX_OK)
            status = hox__picture_read(&file, 0, &p, l->err);
        hox__bytes_free(&file);
        *size = (hox__picture_size){p.height < SIDE_USUAL ? p.height : SIDE_USUAL,
                                    p.width < SIDE_USUAL ? p.width : SIDE_USUAL, p.channels};
        return status;
    }
    return HOX_OK;
}

/* size: [h, w, c] or [h, w]; without it the first picture's, at most 64 a side. */
static hox_status choose_size(const hox_term *source, listing *l, hox__picture_size *size)
{
    const hox_term *list = hox_term_get(source, "size");
    if (!list || list->n == 0)
        return first_picture(l, size);
    *size = (hox__picture_size){.channels = 3};
    if (list->n >= 2 && list->n <= 3) {
        size->height = (int64_t)list->part[0]->number;
        size->width = (int64_t)list->part[1]->number;
        size->channels = list->n == 3 ? (int64_t)list->part[2]->number : 3;
    }
    if (size->height < 1 || size->width < 1 || size->height > 4096 || size->width > 4096 ||
        (size->channels != 1 && size->channels != 3))
        return hox_fail_code(l->err, HOX_ERR_DATA, "E0503",
                             "folder(size: [h, w, c]): sides of 1 to 4096, channels 1 or 3");
    return HOX_OK;
}

/* ---- reading ---- */

/* How to go on without it. */
static void say_way_out(hox_error *err)
{
    const size_t n = err ? strlen(err->message) : 0;
    if (err)
        snprintf(err->message + n, sizeof err->message - n,
                 "\nrepair it, or take it away: whatever is not called .png, .jpg or .jpeg is not "
                 "looked at");
}

static hox_status read_one(const char *path, const hox__picture_size *size, uint8_t *to,
                           hox_error *err)
{
    hox__bytes file = {0};
    hox__picture p = {0};
    hox_status status = hox__bytes_read(path, 0, &file, err);
    if (status == HOX_OK)
        status = hox__picture_read(&file, (int)size->channels, &p, err);
    if (status == HOX_ERR_DATA)
        say_way_out(err);
    if (status == HOX_OK)
        hox__picture_fit(&p, size->height, size->width, to);
    hox__free(p.pixel);
    hox__bytes_free(&file);
    return status;
}

static hox__examples *room_for(int64_t n, const hox__picture_size *size, bool labels,
                               uint8_t **pixel, int32_t **label)
{
    const hox__image_header h = {n, size->channels, size->height, size->width};
    hox__examples *made = hox__images_new(&h, labels);
    if (!made)
        return NULL;
    memcpy(pixel, &made->pixels, sizeof *pixel); /* ours until the set is given away */
    if (labels)
        memcpy(label, &made->labels, sizeof *label);
    return made;
}

/* The class of each folder by the schema's names: the test part may miss some. */
static hox_status class_of(listing *l, const hox__schema *schema, int64_t c, int32_t *label)
{
    const char *name = l->classes.name[c];
    const int32_t code = hox__words_find(&schema->class_code, name, strlen(name));
    *label = code - 1;
    if (code > 0)
        return HOX_OK;
    return hox_fail_code(l->err, HOX_ERR_DATA, "E0502",
                         "%s: a class `%s` that the training folder does not have", l->path[0],
                         name);
}

static hox_status read_all(listing *l, hox__schema *schema, const hox__picture_size *size,
                           hox__examples **out)
{
    const int64_t each = size->height * size->width * size->channels;
    uint8_t *pixel = NULL;
    int32_t *label = NULL, own;
    hox__examples *made = room_for(l->n, size, true, &pixel, &label);
    hox_status status =
        made ? HOX_OK
             : hox_fail_code(l->err, HOX_ERR_MEMORY, "E0901", "%s: no room for %lld pictures",
                             l->path[0], (long long)l->n);
    for (int64_t c = 0; c < l->classes.n && status == HOX_OK; c++) {
        status = class_of(l, schema, c, &own);
        if (status == HOX_OK && !join(l->path[1], l->path[0], l->classes.name[c]))
            status = hox_fail_code(l->err, HOX_ERR_DATA, "E0502", "%s: path too long", l->path[0]);
        for (int64_t i = 0; i < l->file[c].n && status == HOX_OK; i++, pixel += each) {
            if (!join(l->path[2], l->path[1], l->file[c].name[i]))
                status =
                    hox_fail_code(l->err, HOX_ERR_DATA, "E0502", "%s: path too long", l->path[1]);
            else
                status = read_one(l->path[2], size, pixel, l->err);
            *label++ = own;
        }
    }
    if (status != HOX_OK) {
        hox__examples_free(made);
        return status;
    }
    made->classes = schema->classes;
    hox__examples_describe(made, schema);
    *out = made;
    return HOX_OK;
}

/* ---- the source ---- */

/* ROOT/train and ROOT/test when both are there, else ROOT alone; `test` names another test part. */
static hox_status find_roots(const hox_term *source, const hox__places *places,
                             char train[PATH_MAX], char test[PATH_MAX], hox_error *err)
{
    const char *name, *other = hox_term_word(source, "test", "");
    char root[PATH_MAX];
    hox_status status = hox__source_text(source, "name", &name, err);
    if (status == HOX_OK)
        status = hox__source_path(name, places, root, err);
    if (status != HOX_OK)
        return status;
    const bool parts = join(train, root, "train") && join(test, root, "test") &&
                       hox__is_directory(train) && hox__is_directory(test);
    if (!parts) {
        memcpy(train, root, PATH_MAX);
        test[0] = '\0';
    }
    return *other ? hox__source_path(other, places, test, err) : HOX_OK;
}

static hox__schema *schema_of(const char *const *class_name, int64_t classes)
{
    hox__schema *s = hox__schema_new(HOX__IMAGES, HOX__CLASS);
    if (s && !hox__words_set(s, &s->class_code, class_name, (int)classes)) {
        hox__schema_free(s);
        return NULL;
    }
    if (s) {
        s->classes = s->class_code.n;
        s->class_name = s->class_code.word;
    }
    return s;
}

typedef struct {
    char train[PATH_MAX], test[PATH_MAX];
    listing list;
    hox__picture_size size;
} look;

static hox_status look_around(const hox_term *source, const hox__places *places, look **out,
                              hox_error *err)
{
    look *l = hox__alloc(1, sizeof *l);
    *out = l;
    if (!l)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to look into the folder");
    hox_status status = find_roots(source, places, l->train, l->test, err);
    if (status == HOX_OK)
        status = list_begin(&l->list, l->train, 2, err);
    if (status == HOX_OK)
        status = choose_size(source, &l->list, &l->size);
    return status;
}

static void look_away(look *l)
{
    if (l)
        list_end(&l->list);
    hox__free(l);
}

hox_status hox__open_folder(const hox_term *source, const hox__places *places, hox__parts *parts,
                            hox_error *err)
{
    look *l;
    listing test = {0};
    hox__schema *schema = NULL;
    hox_status status = look_around(source, places, &l, err);
    if (status == HOX_OK &&
        !(schema = schema_of((const char *const *)l->list.classes.name, l->list.classes.n)))
        status =
            hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory for its classes", l->train);
    if (status == HOX_OK)
        status = read_all(&l->list, schema, &l->size, &parts->training);
    if (status == HOX_OK && *l->test) {
        status = list_begin(&test, l->test, 2, err);
        if (status == HOX_OK)
            status = read_all(&test, schema, &l->size, &parts->test);
        list_end(&test);
    }
    hox__schema_free(schema);
    look_away(l);
    return status;
}

hox_status hox__facts_folder(const hox_term *source, const hox__places *places, hox_facts *facts,
                             hox_error *err)
{
    look *l;
    const hox_status status = look_around(source, places, &l, err);
    if (status == HOX_OK)
        *facts = (hox_facts){.height = l->size.height,
                             .width = l->size.width,
                             .channels = l->size.channels,
                             .classes = l->list.classes.n};
    look_away(l);
    return status;
}

/* ---- pictures for a trained network ---- */

/* The files' paths, from where the folder is named. */
typedef struct {
    const char **name;
    char *text;
} naming;

static bool naming_begin(naming *w, hox__examples *to, int64_t n, size_t bytes)
{
    w->name = hox__examples_array(to, n, sizeof *w->name);
    w->text = hox__examples_array(to, (int64_t)bytes, 1);
    to->names = w->name;
    return w->name && w->text;
}

static void naming_add(naming *w, const char *path)
{
    const size_t n = strlen(path) + 1;
    *w->name++ = memcpy(w->text, path, n);
    w->text += n;
}

/* Enough for them with a folder before each. */
static size_t bytes_of(const hox__names *names, size_t folder)
{
    size_t n = 0;
    for (int64_t i = 0; i < names->n; i++)
        n += folder + strlen(names->name[i]) + 2;
    return n;
}

static hox_status no_room(const char *root, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no room for its pictures", root);
}

static hox_status open_one(const char *path, const hox__picture_size *size, hox__examples **out,
                           hox_error *err)
{
    uint8_t *pixel = NULL;
    naming names;
    hox__examples *made = room_for(1, size, false, &pixel, NULL);
    hox_status status = made && naming_begin(&names, made, 1, strlen(path) + 1)
                            ? read_one(path, size, pixel, err)
                            : no_room(path, err);
    if (status == HOX_OK) {
        naming_add(&names, path);
        *out = made;
    } else {
        hox__examples_free(made);
    }
    return status;
}

static hox_status open_some(const char *root, const hox__names *files,
                            const hox__picture_size *size, char *path, hox__examples **out,
                            hox_error *err)
{
    const int64_t each = size->height * size->width * size->channels;
    uint8_t *pixel = NULL;
    naming names;
    hox__examples *made = room_for(files->n, size, false, &pixel, NULL);
    hox_status status = made && naming_begin(&names, made, files->n, bytes_of(files, strlen(root)))
                            ? HOX_OK
                            : no_room(root, err);
    for (int64_t i = 0; i < files->n && status == HOX_OK; i++) {
        if (!join(path, root, files->name[i]))
            status = hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: path too long", root);
        else
            status = read_one(path, size, pixel + i * each, err);
        if (status == HOX_OK)
            naming_add(&names, path);
    }
    if (status == HOX_OK)
        *out = made;
    else
        hox__examples_free(made);
    return status;
}

/* A subfolder a class, as in training: the truth is known. */
static hox_status open_classes(const char *root, const hox__picture_wish *wish, hox__examples **out,
                               hox_error *err)
{
    listing list;
    naming names;
    hox__examples *made = NULL;
    hox__schema *schema = NULL;
    hox_status status = list_begin(&list, root, 1, err);
    if (status == HOX_OK && !(schema = schema_of(wish->class_name, wish->classes)))
        status = no_room(root, err);
    if (status == HOX_OK)
        status = read_all(&list, schema, &wish->size, &made);
    size_t bytes = 0;
    for (int64_t c = 0; status == HOX_OK && c < list.classes.n; c++)
        bytes += bytes_of(&list.file[c], strlen(root) + strlen(list.classes.name[c]) + 1);
    if (status == HOX_OK && !naming_begin(&names, made, list.n, bytes))
        status = no_room(root, err);
    for (int64_t c = 0; status == HOX_OK && c < list.classes.n; c++)
        for (int64_t i = 0; i < list.file[c].n; i++)
            if (join(list.path[1], root, list.classes.name[c]) &&
                join(list.path[2], list.path[1], list.file[c].name[i])) /* as they were read */
                naming_add(&names, list.path[2]);
    if (status == HOX_OK)
        *out = made;
    else
        hox__examples_free(made);
    hox__schema_free(schema);
    list_end(&list);
    return status;
}

hox_status hox__pictures_open(const char *path, const hox__picture_wish *wish, hox__examples **out,
                              hox_error *err)
{
    if (!hox__is_directory(path))
        return open_one(path, &wish->size, out, err);
    hox__names names = {0};
    char *file = hox__alloc(PATH_MAX, 1);
    hox_status status = file ? hox__folder_read(path, FILES_MAX, &names, err)
                             : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory", path);
    if (status == HOX_OK)
        keep_names(&names, path, file, is_called_picture);
    if (status == HOX_OK && names.n > 0)
        status = open_some(path, &names, &wish->size, file, out, err);
    else if (status == HOX_OK && wish->class_name)
        status = open_classes(path, wish, out, err);
    else if (status == HOX_OK)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: no .png, .jpg or .jpeg file in it",
                               path);
    hox__names_free(&names);
    hox__free(file);
    return status;
}
