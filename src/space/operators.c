#include "space/operators.h"
#include "base/alloc.h"
#include "lang/print.h"
#include "space/edit.h"
#include "space/reach.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DRAWS_MAX = 100, PATH_MAX_ = 512, MEMORY_MAX = 16 << 20 };

typedef enum { ALTER, KEEP, RESET, INSERT, REMOVE } action;

struct hox__operator {
    action action;
    const char *place, *text;
    double within, weight;
    const hox__expr *content;
};

struct hox__operators {
    const hox_space *space;
    int n;
    hox_space **content; /* [n] what is inserted, as a space of its own */
};

/* ---- declarations ---- */

static bool wrong(hox_space *space, hox__place place, const char *what)
{
    hox__diagnose(space->list, &space->tree->source, place, "E0317", "%s", what);
    return false;
}

static const char *printed(hox_space *space, const hox__expr *e)
{
    hox__text t = {0};
    hox__print_expr(&t, e);
    char *copy = t.failed ? NULL : hox__arena_copy(space->arena, hox__text_get(&t), t.len);
    hox__text_deinit(&t);
    space->failed_memory |= !copy;
    return copy ? copy : "";
}

/* Every name on the way must be a rule, a layer, or a parameter of one. */
static bool known_step(hox_space *space, const char *name, size_t n)
{
    const char *step = hox__arena_copy(space->arena, name, n);
    if (!step || hox__layer_named(space, step))
        return step != NULL;
    for (int i = 0; i < space->tree->n; i++) {
        const hox__item *item = &space->tree->item[i];
        if (item->kind == HOX__ITEM_RULE && !strcmp(hox__base_name(space, item->name), step))
            return true;
        for (int k = 0; item->kind == HOX__ITEM_RULE && k < item->n_params; k++)
            if (!strcmp(item->param[k].name, step))
                return true;
    }
    for (size_t i = 0; i < hox__table_count(space->layers); i++) {
        const hox__layer *layer = hox__table_at(space->layers, i, NULL, NULL);
        for (int k = 0; k < layer->n; k++)
            if (!strcmp(layer->param[k].name, step))
                return true;
    }
    return false;
}

static bool read_place(hox_space *space, const hox__expr *e, struct hox__operator *o)
{
    if (e->n == 0 || e->kid[0]->kind != HOX__EXPR_NAME || e->label[0])
        return wrong(space, e->place,
                     "an operator begins with the place it works on: alter(train.sgd.lr, ...)");
    o->place = e->kid[0]->name;
    for (const char *c = o->place; *c;) {
        const size_t n = strcspn(c, ".");
        if (!known_step(space, c, n)) {
            hox__unknown(space, &space->tree->source, e->kid[0]->place, "place", o->place, NULL);
            return false;
        }
        c += n + (c[n] == '.');
    }
    return true;
}

static bool read_arguments(hox_space *space, const hox__expr *e, struct hox__operator *o)
{
    const bool alter = o->action == ALTER, insert = o->action == INSERT;
    if (!read_place(space, e, o))
        return false;
    for (int i = 1; i < e->n; i++) {
        if (alter && e->label[i] && !strcmp(e->label[i], "within") &&
            e->kid[i]->kind == HOX__EXPR_NUMBER && e->kid[i]->number.value > 1)
            o->within = e->kid[i]->number.value;
        else if (insert && i == 1 && !e->label[i])
            o->content = e->kid[i];
        else
            return wrong(space, e->kid[i]->place,
                         alter ? "`alter` takes a place and `within`, a factor greater than 1"
                               : "`insert` takes a place and what to put there, `remove` a place");
    }
    return true;
}

static bool read_operator(hox_space *space, const hox__expr *e, double weight,
                          struct hox__operator *o)
{
    static const char *const names[] = {"alter", "keep", "reset", "insert", "remove"};
    while (e->kind == HOX__EXPR_GROUP)
        e = e->kid[0];
    const bool named = e->kind == HOX__EXPR_NAME || e->kind == HOX__EXPR_CALL;
    *o = (struct hox__operator){.text = printed(space, e), .weight = weight};
    for (int i = 0; named && i < 5; i++) {
        if (strcmp(names[i], e->name))
            continue;
        o->action = (action)i;
        if ((e->kind == HOX__EXPR_CALL) != (i != KEEP && i != RESET))
            break;
        return e->kind == HOX__EXPR_NAME || read_arguments(space, e, o);
    }
    return wrong(space, e->place,
                 "an operator is alter(place, within: 2.0), insert(place, what), remove(place), "
                 "keep or reset");
}

