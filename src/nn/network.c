/* From a term to a graph: layers in turn, weights by path, sizes checked.
 *
 * A chain is built left to right; each CALL or WORD is looked up in layers.def. A weight is a
 * variable named PATH/part: a path that comes again is a `shared` rule and gets the same variable.
 * What a layer cannot build is told with the chain of sizes that led there.
 */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/table.h"
#include "nn/layers.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 200, NETWORK_BYTES_MAX = 1 << 28, TRAIL_SHOWN = 300 };

/* Of one example; keeps every product of sizes below 2^63. */
static const int64_t values_max = (int64_t)1 << 31;

typedef struct {
    hox__weight weight;
    hox__node next; /* its value after the step; HOX__NONE: not a running statistic */
} entry;

struct hox__network {
    hox__graph *g;
    hox__arena *arena;
    hox__table *by_name;
};

static const struct {
    const char *word;
    hox__layer *build;
} layer[] = {
#define LAYER(word, function) {#word, function},
#include "nn/layers.def"
#undef LAYER
};
enum { LAYERS = sizeof layer / sizeof layer[0] };

const char *hox__layer_word(int i)
{
    return i >= 0 && i < LAYERS ? layer[i].word : NULL;
}

/* ---- networks ---- */

hox__network *hox__network_new(void)
{
    return hox__alloc(1, sizeof(hox__network));
}

static void forget(hox__network *network)
{
    hox__table_free(network->by_name);
    hox__arena_free(network->arena);
    *network = (hox__network){0};
}

void hox__network_free(hox__network *network)
{
    if (network)
        forget(network);
    hox__free(network);
}

int hox__network_weights(const hox__network *network)
{
    return network->by_name ? (int)hox__table_count(network->by_name) : 0;
}

static entry *entry_at(const hox__network *network, int i)
{
    return hox__table_at(network->by_name, (size_t)i, NULL, NULL);
}

const hox__weight *hox__network_weight(const hox__network *network, int i)
{
    return &entry_at(network, i)->weight;
}

/* ---- errors ---- */

/* The end of the trail: what stands before it is seldom what is wrong. */
static const char *trail_end(const hox__text *trail, const char **dots)
{
    const char *s = hox__text_get(trail);
    *dots = "";
    if (strlen(s) <= TRAIL_SHOWN)
        return s;
    *dots = "… ";
    s += strlen(s) - TRAIL_SHOWN;
    const char *arrow = strstr(s, "-> ");
    return arrow ? arrow : s;
}

static void fail(hox__build *build, hox_status status, const char *code, const char *message)
{
    if (build->status == HOX_OK)
        build->status = hox_fail_code(build->err, status, code, "%s", message);
}

hox__node hox__site_fail(const hox__site *site, const char *format, ...)
{
    char why[256], message[512];
    const char *dots, *trail = trail_end(&site->build->trail, &dots);
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    snprintf(message, sizeof message, "%s%s -> %.60s %s", dots, trail, site->term->name, why);
    fail(site->build, HOX_ERR_SHAPE, "E0401", message);
    return HOX__NONE;
}

static hox__node short_of_memory(hox__build *build)
{
    fail(build, HOX_ERR_MEMORY, "E0901", "no memory to build the network");
    return HOX__NONE;
}

/* ---- arguments ---- */

static bool argument(const hox__site *site, const char *name, const hox__bounds *bounds,
                     double *out)
{
    const hox_term *term = hox_term_get(site->term, name);
    if (term && term->kind == HOX_TERM_NUMBER) {
        *out = term->number;
    } else if (term && term->name && strcmp(term->name, "same") == 0 && bounds->same >= 0) {
        *out = (double)bounds->same;
    } else if (term && term->name && strcmp(term->name, "classes") == 0) {
        *out = (double)site->build->classes;
    } else if (!term && bounds->fallback >= 0) {
        *out = (double)bounds->fallback;
    } else {
        hox__site_fail(site, term ? "cannot use `%.40s` as %s" : "lacks %.0s%s",
                       term && term->name ? term->name : "", name);
        return false;
    }
    return true;
}

