/* Paths of questions and parts: text in the memory of the derivation, each written behind its
 * parent's. */
#include "space/derive.h"
#include <string.h>

static const uint64_t empty_key = UINT64_C(0xcbf29ce484222325);

static uint64_t key_of(uint64_t key, const char *text)
{
    for (; *text; text++)
        key = (key ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return key;
}

uint64_t hox_path_key(const char *path)
{
    return key_of(empty_key, path);
}

enum { DIGITS = 12 }; /* [-2147483648] does not occur, but fits */

static size_t write_index(char out[DIGITS], int index)
{
    size_t n = DIGITS;
    out[--n] = ']';
    do
        out[--n] = (char)('0' + index % 10);
    while (index /= 10);
    out[--n] = '[';
    memmove(out, out + n, DIGITS - n);
    return DIGITS - n;
}

const hox__path *hox__path_new(hox__derivation *d, const hox__path *parent, char separator,
                               const char *name, int index)
{
    char digits[DIGITS];
    const size_t before = parent ? parent->n + 1 : 0, n_name = strlen(name),
                 n_index = index < 0 ? 0 : write_index(digits, index),
                 n = before + n_name + n_index;
    hox__path *p = hox__arena_alloc(d->arena, 1, sizeof *p + n + 1);
    if (!p)
        return NULL;
    if (parent) {
        memcpy(p->text, parent->text, parent->n);
        p->text[parent->n] = separator;
    }
    memcpy(p->text + before, name, n_name);
    memcpy(p->text + before + n_name, digits, n_index);
    p->n = n;
    p->key = parent ? key_of(parent->key, p->text + parent->n) : key_of(empty_key, p->text);
    return p;
}

const hox__path *hox__frame_path(hox__derivation *d, hox__frame *frame)
{
    if (frame->path)
        return frame->path;
    const hox__path *parent = NULL;
    if (frame->parent && !(parent = hox__frame_path(d, frame->parent)))
        return NULL;
    if (frame->rule && frame->rule->once && !frame->parent &&
        !(parent = hox__path_new(d, NULL, 0, "once", -1)))
        return NULL;
    frame->path = hox__path_new(d, parent, frame->separator, frame->name, frame->index);
    return frame->path;
}
