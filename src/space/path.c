/* Paths of questions and parts: interned, so that equal paths are equal pointers. */
#include "base/alloc.h"
#include "space/derive.h"
#include <string.h>

static uint64_t hash_of(const hox__path *parent, char separator, const char *name, int index)
{
    uint64_t h = parent ? parent->hash : 0xcbf29ce484222325u;
    for (h = (h ^ (uint8_t)separator) * 0x100000001b3u; *name; name++)
        h = (h ^ (uint8_t)*name) * 0x100000001b3u;
    return (h ^ (uint64_t)(uint32_t)index) * 0x100000001b3u;
}

static bool grow(hox__paths *t)
{
    size_t cap = t->cap ? 2 * t->cap : 256;
    const hox__path **slot = hox__alloc(cap, sizeof *slot);
    if (!slot)
        return false;
    for (size_t i = 0; i < t->cap; i++)
        if (t->slot[i]) {
            size_t at = t->slot[i]->hash & (cap - 1);
            while (slot[at])
                at = (at + 1) & (cap - 1);
            slot[at] = t->slot[i];
        }
    hox__free(t->slot);
    t->slot = slot;
    t->cap = cap;
    return true;
}

static const hox__path *make(hox__paths *t, hox__path path)
{
    hox__path *p = HOX__NEW(t->arena, hox__path);
    const char *before = path.parent ? path.parent->text : "";
    char between[2] = {path.parent ? path.separator : 0, 0};
    char *text = path.index < 0 ? hox__arena_printf(t->arena, "%s%s%s", before, between, path.name)
                                : hox__arena_printf(t->arena, "%s%s%s[%d]", before, between,
                                                    path.name, path.index);
    char *name = hox__arena_copy(t->arena, path.name, strlen(path.name));
    if (!p || !text || !name)
        return NULL;
    *p = path;
    p->name = name;
    p->text = text;
    return p;
}

const hox__path *hox__path_find(const hox_space *space, const hox__path *parent, char separator,
                                const char *name, int index)
{
    hox__paths *t = (hox__paths *)(uintptr_t)&space->paths; /* has a lock of its own */
    uint64_t hash = hash_of(parent, separator, name, index);
    const hox__path *found = NULL;
    pthread_mutex_lock(&t->lock);
    if (2 * (t->count + 1) > t->cap && !grow(t))
        goto done;
    size_t at = hash & (t->cap - 1);
    for (; (found = t->slot[at]); at = (at + 1) & (t->cap - 1))
        if (found->hash == hash && found->parent == parent && found->index == index &&
            found->separator == separator && !strcmp(found->name, name))
            goto done;
    found = make(t, (hox__path){parent, name, separator, index, hash, NULL});
    if (found) {
        t->slot[at] = found;
        t->count++;
    }
done:
    pthread_mutex_unlock(&t->lock);
    return found;
}

const hox__path *hox__frame_path(const hox_space *space, hox__frame *frame)
{
    if (frame->path)
        return frame->path;
    const hox__path *parent = NULL;
    if (frame->parent && !(parent = hox__frame_path(space, frame->parent)))
        return NULL;
    if (frame->rule && frame->rule->once && !frame->parent)
        parent = hox__path_find(space, NULL, 0, "once", -1);
    frame->path = hox__path_find(space, parent, frame->separator, frame->name, frame->index);
    return frame->path;
}
