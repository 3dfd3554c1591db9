/* Compiling a graph and running it. */
#include "tensor/plan.h"
#include "base/alloc.h"
#include "base/text.h"
#include "tensor/compile.h"
#include <string.h>

/* ---- what is computed, and who reads what ---- */

static void mark_live(hox__compile *c, const hox__node *output, int n)
{
    const hox__graph *g = c->g;
    for (int i = 0; i < n; i++)
        c->live[output[i]] = c->kept[output[i]] = true;
    for (int i = 0; i < g->assigns; i++)
        c->live[g->assign[i].value] = c->kept[g->assign[i].value] = true;
    for (hox__node a = c->nodes - 1; a >= 0; a--) {
        const hox__op op = g->node[a].op;
        c->live[a] |= op == HOX__OP_INPUT || op == HOX__OP_VARIABLE;
        for (int i = 0; c->live[a] && i < g->node[a].n; i++)
            c->live[g->node[a].in[i]] = true;
        /* what is kept under another name is kept */
        if (c->kept[a] && hox__operations[op].kind == HOX__ALIAS)
            c->kept[g->node[a].in[0]] = true;
    }
}

/* Readers of each node, in one list. */
static bool list_users(hox__compile *c)
{
    int total = 0;
    for (hox__node a = 0; a < c->nodes; a++)
        for (int i = 0; c->live[a] && i < c->g->node[a].n; i++, total++)
            c->first_user[c->g->node[a].in[i] + 1]++;
    for (hox__node a = 0; a < c->nodes; a++)
        c->first_user[a + 1] += c->first_user[a];
    c->user = hox__arena_alloc(c->scratch, (size_t)total + 1, sizeof *c->user);
    int *filled = hox__arena_alloc(c->scratch, (size_t)c->nodes + 1, sizeof *filled);
    if (!c->user || !filled)
        return hox__compile_short(c);
    for (hox__node a = 0; a < c->nodes; a++)
        for (int i = 0; c->live[a] && i < c->g->node[a].n; i++) {
            const hox__node in = c->g->node[a].in[i];
            c->user[c->first_user[in] + filled[in]++] = a;
        }
    return true;
}

static bool compile_init(hox__compile *c)
{
    const size_t n = (size_t)c->nodes + 2;
    c->live = hox__arena_alloc(c->scratch, n, sizeof *c->live);
    c->kept = hox__arena_alloc(c->scratch, n, sizeof *c->kept);
    c->done = hox__arena_alloc(c->scratch, n, sizeof *c->done);
    c->first_user = hox__arena_alloc(c->scratch, n, sizeof *c->first_user);
    c->at = hox__arena_alloc(c->scratch, n, sizeof *c->at);
    c->layout = hox__arena_alloc(c->scratch, n, sizeof *c->layout);
    c->group = hox__arena_alloc(c->scratch, n, sizeof *c->group);
    c->group_first = hox__arena_alloc(c->scratch, n, sizeof *c->group_first);
    c->group_size = hox__arena_alloc(c->scratch, n, sizeof *c->group_size);
    c->norm_of = hox__arena_alloc(c->scratch, n, sizeof *c->norm_of);
    c->last_read = hox__arena_alloc(c->scratch, n, sizeof *c->last_read);
    if (!c->live || !c->kept || !c->done || !c->first_user || !c->at || !c->layout || !c->group ||
        !c->group_size || !c->group_first || !c->norm_of || !c->last_read)
        return hox__compile_short(c);
    memset(c->at, -1, n * sizeof *c->at);
    for (hox__node a = 0; a < c->nodes; a++)
        c->group[a] = a;
    return true;
}

/* Places of inputs, variables and constants. */
static bool leaves(hox__compile *c)
{
    for (hox__node a = 0; a < c->nodes; a++) {
        const hox__op op = c->g->node[a].op;
        if (!c->live[a] || hox__operations[op].kind != HOX__LEAF)
            continue;
        const int buffer = hox__buffer_add(c, hox__value_bytes(c, a, HOX__PLAIN),
                                           op == HOX__OP_VARIABLE ? HOX__VARIABLES : HOX__PINNED);
        if (buffer < 0)
            return false;
        c->at[a][HOX__PLAIN] = buffer;
        c->done[a] = true;
    }
    return true;
}

/* ---- what callers reach by name or by node of their own graph ---- */

static hox__slot slot_of(const hox__compile *c, hox__node theirs, hox__node ours)
{
    const hox__value *v = &c->g->node[ours];
    return (hox__slot){theirs, c->at[ours][HOX__PLAIN], hox__shape_count(&v->shape), v->name,
                       v->shape};
}