static const hox__item *rule_item(const hox_space *space, const char *name)
{
    for (int i = 0; i < space->tree->n; i++)
        if (space->tree->item[i].kind == HOX__ITEM_RULE && !strcmp(space->tree->item[i].name, name))
            return &space->tree->item[i];
    return NULL;
}

/* The rule that `search` calls its mutation, before rules are resolved: it is none of them. */
const char *hox__mutation_named(const hox_space *space)
{
    const hox__item *search = rule_item(space, "search");
    const hox__expr *e = search ? search->body : NULL;
    for (int i = 0; e && e->kind == HOX__EXPR_CALL && i < e->n; i++)
        if (e->label[i] && !strcmp(e->label[i], "mutate") && e->kid[i]->kind == HOX__EXPR_NAME &&
            rule_item(space, e->kid[i]->name))
            return e->kid[i]->name;
    return NULL;
}

void hox__read_operators(hox_space *space)
{
    const char *name = hox__mutation_named(space);
    const hox__expr *e = name ? rule_item(space, name)->body : NULL;
    if (!e)
        return;
    const bool choice = e->kind == HOX__EXPR_CHOICE;
    const int n = choice ? e->n : 1;
    space->mutation = name;
    space->operators = HOX__NEW_N(space->arena, struct hox__operator, n);
    if (!space->operators) {
        space->failed_memory = true;
        return;
    }
    for (int i = 0; i < n; i++) {
        double weight = 1;
        if (choice && e->weight && e->weight[i].spelled)
            weight = e->weight[i].value;
        if (!(weight > 0))
            wrong(space, e->place, "a weight must be positive");
        if (read_operator(space, choice ? e->kid[i] : e, weight, &space->operators[i]))
            space->n_operators++;
        else
            return;
    }
}

/* ---- opening ---- */

/* The space's own words and rules, with what is inserted for a network. */
static hox_space *content_space(const hox_space *space, const hox__expr *content, hox_error *err)
{
    hox__text t = {0};
    for (int i = 0; i < space->tree->n; i++) {
        const hox__item *item = &space->tree->item[i];
        if (item->kind == HOX__ITEM_REQUIRE ||
            (item->kind == HOX__ITEM_RULE &&
             (hox__is_reserved(item->name) || !strcmp(item->name, space->mutation))))
            continue;
        hox__print_item(&t, item);
        hox__text_putc(&t, '\n');
    }
    hox__text_puts(&t, "net = ");
    hox__print_expr(&t, content);
    hox__text_putc(&t, '\n');
    hox_space *made = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    if (t.failed || !list)
        hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for an operator");
    else if (hox_space_load("insert", hox__text_get(&t), t.len, NULL, list, &made) != HOX_OK)
        hox_fail_code(err, HOX_ERR_ARGUMENT, "E0317", "what is inserted is no network: %s",
                      hox_diagnostics_get(list, 0) ? hox_diagnostics_get(list, 0)->message : "");
    hox_diagnostics_free(list);
    hox__text_deinit(&t);
    return made;
}

hox__operators *hox__operators_open(const hox_space *space, const char *name, hox_error *err)
{
    if (!space->mutation || strcmp(space->mutation, name)) {
        hox_fail_code(err, HOX_ERR_ARGUMENT, "E0317", "the space declares no operators called `%s`",
                      name);
        return NULL;
    }
    hox__operators *o = hox__alloc(1, sizeof *o);
    if (o)
        o->content = hox__alloc((size_t)space->n_operators, sizeof *o->content);
    if (!o || !o->content) {
        hox__free(o);
        hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for operators");
        return NULL;
    }
    o->space = space;
    o->n = space->n_operators;
    for (int i = 0; i < o->n; i++)
        if (space->operators[i].content &&
            !(o->content[i] = content_space(space, space->operators[i].content, err))) {
            hox__operators_free(o);
            return NULL;
        }
    return o;
}

void hox__operators_free(hox__operators *o)
{
    for (int i = 0; o && i < o->n; i++)
        hox_space_free(o->content[i]);
    if (o)
        hox__free(o->content);
    hox__free(o);
}

const char *hox__operator_text(const hox__operators *o, int i)
{
    return i >= 0 && i < o->n ? o->space->operators[i].text : NULL;
}

/* ---- places ---- */

/* The next name of a path, without its index. */
static size_t step(const char **path)
{
    while (**path && strchr("/.|[]0123456789", **path))
        (*path)++;
    return strcspn(*path, "/.|[");
}

/* Are the names of the place among those of the path, in order, and the last one at its end, but
 * for rules that give its value? */
static bool matches(const char *path, const char *place, bool to_the_end)
{
    size_t n, k = strcspn(place, ".");
    while ((n = step(&path)) > 0) {
        if (n == k && !strncmp(path, place, n)) {
            place += k + (place[k] == '.');
            k = strcspn(place, ".");
        }
        path += n;
        if (k == 0)
            return !to_the_end || strchr(path, '.') == NULL;
    }
    return false;
}