bool hox__site_int(const hox__site *site, const char *name, hox__bounds bounds, int64_t *out)
{
    double value;
    if (!argument(site, name, &bounds, &value))
        return false;
    if (!(value >= (double)bounds.low && value <= (double)bounds.high) ||
        value != (double)(int64_t)value) {
        hox__site_fail(site, "%s %g is not a whole number in %lld .. %lld", name, value,
                       (long long)bounds.low, (long long)bounds.high);
        return false;
    }
    *out = (int64_t)value;
    return true;
}

bool hox__site_yes(const hox__site *site, const char *name, bool fallback)
{
    return strcmp(hox_term_word(site->term, name, fallback ? "yes" : "no"), "yes") == 0;
}

int64_t hox__padding(int64_t size, int64_t window, int64_t stride)
{
    const int64_t need = ((size + stride - 1) / stride - 1) * stride + window - size;
    return need > 0 ? need : 0;
}

/* ---- weights ---- */

static bool shapes_equal(const hox__shape *a, const hox__shape *b)
{
    return a->rank == b->rank && memcmp(a->dim, b->dim, (size_t)a->rank * sizeof a->dim[0]) == 0;
}

hox__node hox__site_weight(const hox__site *site, const hox__wish *wish)
{
    hox__network *network = site->build->network;
    const char *name = hox__arena_printf(network->arena, "%s/%s", site->path, wish->part);
    if (!name)
        return short_of_memory(site->build);
    entry *known = hox__table_gets(network->by_name, name);
    if (known && !shapes_equal(&known->weight.shape, &wish->shape))
        return hox__site_fail(site, "is used elsewhere on another size; what `shared` names must "
                                    "get the same size everywhere");
    if (known)
        return known->weight.node;
    entry *made = HOX__NEW(network->arena, entry);
    if (!made || !hox__table_puts(network->by_name, name, made))
        return short_of_memory(site->build);
    *made = (entry){.weight = {.name = name,
                               .node = hox__variable(site->g, wish->shape, name),
                               .shape = wish->shape,
                               .fan_in = wish->fan_in,
                               .fan_out = wish->fan_out,
                               .initial = wish->initial,
                               .trained = wish->trained,
                               .decayed = wish->decayed},
                    .next = HOX__NONE};
    return made->weight.node;
}

hox__node hox__site_bias(const hox__site *site, hox__node y, const char *part, float initial)
{
    const hox__shape shape = *hox__node_shape(site->g, y);
    if (y == HOX__NONE)
        return y;
    const int axis = shape.rank == 4 ? 1 : shape.rank - 1;
    const hox__wish wish = {
        .part = part, .shape = HOX__SHAPE(shape.dim[axis]), .initial = initial, .trained = true};
    hox__shape row = {shape.rank, {1, 1, 1, 1}};
    row.dim[axis] = shape.dim[axis];
    const hox__node bias = hox__reshape(site->g, hox__site_weight(site, &wish), row);
    return hox__add(site->g, y, hox__expand(site->g, bias, shape));
}

bool hox__is_tokens(const hox__site *site, hox__node x)
{
    return x == site->build->tokens && x != HOX__NONE;
}

void hox__site_running(const hox__site *site, hox__node variable, hox__node value, float keep)
{
    hox__graph *g = site->g;
    hox__network *network = site->build->network;
    for (int i = 0; i < hox__network_weights(network); i++) {
        entry *e = entry_at(network, i);
        if (e->weight.node != variable || variable == HOX__NONE)
            continue;
        const hox__node old = e->next == HOX__NONE ? variable : e->next;
        e->next = hox__add(g, hox__mul(g, hox__constant(g, HOX__SCALAR, keep), old),
                           hox__mul(g, hox__constant(g, HOX__SCALAR, 1 - keep), value));
    }
}

/* ---- building ---- */

