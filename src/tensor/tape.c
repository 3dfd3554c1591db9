/* A group of elementwise nodes as a tape: registers for operands, results and what lies between. */
#include "tensor/compile.h"

#define NODE(a) (&c->g->node[a])

typedef struct {
    hox__compile *c;
    hox__node last;
    hox__layout layout;
    int64_t count; /* logical elements */
    hox__tape *tape;
    hox__node in[HOX__REGISTERS_MAX], out[HOX__OUTPUTS_MAX];
    hox__layout in_layout[HOX__REGISTERS_MAX];
    int ins, outs;
    hox__node of[HOX__REGISTERS_MAX]; /* node that a register holds; HOX__NONE: a free slot */
} builder;

static bool member(const builder *b, hox__node a)
{
    return hox__operations[b->c->g->node[a].op].kind == HOX__ELEMENTWISE &&
           b->c->group[a] == b->last;
}

static int new_register(builder *b, hox__node a, hox__register reg)
{
    hox__tape *t = b->tape;
    if (t->registers == HOX__REGISTERS_MAX)
        return -1;
    t->reg[t->registers] = reg;
    b->of[t->registers] = a;
    return t->registers++;
}

/* A value that is part of another: neighbouring elements, or runs of them at equal distances. Reads
 * it where it lies instead of copying it out. */
hox__node hox__part_of(const hox__compile *c, hox__node a, hox__register *reg)
{
    const int64_t count = hox__shape_count(&NODE(a)->shape);
    hox__register r = {.kind = HOX__REGISTER_IN, .inner = 1, .mid = 1};
    hox__node whole = HOX__NONE;
    while (c->layout[a] == HOX__PLAIN && c->at[a][HOX__PLAIN] < 0) {
        const hox__value *v = NODE(a);
        const hox__param *p = &v->param;
        if (hox__operations[v->op].kind == HOX__ALIAS) {
            a = v->in[0];
            continue;
        }
        if (v->op != HOX__OP_SLICE || p->step != 1)
            break;
        const hox__shape *from = &NODE(v->in[0])->shape;
        int64_t inner = 1, outer = 1;
        for (int i = 0; i < from->rank; i++)
            *(i < p->axis ? &outer : &inner) *= i == p->axis ? 1 : from->dim[i];
        const int64_t size = (p->stop - p->start) * inner, full = from->dim[p->axis] * inner;
        if (outer > 1) {
            if (r.kind == HOX__REGISTER_ROWS || r.offset % size || count % size)
                break;
            r.kind = HOX__REGISTER_ROWS;
            r.offset = r.offset / size * full;
            r.inner = size;
            r.mid = full;
        }
        r.offset += p->start * inner;
        a = v->in[0];
        whole = a;
    }
    while (whole != HOX__NONE && hox__operations[NODE(whole)->op].kind == HOX__ALIAS)
        whole = NODE(whole)->in[0];
    if (whole == HOX__NONE || c->layout[whole] != HOX__PLAIN)
        return HOX__NONE;
    *reg = r;
    return whole;
}

/* The register of an operand from outside. */
static int operand(builder *b, hox__node a)
{
    hox__compile *c = b->c;
    for (int r = 0; r < b->tape->registers; r++)
        if (b->of[r] == a)
            return r;
    hox__register reg = {.kind = HOX__REGISTER_IN, .inner = 1, .mid = 1};
    hox__node from = a;
    hox__layout layout = b->layout;
    const hox__node whole =
        layout == HOX__PLAIN && b->count > 1 && hox__shape_count(&NODE(a)->shape) == b->count
            ? hox__part_of(c, a, &reg)
            : HOX__NONE;
    if (whole != HOX__NONE) {
        from = whole;
    } else if (hox__repeats(c, a, b->layout, &reg)) {
        from = NODE(a)->in[0];
        layout = HOX__PLAIN;
    } else {
        reg = (hox__register){.kind = HOX__REGISTER_IN, .inner = 1, .mid = 1};
    }
    if (hox__shape_count(&NODE(a)->shape) == 1 && b->count > 1) {
        reg.kind = HOX__REGISTER_ONE;
        layout = HOX__PLAIN;
    }
    reg.which = (int16_t)b->ins;
    b->in[b->ins] = from;
    b->in_layout[b->ins++] = layout;
    return new_register(b, a, reg);
}