static int questions_at(const hox_walk *w, const char *place, int pick)
{
    int n = 0;
    for (int i = 0; i < w->d->n; i++)
        if (matches(w->d->answer[i].path, place, true) && n++ == pick)
            return i;
    return pick < 0 ? n : -1;
}

/* Where elements or edges stand: the place's graphs and repetitions. */
typedef struct {
    const hox_walk *walk;
    const char *place;
    int n, pick;
    const hox__node *node;
    hox__part_kind part;
} site;

static bool named(const site *s, const hox__frame *frame, const char *last)
{
    char path[PATH_MAX_];
    const hox__path *p = hox__frame_path(s->walk->d, (hox__frame *)(uintptr_t)frame);
    snprintf(path, sizeof path, "%s.%s", p ? p->text : "", last);
    return matches(path, s->place, false) &&
           !strcmp(strrchr(s->place, '.') ? strrchr(s->place, '.') + 1 : s->place, last);
}

static void found(site *s, const hox__node *node, hox__part_kind part)
{
    if (s->n++ == s->pick) {
        s->node = node;
        s->part = part;
    }
}

static void find_sites(site *s, const hox__node *node)
{
    if (!node || node->again)
        return;
    const hox__phrase *p = node->phrase;
    for (int g = 0; node->wired && g <= HOX__PART_NODE; g++)
        if (g != HOX__PART_FIRST && p->layer->group[g] >= 0 &&
            named(s, node->call->frame, p->layer->param[p->layer->group[g]].name))
            found(s, node, (hox__part_kind)g);
    if (p->kind == HOX__REPEAT && (p->kid[0]->kind == HOX__RULE || p->kid[0]->kind == HOX__PARAM) &&
        named(s, node->frame, p->kid[0]->name))
        found(s, node, HOX__PART_NODE);
    for (int i = 0; i < node->n; i++)
        find_sites(s, node->kid[i]);
}

static site site_at(const hox_walk *w, const char *place, int pick)
{
    site s = {.walk = w, .place = place, .pick = pick};
    for (int i = 0; i < w->space->n_roots; i++)
        find_sites(&s, w->d->root[i]);
    return s;
}

/* ---- acting ---- */

typedef struct {
    const hox__operators *all;
    int i;
    const struct hox__operator *op;
    const hox_walk *from;
    hox_rng *rng;
    hox_walk *to;
    hox_error *err;
} use;

static hox_status refuse(const use *u, const char *why)
{
    return hox_fail_code(u->err, HOX_ERR_ARGUMENT, "E0408", "%s: %s", u->op->text, why);
}

static int below(const use *u, int n)
{
    return (int)hox_rng_below(u->rng, (uint32_t)n);
}

/* `same` said in numbers: the size of the dimension that arrives. */
static void fill_same(hox__row *row, const hox_space *space, const hox__shape *in)
{
    for (int i = 0; i < row->n; i++) {
        hox__said *item = &row->item[i];
        const hox__layer *layer =
            item->kind == HOX__SAYS_CALL ? hox__layer_named(space, item->name) : NULL;
        for (int k = 0; k < item->n; k++)
            fill_same(&item->part[k], space, in);
        for (int k = 0; layer && in && k < item->arguments; k++) {
            hox__row *a = &item->argument[k];
            const int j = layer->param[k].sets;
            if (a->n != 1 || a->item[0].kind != HOX__SAYS_WORD || strcmp(a->item[0].name, "same") ||
                j < 0)
                continue;
            a->item[0].kind = HOX__SAYS_NUMBER;
            a->item[0].number = in->rank == layer->out_rank ? in->dim[j] : in->dim[in->rank - 1];
        }
    }
}

static hox_status content_of(const use *u, hox__arena *arena, const hox__shape *in, hox__row *row)
{
    hox_walk *w = hox_walk_new(u->all->content[u->i], u->err);
    if (!w)
        return HOX_ERR_MEMORY;
    hox_status status = hox_walk_derive(w, hox_answer_prior, u->rng, NULL, u->err);
    for (int i = 0; status == HOX_OK && i < w->space->n_roots; i++)
        if (!strcmp(w->space->root[i]->name, "net") && !hox__say(arena, w->d->root[i], false, row))
            status = hox_fail_code(u->err, HOX_ERR_MEMORY, "E0901", "no memory for an operator");
    if (status == HOX_OK)
        fill_same(row, w->space, in);
    hox_walk_free(w);
    return status;
}