hox__size_text hox__size_of(const hox__graph *g, hox__node x)
{
    const hox__shape *s = hox__node_shape(g, x);
    hox__size_text size;
    if (s->rank == 4)
        snprintf(size.text, sizeof size.text, "%lldx%lldx%lld", (long long)s->dim[2],
                 (long long)s->dim[3], (long long)s->dim[1]);
    else if (s->rank == 3)
        snprintf(size.text, sizeof size.text, "%lldx%lld", (long long)s->dim[1],
                 (long long)s->dim[2]);
    else
        snprintf(size.text, sizeof size.text, "%lld", (long long)s->dim[1]);
    return size;
}

void hox__build_back(hox__build *build, size_t length)
{
    if (build->trail.failed || length > build->trail.len)
        return;
    build->trail.len = length;
    build->trail.data[length] = 0;
}

/* " -> conv 5x5/2 -> 12x12x32": the size only when it changed. */
static void note(const hox__site *site, hox__node from, hox__node to)
{
    hox__text *trail = &site->build->trail;
    const hox__size_text before = hox__size_of(site->g, from), after = hox__size_of(site->g, to);
    const int64_t k =
        (int64_t)hox_term_number(site->term, "kernel", hox_term_number(site->term, "size", 0));
    const int64_t width = (int64_t)hox_term_number(site->term, "width", (double)k);
    const int64_t stride = (int64_t)hox_term_number(site->term, "stride", 1);
    hox__text_printf(trail, " -> %s", site->term->name);
    if (k > 0)
        hox__text_printf(trail, " %lldx%lld", (long long)k, (long long)width);
    if (stride > 1)
        hox__text_printf(trail, "/%lld", (long long)stride);
    if (strcmp(before.text, after.text) != 0)
        hox__text_printf(trail, " -> %s", after.text);
}

static hox__layer *find_layer(hox__build *build, const hox_term *term)
{
    const char *words[LAYERS];
    const bool named = term->kind == HOX_TERM_CALL || term->kind == HOX_TERM_WORD;
    const char *name = named && term->name ? term->name : "";
    char message[256];
    for (int i = 0; i < LAYERS; i++) {
        words[i] = layer[i].word;
        if (strcmp(layer[i].word, name) == 0)
            return layer[i].build;
    }
    const char *near = hox__nearest(name, words, LAYERS);
    snprintf(message, sizeof message,
             !*name ? "the network holds a value where a layer should stand"
             : near ? "the engine knows no layer `%.60s`; did you mean `%s`?"
                    : "the engine knows no layer `%.60s`",
             name, near);
    fail(build, HOX_ERR_ARGUMENT, "E0404", message);
    return NULL;
}

static hox__node build_layer(hox__build *build, const hox_term *term, hox__node x)
{
    char unnamed[32];
    hox__layer *make = find_layer(build, term);
    snprintf(unnamed, sizeof unnamed, "layer[%d]", build->layers++);
    if (!make)
        return HOX__NONE;
    const hox__site site = {build, build->g, term,
                            term->path && *term->path ? term->path : unnamed};
    const hox__node y = make(&site, x);
    if (build->status == HOX_OK)
        build->status = hox__graph_status(build->g, build->err);
    if (build->status != HOX_OK || y == HOX__NONE)
        return build->status == HOX_OK ? short_of_memory(build) : HOX__NONE;
    int64_t values = 1;
    const hox__shape *shape = hox__node_shape(build->g, y);
    for (int i = 1; i < shape->rank; i++)
        values = values > values_max / shape->dim[i] ? values_max + 1 : values * shape->dim[i];
    if (values > values_max)
        return hox__site_fail(&site, "makes more than 2^31 values");
    note(&site, x, y);
    return y;
}

hox__node hox__build_chain(hox__build *build, const hox_term *term, hox__node x)
{
    if (build->status != HOX_OK || x == HOX__NONE)
        return HOX__NONE;
    if (++build->depth > DEPTH_MAX) {
        fail(build, HOX_ERR_ARGUMENT, "E0405", "the network is nested deeper than 200 levels");
        return HOX__NONE;
    }
    if (term->kind == HOX_TERM_CHAIN)
        for (int i = 0; i < term->n && x != HOX__NONE; i++)
            x = hox__build_chain(build, term->part[i], x);
    else
        x = build_layer(build, term, x);
    build->depth--;
    return x;
}