/* Of a mask only the signs are read, which 16 bits keep (what they round to 0 is taken for 0
 * anyway: see hox__denormals_off). So floats need not be kept for it where a convolution keeps
 * halves; -1: none does. */
static int mask(builder *b, hox__node a)
{
    hox__compile *c = b->c;
    const hox__layout half = hox__layout_of(b->layout == HOX__BLOCKED, true);
    if (member(b, a) || c->at[a][half] < 0 || c->layout[a] != b->layout ||
        hox__shape_count(&NODE(a)->shape) != b->count)
        return -1;
    const hox__register reg = {
        .kind = HOX__REGISTER_HALF, .which = (int16_t)b->ins, .inner = 1, .mid = 1};
    b->in[b->ins] = a;
    b->in_layout[b->ins++] = half;
    return new_register(b, HOX__NONE, reg); /* of no node: its numbers are not to be read */
}

/* A slot whose value is not read at or after `step` any more, or a new one. */
static int slot(builder *b, hox__node a, const int *last_read, int position)
{
    for (int r = 0; r < b->tape->registers; r++)
        if (b->tape->reg[r].kind == HOX__REGISTER_SLOT && last_read[b->of[r]] < position) {
            b->of[r] = a;
            return r;
        }
    return new_register(b, a, (hox__register){.kind = HOX__REGISTER_SLOT});
}

static bool is_zero(const hox__compile *c, hox__node a)
{
    return NODE(a)->op == HOX__OP_CONSTANT && NODE(a)->param.value == 0;
}

/* select(0 < y, d, 0), its comparison read by nobody else */
static bool keeps_positive(const builder *b, hox__node a)
{
    hox__compile *c = b->c;
    const hox__value *v = NODE(a);
    if (v->op != HOX__OP_SELECT || !is_zero(c, v->in[2]) || !member(b, v->in[0]))
        return false;
    const hox__value *less = NODE(v->in[0]);
    return less->op == HOX__OP_LESS && is_zero(c, less->in[0]) && hox__users(c, v->in[0]) == 1 &&
           !c->kept[v->in[0]];
}

/* A value that only one member reads, so that it can be computed within that member's step. */
static bool only_within(const builder *b, hox__node a)
{
    return member(b, a) && hox__users(b->c, a) == 1 && !b->c->kept[a] && a != b->last;
}

static bool is_one(const hox__compile *c, hox__node a)
{
    return NODE(a)->op == HOX__OP_CONSTANT && NODE(a)->param.value == 1;
}

/* The number of `a` when it is 1 - x. */
static hox__node from_one(const builder *b, hox__node a)
{
    hox__compile *c = b->c;
    const bool is = only_within(b, a) && NODE(a)->op == HOX__OP_SUB && is_one(c, NODE(a)->in[0]);
    return is ? NODE(a)->in[1] : HOX__NONE;
}

/* dy times the slope of a sigmoid or tanh, made of its result y: a (y (1 - y)), a (1 - y y), as
 * grad.c writes them. */
typedef struct {
    hox__step_op op;
    hox__node dy, y;
    hox__node within[2]; /* nodes that have no step of their own */
} slope;

static bool is_slope(const builder *b, hox__node a, slope *out)
{
    hox__compile *c = b->c;
    const hox__value *v = NODE(a);
    if (v->op != HOX__OP_MUL || !only_within(b, v->in[1]))
        return false;
    const hox__node m = v->in[1], x = from_one(b, m);
    if (x != HOX__NONE && only_within(b, x) && NODE(x)->op == HOX__OP_MUL &&
        NODE(x)->in[0] == NODE(x)->in[1]) {
        *out = (slope){HOX__STEP_TANH_SLOPE, v->in[0], NODE(x)->in[0], {m, x}};
        return true;
    }
    if (NODE(m)->op != HOX__OP_MUL || from_one(b, NODE(m)->in[1]) != NODE(m)->in[0])
        return false;
    *out = (slope){HOX__STEP_SIGMOID_SLOPE, v->in[0], NODE(m)->in[0], {m, NODE(m)->in[1]}};
    return true;
}