/* The shape at a place of a chain. */
static const hox__shape *shape_at(const use *u, const hox__node *node, int at)
{
    return node->wired && hox__wired_form(node)->wiring == HOX__WIRED_CHAIN
               ? hox__reach_shape_at(u->from->reach, hox__wired_shape(node, at))
               : NULL;
}

static const char *count_path(const use *u, const hox__node *node)
{
    const hox__node *count =
        node->wired ? node->call->thunk[node->phrase->layer->count].node : node->count;
    const hox__node *q = hox__count_question(count);
    for (int i = 0; q && i < u->from->d->n; i++)
        if (u->from->d->asked[i] == q)
            return u->from->d->answer[i].path;
    return NULL;
}

static hox_status element(const use *u, const hox__node *node)
{
    const char *path = count_path(u, node);
    const int n = node->wired ? hox__wired_form(node)->n : node->n;
    if (!path)
        return refuse(u, "the number of elements is no question");
    if (u->op->action == REMOVE)
        return n ? hox_edit_delete(u->from, path, below(u, n), u->rng, u->to, u->err)
                 : refuse(u, "there is no element");
    const int at = below(u, n + 1);
    if (!u->op->content)
        return hox_edit_insert(u->from, path, at, -1, u->rng, u->to, u->err);
    hox__row row = {0};
    hox__arena *arena = hox__arena_new(MEMORY_MAX);
    hox_status status = arena ? content_of(u, arena, shape_at(u, node, at), &row) : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = hox__edit_insert_content(u->from, path, at, &row, u->rng, u->to, u->err);
    hox__arena_free(arena);
    return status;
}

static hox_status edge(const use *u, const hox__node *node)
{
    const bool there = u->op->action == INSERT;
    const int edges = hox__form_parts(hox__wired_form(node), HOX__PART_EDGE);
    int fits = 0;
    for (int i = 0; i < edges; i++)
        fits += hox__node_is_none(node->kid[i]) == there;
    if (!fits)
        return refuse(u, there ? "every edge is there" : "there is no edge");
    int k = below(u, fits), i = 0;
    while (hox__node_is_none(node->kid[i]) != there || k-- > 0)
        i++;
    hox__row row = {0};
    hox__arena *arena = u->op->content ? hox__arena_new(MEMORY_MAX) : NULL;
    hox_status status = !u->op->content ? HOX_OK
                        : arena         ? content_of(u, arena, NULL, &row)
                                        : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = hox__edit_edge_content(u->from, node->kid[i], there, arena ? &row : NULL, u->rng,
                                        u->to, u->err);
    hox__arena_free(arena);
    return status;
}

static hox_status structure(const use *u)
{
    const int n = site_at(u->from, u->op->place, -1).n;
    if (n == 0)
        return refuse(u, "the sentence has no such place");
    const site s = site_at(u->from, u->op->place, below(u, n));
    return s.part == HOX__PART_EDGE ? edge(u, s.node) : element(u, s.node);
}

static hox_status act(const use *u)
{
    if (u->op->action == INSERT || u->op->action == REMOVE)
        return structure(u);
    if (u->op->action == KEEP || u->op->action == RESET) {
        struct hox__guide g = {.example = u->from->d};
        return hox__guided(u->to, &g, u->err);
    }
    const int n = questions_at(u->from, u->op->place, -1);
    if (n == 0)
        return refuse(u, "the sentence has no such place");
    const int i = questions_at(u->from, u->op->place, below(u, n));
    return hox_edit_nudge(u->from, u->from->d->answer[i].path, u->op->within, u->rng, u->to,
                          u->err);
}

hox_status hox__operator_apply(const hox__operators *o, int i, const hox_walk *from, hox_rng *rng,
                               hox_walk *to, hox_error *err)
{
    const use u = {o, i, &o->space->operators[i], from, rng, to, err};
    return act(&u);
}

hox_status hox__operators_apply(const hox__operators *o, const hox_walk *from, hox_rng *rng,
                                hox_walk *to, const char **applied, hox_error *err)
{
    double all = 0;
    for (int i = 0; i < o->n; i++)
        all += o->space->operators[i].weight;
    hox_error why = {0};
    for (int k = 0; k < DRAWS_MAX; k++) {
        double u = hox_rng_unit(rng) * all;
        int i = 0;
        while (i + 1 < o->n && (u -= o->space->operators[i].weight) >= 0)
            i++;
        why = (hox_error){0};
        const hox_status status = hox__operator_apply(o, i, from, rng, to, &why);
        if (status == HOX_OK && applied)
            *applied = o->space->operators[i].text;
        if (status == HOX_OK || status == HOX_ERR_MEMORY) {
            if (err && status != HOX_OK)
                *err = why;
            return status;
        }
    }
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0408", "no operator applies: %.200s",
                         why.message);
}
