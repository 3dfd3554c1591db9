/* Examples and what they own. */
#include "base/alloc.h"
#include "base/number.h"
#include "data/set.h"
#include <string.h>

enum { ARRAYS_MAX = 6 };

typedef struct {
    void *memory;
    size_t scratch; /* bytes of a scratch file; 0: heap */
} array;

typedef struct {
    hox__examples public; /* first: hox__examples_free() finds the rest */
    array array[ARRAYS_MAX];
    int arrays;
    hox__mapping file;
    hox__schema *schema;
} set;

static set *own(hox__examples *examples)
{
    return (set *)examples;
}

hox__examples *hox__examples_new(hox__kind kind, hox__target target)
{
    set *made = hox__alloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->public.kind = kind;
    made->public.target = target;
    return &made->public;
}

void *hox__examples_array(hox__examples *examples, int64_t n, size_t size)
{
    set *s = own(examples);
    int64_t bytes;
    if (s->arrays == ARRAYS_MAX || !hox__mul_i64(n, (int64_t)size, &bytes))
        return NULL;
    array a = {0};
    if (bytes < HOX__SCRATCH_FROM)
        a.memory = hox__alloc((size_t)bytes + 1, 1);
    else if (hox__scratch_map((size_t)bytes, &a.memory, NULL) == HOX_OK)
        a.scratch = (size_t)bytes;
    if (a.memory)
        s->array[s->arrays++] = a;
    return a.memory;
}

void hox__examples_keep(hox__examples *examples, const hox__mapping *file)
{
    own(examples)->file = *file;
}

void hox__examples_describe(hox__examples *examples, hox__schema *schema)
{
    own(examples)->schema = hox__schema_share(schema);
    examples->schema = schema;
    examples->class_names = schema->class_name;
}

void hox__examples_free(hox__examples *examples)
{
    if (!examples)
        return;
    set *s = own(examples);
    for (int i = 0; i < s->arrays; i++)
        if (s->array[i].scratch)
            hox__scratch_unmap(s->array[i].memory, s->array[i].scratch);
        else
            hox__free(s->array[i].memory);
    hox__file_unmap(&s->file);
    hox__schema_free(s->schema);
    hox__free(s);
}

void hox__images_free(hox__images *images)
{
    hox__examples_free(images);
}

bool hox__examples_labelled(const hox__examples *examples)
{
    switch (examples->target) {
    case HOX__CLASS:
        return examples->labels != NULL;
    case HOX__VALUE:
        return examples->values != NULL;
    case HOX__NEXT:
        return examples->codes != NULL;
    }
    return false;
}

void hox__class_weights(const hox__examples *examples, const int64_t *rows, int64_t n,
                        float *weight)
{
    for (int c = 0; c < examples->classes; c++)
        weight[c] = 0;
    for (int64_t i = 0; i < n; i++)
        weight[examples->labels[rows ? rows[i] : i]] += 1;
    for (int c = 0; c < examples->classes; c++)
        if (weight[c] > 0)
            weight[c] = (float)((double)n / ((double)examples->classes * (double)weight[c]));
}