/* Is `a` computed within the step of a member that reads it? */
static bool is_folded(const builder *b, hox__node a)
{
    hox__compile *c = b->c;
    if (!only_within(b, a))
        return false;
    const hox__node u = c->user[c->first_user[a]];
    slope s;
    if (keeps_positive(b, u) && NODE(u)->in[0] == a)
        return true;
    if (is_slope(b, u, &s) && s.within[0] == a)
        return true;
    return only_within(b, u) && is_slope(b, c->user[c->first_user[u]], &s) && s.within[1] == a;
}

/* Where a result goes: into its part of a concatenation, to memory, or nowhere. */
static int result(builder *b, hox__node a, const int *last_read)
{
    hox__compile *c = b->c;
    hox__register reg = {
        .kind = HOX__REGISTER_OUT, .which = (int16_t)b->outs, .inner = 1, .mid = 1};
    if (b->tape->gathered && hox__users(c, a) == 1 && c->user[c->first_user[a]] == b->last) {
        const hox__value *v = NODE(b->last);
        int64_t inner = 1, before = 0;
        for (int i = v->param.axis + 1; i < v->shape.rank; i++)
            inner *= v->shape.dim[i];
        for (int i = 0; v->in[i] != a; i++)
            before += NODE(v->in[i])->shape.dim[v->param.axis];
        reg.which = 0;
        reg.inner = NODE(a)->shape.dim[v->param.axis] * inner;
        reg.mid = v->shape.dim[v->param.axis] * inner;
        reg.offset = before * inner;
        reg.kind = reg.inner == b->count ? HOX__REGISTER_OUT : HOX__REGISTER_PLACES;
        return new_register(b, a, reg);
    }
    if (!hox__leaves_group(c, a))
        return slot(b, a, last_read, a);
    b->out[b->outs++] = a;
    return new_register(b, a, reg);
}

static bool add_step(builder *b, hox__node a, const int *last_read)
{
    hox__compile *c = b->c;
    hox__tape *t = b->tape;
    const hox__value *v = NODE(a);
    hox__step step = {.op = (uint8_t)(v->op - HOX__OP_NEG)};
    hox__node in[3] = {HOX__NONE, HOX__NONE, HOX__NONE};
    for (int i = 0; i < v->n; i++)
        in[i] = v->in[i];
    if (keeps_positive(b, a)) {
        step.op = HOX__STEP_KEEP_POSITIVE;
        in[0] = NODE(v->in[0])->in[1];
        in[2] = HOX__NONE;
    }
    slope s;
    if (is_slope(b, a, &s)) {
        step.op = (uint8_t)s.op;
        in[0] = s.dy;
        in[1] = s.y;
    }
    uint8_t *to[3] = {&step.a, &step.b, &step.c};
    for (int i = 0; i < 3 && in[i] != HOX__NONE; i++) {
        int r = i == 0 && step.op == HOX__STEP_KEEP_POSITIVE ? mask(b, in[0]) : -1;
        if (r < 0)
            r = operand(b, in[i]);
        if (r < 0)
            return false;
        *to[i] = (uint8_t)r;
    }
    const int to_register = result(b, a, last_read);
    if (to_register < 0 || t->steps == HOX__STEPS_MAX)
        return false;
    step.to = (uint8_t)to_register;
    t->step[t->steps++] = step;
    return true;
}

/* Members in order; comparisons folded into keep-positive are left out. */
static bool build(builder *b, int *last_read)
{
    hox__compile *c = b->c;
    const hox__node first = c->group_first[b->last];
    for (hox__node a = first; a <= b->last; a++)
        for (int i = 0; c->live[a] && member(b, a) && i < NODE(a)->n; i++) {
            last_read[NODE(a)->in[i]] = a;
            if (keeps_positive(b, a) && i == 0)
                last_read[NODE(NODE(a)->in[0])->in[1]] = a;
            slope s;
            if (is_slope(b, a, &s))
                last_read[s.y] = a;
        }
    for (hox__node a = first; a <= b->last; a++) {
        if (!c->live[a] || !member(b, a))
            continue;
        if (!is_folded(b, a) && !add_step(b, a, last_read))
            return false;
    }
    return true;
}