static bool slots(hox__compile *c, const hox__graph *theirs, const hox__node *map)
{
    hox__plan *plan = c->plan;
    plan->input = hox__compile_alloc(c, (size_t)theirs->count, sizeof *plan->input);
    plan->variable = hox__compile_alloc(c, (size_t)theirs->count, sizeof *plan->variable);
    for (hox__node a = 0; plan->input && plan->variable && a < theirs->count; a++) {
        if (theirs->node[a].op == HOX__OP_INPUT)
            plan->input[plan->inputs++] = slot_of(c, a, map[a]);
        if (theirs->node[a].op == HOX__OP_VARIABLE)
            plan->variable[plan->variables++] = slot_of(c, a, map[a]);
    }
    return c->status == HOX_OK;
}

/* Outputs keep their places, in plain layout. */
static bool outputs(hox__compile *c, const hox__node *theirs, const hox__node *ours, int n)
{
    hox__plan *plan = c->plan;
    plan->output = hox__compile_alloc(c, (size_t)n, sizeof *plan->output);
    for (int i = 0; plan->output && i < n; i++) {
        const int buffer = hox__operand(c, ours[i], HOX__PLAIN);
        if (buffer < 0)
            return false;
        if (plan->buffer[buffer].lifetime == HOX__TEMPORARY)
            plan->buffer[buffer].lifetime = HOX__PINNED;
        plan->output[plan->outputs++] = slot_of(c, theirs[i], ours[i]);
    }
    return c->status == HOX_OK;
}

static bool assigned(hox__compile *c)
{
    for (int i = 0; i < c->g->assigns; i++)
        if (hox__operand(c, c->g->assign[i].value, HOX__PLAIN) < 0)
            return false;
    return true;
}

static hox__node beneath(const hox__graph *g, hox__node a)
{
    while (hox__operations[g->node[a].op].kind == HOX__ALIAS)
        a = g->node[a].in[0];
    return a;
}

static void fill_constants(hox__compile *c)
{
    for (hox__node a = 0; a < c->nodes; a++)
        if (c->live[a] && c->g->node[a].op == HOX__OP_CONSTANT) {
            const hox__value *v = &c->g->node[a];
            const hox__buffer *b = &c->plan->buffer[c->at[a][HOX__PLAIN]];
            const hox__call call = {
                .param = &v->param, .out_shape = &v->shape, .out = c->plan->base + b->offset};
            hox__operations[v->op].kernel(&call);
        }
}

/* The plan's own graph; outputs that are variables are copied, so that they stay what the run
 * used. */
typedef hox__graph *rewrite(const hox__graph *g, const hox__node *output, int n, hox__node *map);

/* Rewrites c->g, following what the caller's nodes became. */
static bool rewritten(hox__compile *c, rewrite *pass, int theirs, hox__node *map, hox__node *ours,
                      int n)
{
    hox__graph *old = c->g;
    hox__node *next = hox__arena_alloc(c->scratch, (size_t)old->count + 1, sizeof *next);
    if (!next)
        return hox__compile_short(c);
    c->g = c->plan->g = pass(old, ours, n, next);
    for (int a = 0; c->g && a < theirs; a++)
        map[a] = map[a] == HOX__NONE ? HOX__NONE : next[map[a]];
    for (int i = 0; c->g && i < n; i++)
        ours[i] = next[ours[i]];
    hox__graph_free(old);
    return c->g || hox__compile_short(c);
}

static bool own_graph(hox__compile *c, const hox__graph *g, const hox__node *output, int n,
                      hox__node *map, hox__node *ours)
{
    c->g = c->plan->g = hox__simplified(g, output, n, map);
    if (!c->g)
        return hox__compile_short(c);
    for (int i = 0; i < n; i++)
        ours[i] = map[output[i]];
    if (!c->options->reference && (!rewritten(c, hox__regrouped, g->count, map, ours, n) ||
                                   !rewritten(c, hox__summed, g->count, map, ours, n) ||
                                   !rewritten(c, hox__simplified, g->count, map, ours, n)))
        return false;
    if (!c->options->reference && hox__may_turn(c->g) &&
        (!rewritten(c, hox__turned, g->count, map, ours, n) ||
         !rewritten(c, hox__simplified, g->count, map, ours, n)))
        return false;
    for (int i = 0; i < n; i++) {
        if (c->g->node[beneath(c->g, ours[i])].op == HOX__OP_VARIABLE)
            ours[i] = hox__emit1(c->g, HOX__OP_COPY, ours[i]);
        if (ours[i] == HOX__NONE)
            return hox__compile_short(c);
    }
    c->nodes = c->g->count;
    return true;
}

