/* What the data say about the ends of the network, and the roots that hold no choice as terms. */
#include "space/sentence.h"
#include "space/shape.h"
#include <string.h>

static void derive_alone(hox_space *space, int root)
{
    hox_walk *w = hox_walk_new(space, NULL);
    if (!w || !w->d) {
        space->failed_memory = true;
        hox_walk_free(w);
        return;
    }
    hox__derive_start(w, root, true);
    const hox_choice *c;
    while ((c = hox_walk_next(w)) && hox_walk_answer(w, c->fallback, NULL) == HOX_OK)
        ;
    if (w->finished && !w->dead) {
        space->fixed[root].term = hox__term_of(w->d, root);
        space->fixed[root].derivation = w->d;
        w->d->owners++;
    } else if (w->dead_at) {
        hox__diagnose(space->list, w->dead_at->source, w->dead_at->place, "E0401", "%s", w->why);
    }
    hox_walk_free(w);
}

static bool from_shape(const hox_term *source, hox_facts *f)
{
    const hox_term *shape = hox_term_get(source, "shape");
    if (!shape || shape->kind != HOX_TERM_LIST || shape->n < 1 || shape->n > 3)
        return false;
    if (shape->n == 1) {
        f->features = (int64_t)shape->part[0]->number;
        return f->features > 0;
    }
    f->height = (int64_t)shape->part[0]->number;
    f->width = (int64_t)shape->part[1]->number;
    f->channels = shape->n == 3 ? (int64_t)shape->part[2]->number : 1;
    return f->height > 0 && f->width > 0 && f->channels > 0;
}

static bool well_known(const hox_term *source, hox_facts *f)
{
    static const struct {
        const char *name;
        hox_facts facts;
    } sets[] = {
        {"fashion-mnist", {.height = 28, .width = 28, .channels = 1, .classes = 10}},
        {"mnist", {.height = 28, .width = 28, .channels = 1, .classes = 10}},
        {"cifar-10", {.height = 32, .width = 32, .channels = 3, .classes = 10}},
        {"cifar-100", {.height = 32, .width = 32, .channels = 3, .classes = 100}},
    };
    const char *name = hox_term_word(source, "name", "");
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (!strcmp(sets[i].name, name)) {
            *f = sets[i].facts;
            return true;
        }
    return false;
}

static void find_facts(hox_space *space, const hox_term *data, const hox_space_options *options)
{
    int n;
    const hox_term *const *part = hox_term_parts(&data, &n);
    if (!n || part[0]->kind != HOX_TERM_CALL)
        return;
    hox_facts f = {0};
    bool shaped = from_shape(part[0], &f);
    hox_facts other = {0};
    bool asked =
        !shaped && options && options->facts && options->facts(options->ctx, part[0], &other);
    if (asked || (!shaped && well_known(part[0], &other)))
        f = other;
    double classes = hox_term_number(part[0], "classes", 0);
    if (classes > 0)
        f.classes = (int64_t)classes;
    if (hox__facts_known(&f))
        space->facts = f;
}

/* Does the source of the data hold a choice? Then nothing is known for all sentences. */
static bool source_asks(const hox__phrase *body)
{
    while (body->kind == HOX__CHAIN && body->n)
        body = body->kid[0];
    return hox__phrase_asks(body);
}

void hox__find_facts(hox_space *space, const hox_space_options *options)
{
    for (int i = 0; i < space->n_roots; i++) {
        const hox__rule *root = space->root[i];
        bool data = !strcmp(root->name, "data");
        if (!strcmp(root->name, "net") || (hox__phrase_asks(root->body) && !data))
            continue;
        derive_alone(space, i);
        if (data && space->fixed[i].term && !source_asks(root->body))
            find_facts(space, space->fixed[i].term, options);
        if (hox__phrase_asks(root->body))
            space->fixed[i].term = NULL;
    }
}

/* A network of the vocabulary nn, whose shapes begin with those of the data. */
static bool has_net(const hox_space *space)
{
    bool nn = false;
    for (int i = 0; i < space->n_loaded; i++)
        nn |= !strcmp(space->loaded[i], "nn");
    return nn && hox_space_has(space, "net");
}

void hox__warn_unchecked(hox_space *space)
{
    if (!has_net(space) || hox__facts_known(&space->facts))
        return;
    const hox__rule *net = hox__rule_named(space, "net");
    hox_diagnostic *d = hox__diagnose(space->list, net->source, net->item->name_place, "W0401",
                                      "shapes were not checked: the sizes of the data are unknown");
    const hox_term *data = hox_space_constant(space, "data");
    int n;
    const hox_term *const *part = hox_term_parts(&data, &n);
    if (n && part[0]->kind == HOX_TERM_CALL && strcmp(part[0]->name, "idx"))
        hox__diagnose_help(space->list, d, "`%s` tells them once its file is here, or in HOX_DATA",
                           part[0]->name);
    else
        hox__diagnose_help(space->list, d,
                           "give them: idx(\"NAME\", shape: [28, 28, 1], classes: 10)");
}