static int64_t scratch_floats(const hox__tape *t)
{
    int64_t floats = 0;
    for (int r = 0; r < t->registers; r++)
        floats += hox__register_floats(&t->reg[r]);
    return floats;
}

static void some_strips(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    const hox__tape *t = row->tape;
    int64_t from, to;
    hox__team_span(t->n, HOX__STRIP, part, parts, &from, &to);
    if (from < to)
        row->set->tape(t, from, to, row->call.in, row->out, row->half ? row->out[row->half] : NULL,
                       (float *)row->scratch + part * scratch_floats(t));
}

static void run_tape(const hox__row *row)
{
    hox__run_shared(row, row->tape->n, some_strips);
}

/* Result `out` may lie over operand `in` when no later step reads that operand, and the operand is
 * read element by element. */
static bool over(const hox__row *row, int in, int out)
{
    const hox__tape *t = row->tape;
    int last_read = -1, written = -1;
    if (t->gathered)
        return false; /* parts of different steps would meet */
    for (int s = 0; s < t->steps; s++) {
        const uint8_t operands[3] = {t->step[s].a, t->step[s].b, t->step[s].c};
        for (int i = 0; i < 3; i++) {
            const hox__register *r = &t->reg[operands[i]];
            if (r->kind == HOX__REGISTER_OUT || r->kind == HOX__REGISTER_SLOT ||
                r->kind == HOX__REGISTER_PLACES || r->which != in)
                continue;
            if (r->kind != HOX__REGISTER_IN)
                return false;
            last_read = s;
        }
        const hox__register *r = &t->reg[t->step[s].to];
        if (r->kind == HOX__REGISTER_OUT && r->which == out)
            written = s;
    }
    return last_read <= written;
}

static void shape_tape(builder *b)
{
    hox__compile *c = b->c;
    const hox__node like = b->tape->gathered ? NODE(b->last)->in[0] : b->last;
    const hox__shape *s = &NODE(like)->shape;
    hox__tape *t = b->tape;
    t->n = b->count;
    t->blocked = b->layout == HOX__BLOCKED;
    if (!t->blocked)
        return;
    const int64_t width = c->plan->set->width;
    t->blocks = (s->dim[1] + width - 1) / width;
    t->cells = s->dim[2] * s->dim[3];
    t->pad_channels = t->blocks * width - s->dim[1];
    t->n = s->dim[0] * t->blocks * t->cells * width;
}

bool hox__lower_group(hox__compile *c, hox__node last)
{
    const hox__arena_mark mark = hox__arena_here(c->scratch);
    builder *b = hox__arena_alloc(c->scratch, 1, sizeof *b);
    hox__tape *tape = hox__compile_alloc(c, 1, sizeof *tape);
    if (!b || !tape)
        return hox__compile_short(c);
    b->c = c;
    b->last = last;
    b->layout = (hox__layout)c->layout[last];
    b->tape = tape;
    tape->gathered = hox__is_gathered(c, last);
    b->count = hox__shape_count(&NODE(tape->gathered ? NODE(last)->in[0] : last)->shape);
    if (tape->gathered)
        b->out[b->outs++] = last;
    if (!build(b, c->last_read))
        return hox__compile_short(c);
    shape_tape(b);
    hox__row *row = hox__row_add(c, last, b->in, b->in_layout, b->ins);
    if (!row)
        return false;
    row->run = run_tape;
    row->tape = tape;
    row->over = over;
    row->narrows = !tape->gathered;
    for (int i = 0; i < b->outs; i++)
        hox__row_output(c, row, b->out[i], b->layout);
    hox__row_scratch(c, row,
                     (size_t)hox__team_size(c->plan->team) * (size_t)scratch_floats(tape) *
                         sizeof(float));
    if (tape->steps > 1)
        row->label = "tape";
    for (hox__node a = c->group_first[last]; a <= last; a++)
        if (c->live[a] && member(b, a))
            c->done[a] = true;
    hox__arena_rewind(c->scratch, mark);
    return c->status == HOX_OK;
}