static bool compile(hox__compile *c, const hox__graph *g, const hox__node *output, int n)
{
    hox__plan *plan = c->plan;
    c->scratch = hox__arena_new(SIZE_MAX);
    hox__node *map =
        c->scratch ? hox__arena_alloc(c->scratch, (size_t)g->count + 1, sizeof *map) : NULL;
    hox__node *ours = map ? hox__arena_alloc(c->scratch, (size_t)n + 1, sizeof *ours) : NULL;
    if (!ours)
        return hox__compile_short(c);
    if (!own_graph(c, g, output, n, map, ours) || !compile_init(c))
        return false;
    mark_live(c, ours, n);
    if (!list_users(c) || !leaves(c))
        return false;
    if (!c->options->reference) {
        plan->library = hox__library_open(plan->set->width, hox__team_size(plan->team));
        if (c->options->half && !(plan->library && hox__library_halve(plan->library))) {
            c->status = hox_fail_code(c->err, HOX_ERR_ARGUMENT, "E0904",
                                      "bf16 needs a processor that has avx512_bf16, and oneDNN");
            return false;
        }
        hox__choose_layouts(c);
        if (!hox__fuse(c))
            return false;
    }
    if (!hox__lower(c) || !assigned(c) || !outputs(c, output, ours, n) || !slots(c, g, map) ||
        !hox__place(c))
        return false;
    if (!c->dry)
        fill_constants(c);
    plan->facts.rows = plan->rows;
    for (int r = 0; r < plan->rows; r++)
        plan->facts.flops += plan->row[r].flops;
    return c->status == HOX_OK;
}

static hox_status check(const hox__graph *g, const hox__node *output, int n, hox_error *err)
{
    const hox_status status = hox__graph_status(g, err);
    for (int i = 0; status == HOX_OK && i < n; i++) {
        if (output[i] < 0 || output[i] >= g->count)
            return hox_fail(err, HOX_ERR_ARGUMENT, "plan: output %d is not a node of the graph",
                            i + 1);
        if (g->node[output[i]].type != HOX__F32)
            return hox_fail(err, HOX_ERR_ARGUMENT, "plan: output %d holds labels, not numbers",
                            i + 1);
    }
    return status;
}

static hox_status make(const hox__graph *g, const hox__node *output, int n,
                       const hox__plan_options *options, bool dry, hox__plan **out, hox_error *err)
{
    static const hox__plan_options defaults = {0};
    hox_status status = check(g, output, n, err);
    if (status != HOX_OK)
        return status;
    hox__compile c = {
        .options = options ? options : &defaults, .err = err, .nodes = g->count, .dry = dry};
    c.plan = hox__alloc(1, sizeof *c.plan);
    c.root = hox_rng_seed(c.options->seed);
    if (c.plan && !hox__kernels_at(c.options->kernels)) {
        hox__free(c.plan);
        return hox_fail(err, HOX_ERR_ARGUMENT, "plan: this machine has no vector kernels number %d",
                        c.options->kernels);
    }
    if (c.plan) {
        c.plan->set = hox__kernels_at(c.options->kernels);
        c.plan->arena = hox__arena_new(SIZE_MAX);
        c.status = hox__team_new(c.options->threads, &c.plan->team, err);
    }
    if (!c.plan || !c.plan->arena)
        hox__compile_short(&c);
    else if (c.status == HOX_OK)
        compile(&c, g, output, n);
    hox__arena_free(c.scratch);
    if (c.status == HOX_OK)
        *out = c.plan;
    else
        hox__plan_free(c.plan);
    return c.status;
}

hox_status hox__plan_new(const hox__graph *g, const hox__node *output, int n,
                         const hox__plan_options *options, hox__plan **out, hox_error *err)
{
    return make(g, output, n, options, false, out, err);
}

hox_status hox__plan_measure(const hox__graph *g, const hox__node *output, int n,
                             const hox__plan_options *options, hox__plan_facts *facts,
                             hox_error *err)
{
    hox__plan *plan;
    const hox_status status = make(g, output, n, options, true, &plan, err);
    if (status != HOX_OK)
        return status;
    *facts = plan->facts;
    hox__plan_free(plan);
    return HOX_OK;
}

void hox__plan_free(hox__plan *plan)
{
    if (!plan)
        return;
    hox__library_close(plan->library);
    hox__team_free(plan->team);
    hox__graph_free(plan->g);
    hox__arena_free(plan->arena);
    hox__free(plan->row);
    hox__free(plan->buffer);
    hox__free_pages(plan->base, plan->facts.arena_bytes);
    hox__free(plan);
}