/* The running statistics move. */
static void assign_running(const hox__network *network)
{
    for (int i = 0; i < hox__network_weights(network); i++) {
        const entry *e = entry_at(network, i);
        if (e->next != HOX__NONE)
            hox__assign(network->g, e->weight.node, e->next);
    }
}

static bool begin(hox__network *network, hox__graph *g)
{
    if (network->g == g)
        return true;
    forget(network);
    network->arena = hox__arena_new(NETWORK_BYTES_MAX);
    network->by_name = hox__table_new();
    network->g = g;
    return network->arena && network->by_name;
}

/* One value for each class comes out, of each example or of each step of it. */
static hox__node answers_of(hox__build *build, hox__node y)
{
    const hox__shape *shape = hox__node_shape(build->g, y);
    char message[512];
    if (build->classes <= 0 ||
        (shape->rank == (build->each ? 3 : 2) && shape->dim[shape->rank - 1] == build->classes))
        return y;
    const char *dots, *trail = trail_end(&build->trail, &dots);
    const bool long_one = shape->rank == 3 && !build->each;
    snprintf(message, sizeof message,
             "%s%s: the network must end with a vector of %lld%s; end it with %sdense(%s)", dots,
             trail, (long long)build->classes,
             build->each           ? " at every step, one value for each token"
             : build->classes == 1 ? ", the number that is asked for"
                                   : ", one for each class",
             long_one ? "last or globalpool and " : "", build->classes == 1 ? "1" : "classes");
    fail(build, HOX_ERR_SHAPE, "E0401", message);
    return HOX__NONE;
}

static hox_status build_net(hox__build *build, const hox_term *net, const hox__entry *door,
                            bool whole, hox__node *out)
{
    *out = HOX__NONE;
    const hox_status status = hox__graph_status(build->g, build->err);
    if (status != HOX_OK)
        return status;
    if (!net)
        return hox_fail(build->err, HOX_ERR_ARGUMENT, "the sentence has no `net`");
    if (!begin(build->network, build->g))
        return hox_fail_code(build->err, HOX_ERR_MEMORY, "E0901", "no memory to build the network");
    const hox__node x = hox__columns(build, door);
    hox__text_printf(&build->trail, "input %s", hox__size_of(build->g, x).text);
    hox__node y = hox__build_chain(build, net, x);
    if (y != HOX__NONE && whole)
        y = answers_of(build, y);
    if (build->status == HOX_OK && build->training)
        assign_running(build->network);
    if (build->status == HOX_OK)
        build->status = hox__graph_status(build->g, build->err);
    hox__text_deinit(&build->trail);
    *out = build->status == HOX_OK ? y : HOX__NONE;
    return build->status;
}

static hox__build build_on(hox__network *network, hox__graph *g, const hox__entry *door,
                           bool training, hox_error *err)
{
    return (hox__build){.network = network,
                        .g = g,
                        .classes = door->classes,
                        .each = door->each,
                        .tokens = door->vocabulary > 0 ? door->x : HOX__NONE,
                        .vocabulary = door->vocabulary,
                        .table = HOX__NONE,
                        .training = training,
                        .err = err};
}

hox_status hox__network_build_on(hox__network *network, hox__graph *g, const hox_term *net,
                                 const hox__entry *door, bool training, hox__node *logits,
                                 hox_error *err)
{
    hox__build build = build_on(network, g, door, training, err);
    return build_net(&build, net, door, true, logits);
}

hox_status hox__network_build(hox__network *network, hox__graph *g, const hox_term *net,
                              hox__node x, int64_t classes, bool training, hox__node *logits,
                              hox_error *err)
{
    const hox__entry door = {.x = x, .classes = classes};
    return hox__network_build_on(network, g, net, &door, training, logits, err);
}

hox_status hox__network_part(hox__network *network, hox__graph *g, const hox_term *part,
                             hox__node x, int64_t classes, hox__node *out, hox_error *err)
{
    const hox__entry door = {.x = x, .classes = classes};
    hox__build build = build_on(network, g, &door, false, err);
    return build_net(&build, part, &door, false, out);
}
