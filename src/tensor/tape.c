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
    int16_t *last_step;               /* of each register, for slots */
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
    if (hox__repeats(c, a, b->layout, &reg)) {
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
    uint8_t *to[3] = {&step.a, &step.b, &step.c};
    for (int i = 0; i < 3 && in[i] != HOX__NONE; i++) {
        const int r = operand(b, in[i]);
        if (r < 0)
            return false;
        *to[i] = (uint8_t)r;
    }
    int result;
    if (c->kept[a] || a == b->last) {
        result = new_register(
            b, a, (hox__register){.kind = HOX__REGISTER_OUT, .which = (int16_t)b->outs});
        b->out[b->outs++] = a;
    } else {
        result = slot(b, a, last_read, a);
    }
    if (result < 0 || t->steps == HOX__STEPS_MAX)
        return false;
    step.to = (uint8_t)result;
    t->step[t->steps++] = step;
    return true;
}

/* Members in order; comparisons folded into keep-positive are left out. */
static bool build(builder *b, int *last_read)
{
    hox__compile *c = b->c;
    hox__node first = b->last;
    for (hox__node a = b->last; a >= 0 && a > b->last - c->nodes; a--)
        if (c->live[a] && member(b, a))
            first = a;
    for (hox__node a = first; a <= b->last; a++)
        for (int i = 0; c->live[a] && member(b, a) && i < NODE(a)->n; i++) {
            last_read[NODE(a)->in[i]] = a;
            if (keeps_positive(b, a) && i == 0)
                last_read[NODE(NODE(a)->in[0])->in[1]] = a;
        }
    for (hox__node a = first; a <= b->last; a++) {
        if (!c->live[a] || !member(b, a))
            continue;
        const bool folded = hox__users(c, a) == 1 && !c->kept[a] && a != b->last &&
                            keeps_positive(b, c->user[c->first_user[a]]) &&
                            NODE(c->user[c->first_user[a]])->in[0] == a;
        if (!folded && !add_step(b, a, last_read))
            return false;
    }
    return true;
}

static void run_tape(const hox__row *row)
{
    row->set->tape(row->tape, row->call.in, row->out, row->scratch);
}

/* Result `out` may lie over operand `in` when no later step reads that operand, and the operand is
 * read element by element. */
static bool over(const hox__row *row, int in, int out)
{
    const hox__tape *t = row->tape;
    int last_read = -1, written = -1;
    for (int s = 0; s < t->steps; s++) {
        const uint8_t operands[3] = {t->step[s].a, t->step[s].b, t->step[s].c};
        for (int i = 0; i < 3; i++) {
            const hox__register *r = &t->reg[operands[i]];
            if (r->kind == HOX__REGISTER_OUT || r->kind == HOX__REGISTER_SLOT || r->which != in)
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
    const hox__shape *s = &NODE(b->last)->shape;
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
    int *last_read = hox__arena_alloc(c->scratch, (size_t)c->nodes + 1, sizeof *last_read);
    hox__tape *tape = hox__compile_alloc(c, 1, sizeof *tape);
    if (!b || !last_read || !tape)
        return hox__compile_short(c);
    b->c = c;
    b->last = last;
    b->layout = (hox__layout)c->layout[last];
    b->count = hox__shape_count(&NODE(last)->shape);
    b->tape = tape;
    if (!build(b, last_read))
        return hox__compile_short(c);
    shape_tape(b);
    hox__row *row = hox__row_add(c, last, b->in, b->in_layout, b->ins);
    if (!row)
        return false;
    row->run = run_tape;
    row->tape = tape;
    row->over = over;
    for (int i = 0; i < b->outs; i++)
        hox__row_output(c, row, b->out[i], b->layout);
    hox__row_scratch(c, row, (size_t)tape->registers * HOX__STRIP * sizeof(float));
    if (tape->steps > 1)
        row->label = "tape";
    for (hox__node a = 0; a <= last; a++)
        if (c->live[a] && member(b, a))
            c->done[a] = true;
    hox__arena_rewind(c->scratch, mark);
    return c->status == HOX_OK;
}