/* ---- running ---- */

/* Every thread's mode. There may be fewer threads the first time than the second (OMP_DYNAMIC). */
typedef struct {
    bool known[HOX__THREADS_MAX];
    unsigned mode[HOX__THREADS_MAX];
} modes;

static void denormals_off(void *ctx, int part, int parts)
{
    modes *m = ctx;
    (void)parts;
    m->known[part] = true;
    m->mode[part] = hox__denormals_off();
}

static void denormals_restore(void *ctx, int part, int parts)
{
    const modes *m = ctx;
    (void)parts;
    if (m->known[part])
        hox__denormals_restore(m->mode[part]);
}

void hox__plan_run(hox__plan *plan)
{
    modes before = {.known = {false}};
    hox__team_run(plan->team, denormals_off, &before);
    if (plan->library)
        hox__library_threads(plan->library);
    for (int r = 0; r < plan->rows; r++)
        plan->row[r].run(&plan->row[r]);
    hox__team_run(plan->team, denormals_restore, &before);
    plan->step++;
}

uint64_t hox__plan_step(const hox__plan *plan)
{
    return plan->step;
}

void hox__plan_set_step(hox__plan *plan, uint64_t step)
{
    plan->step = step;
}

static void *place(const hox__plan *plan, int buffer)
{
    return plan->base + plan->buffer[buffer].offset;
}

void *hox__plan_input(hox__plan *plan, hox__node input)
{
    for (int i = 0; i < plan->inputs; i++)
        if (plan->input[i].node == input)
            return place(plan, plan->input[i].buffer);
    return NULL;
}

void hox__plan_read(const hox__plan *plan, hox__node output, float *out)
{
    for (int i = 0; i < plan->outputs; i++)
        if (plan->output[i].node == output) {
            memcpy(out, place(plan, plan->output[i].buffer),
                   (size_t)plan->output[i].count * sizeof *out);
            return;
        }
}

static const hox__slot *variable(const hox__plan *plan, const char *name)
{
    for (int i = 0; i < plan->variables; i++)
        if (strcmp(plan->variable[i].name, name) == 0)
            return &plan->variable[i];
    return NULL;
}

bool hox__plan_get(const hox__plan *plan, const char *name, float *out, int64_t n)
{
    const hox__slot *slot = variable(plan, name);
    if (!slot || slot->count != n)
        return false;
    memcpy(out, place(plan, slot->buffer), (size_t)n * sizeof *out);
    return true;
}

bool hox__plan_set(hox__plan *plan, const char *name, const float *in, int64_t n)
{
    const hox__slot *slot = variable(plan, name);
    if (!slot || slot->count != n)
        return false;
    memcpy(place(plan, slot->buffer), in, (size_t)n * sizeof *in);
    return true;
}

int hox__plan_variables(const hox__plan *plan)
{
    return plan->variables;
}

const char *hox__plan_variable(const hox__plan *plan, int i, hox__shape *shape)
{
    if (shape)
        *shape = plan->variable[i].shape;
    return plan->variable[i].name;
}

void hox__plan_copy_variables(hox__plan *to, const hox__plan *from)
{
    for (int i = 0; i < to->variables; i++) {
        const hox__slot *slot = variable(from, to->variable[i].name);
        if (slot && hox__dims_equal(&slot->shape, &to->variable[i].shape))
            memcpy(place(to, to->variable[i].buffer), place(from, slot->buffer),
                   (size_t)slot->count * sizeof(float));
    }
}

hox__plan_facts hox__plan_describe(const hox__plan *plan)
{
    return plan->facts;
}

char *hox__plan_listing(const hox__plan *plan)
{
    hox__text text = {0};
    for (int r = 0; r < plan->rows; r++) {
        const hox__row *row = &plan->row[r];
        hox__text_printf(&text, "%4d  %-16s %s", r, row->label,
                         HOX__SHAPE_STRING(&plan->g->node[row->node].shape));
        const char *kernel = row->convolution ? hox__convolution_kernel(row->convolution)
                             : row->winograd  ? "winograd"
                                              : "";
        hox__text_printf(&text, "%s%s%s\n", row->layout == HOX__BLOCKED ? "  blocked" : "",
                         *kernel ? "  " : "", kernel);
    }
    return hox__text_take(&text);
}

const char *hox__tensor_backend(void)
{
    const hox__kernels *set = hox__kernels_pick();
    hox__library *library = hox__library_open(set->width, 1);
    const char *text = library ? hox__library_with(set->name) : hox__kernels_text(set);
    hox__library_close(library);
    return text;
}
