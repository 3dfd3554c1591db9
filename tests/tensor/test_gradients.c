/* Gradients, and gradients of gradients, against central differences along random directions, in
 * double with the plain kernels. */
#include "tensor/evaluate.h"
/* after it, so that the kernels above are in double */
#include "hoxtest.h"
#include <math.h>
#include <string.h>

typedef struct {
    hox__graph *g;
    hox__node wrt[6], label;
    int n;
    hox_rng rng;
} context;

static context begin(uint64_t seed)
{
    return (context){.g = hox__graph_new(), .rng = hox_rng_seed(seed), .label = HOX__NONE};
}

static hox__node input(context *c, hox__shape shape)
{
    c->wrt[c->n] = hox__input(c->g, HOX__F32, shape, "x");
    return c->wrt[c->n++];
}

/* A number from a value: its products with fixed draws, summed. */
static hox__node to_number(context *c, hox__node y, uint64_t id)
{
    const hox__shape s = *hox__node_shape(c->g, y);
    const hox__node weighted = hox__mul(c->g, y, hox__uniform(c->g, s, "weight", id));
    return hox__reshape(c->g, hox__sum(c->g, weighted, (1u << s.rank) - 1), HOX__SCALAR);
}

static void draw_leaves(const context *c, evaluation *e)
{
    hox_rng rng = c->rng;
    for (hox__node a = 0; a < c->g->count; a++) {
        const hox__value *v = &c->g->node[a];
        const int64_t n = hox__shape_count(&v->shape);
        for (int64_t i = 0; v->op == HOX__OP_INPUT && i < n; i++)
            if (v->type == HOX__I32)
                ((int32_t *)e->value[a])[i] = (int32_t)hox_rng_below(&rng, 4);
            else
                ((double *)e->value[a])[i] = hox_rng_unit(&rng) * 2 - 1;
    }
}

/* y at x + h d; d is the same for the same seed. */
static double moved(const context *c, hox__node y, double h, const hox__node *gradient,
                    double *slope)
{
    evaluation e = evaluation_new(c->g, 3);
    draw_leaves(c, &e);
    hox_rng rng = hox_rng_seed(77);
    double *direction[6];
    for (int k = 0; k < c->n; k++) {
        const int64_t n = hox__shape_count(&c->g->node[c->wrt[k]].shape);
        direction[k] = hox__alloc((size_t)n, sizeof(double));
        for (int64_t i = 0; i < n; i++) {
            direction[k][i] = hox_rng_unit(&rng) * 2 - 1;
            ((double *)e.value[c->wrt[k]])[i] += h * direction[k][i];
        }
    }
    evaluate(&e);
    const double value = *(double *)e.value[y];
    if (slope)
        *slope = 0;
    for (int k = 0; k < c->n; k++) {
        const int64_t n = hox__shape_count(&c->g->node[c->wrt[k]].shape);
        for (int64_t i = 0; slope && i < n; i++)
            *slope += direction[k][i] * ((double *)e.value[gradient[k]])[i];
        hox__free(direction[k]);
    }
    evaluation_free(&e);
    return value;
}

static void agree(const context *c, hox__node y, const hox__node *gradient, const char *what,
                  int order)
{
    double slope;
    const double h = 1e-5;
    moved(c, y, 0, gradient, &slope);
    const double numeric = (moved(c, y, h, NULL, NULL) - moved(c, y, -h, NULL, NULL)) / (2 * h);
    if (!(fabs(slope - numeric) <= 1e-5 * (1 + fabs(numeric))))
        fail_msg("%s: order %d: gradient says %.9g, differences say %.9g", what, order, slope,
                 numeric);
}

/* First and second derivatives of a number made from y; frees the graph. */
static void check(context *c, hox__node y, const char *what)
{
    hox__node first[6], second[6];
    const hox__node loss = to_number(c, y, 0);
    hox__gradients(c->g, loss, c->wrt, c->n, first);
    hox__node mix = hox__constant(c->g, HOX__SCALAR, 0);
    for (int i = 0; i < c->n; i++)
        mix = hox__add(c->g, mix, to_number(c, first[i], (uint64_t)i + 1));
    hox__gradients(c->g, mix, c->wrt, c->n, second);
    hox_error err = {0};
    if (hox__graph_status(c->g, &err) != HOX_OK)
        fail_msg("%s: %s", what, err.message);
    agree(c, loss, first, what, 1);
    agree(c, mix, second, what, 2);
    hox__graph_free(c->g);
}

static void elementwise(void **state)
{
    (void)state;
    typedef hox__node unary(hox__graph *, hox__node);
    static const struct {
        unary *op;
        const char *name;
        bool positive;
    } ops[] = {{hox__neg, "neg", 0},         {hox__recip, "recip", 1},
               {hox__exp_, "exp", 0},        {hox__log_, "log", 1},
               {hox__sqrt_, "sqrt", 1},      {hox__tanh_, "tanh", 0},
               {hox__sigmoid, "sigmoid", 0}, {hox__erf_, "erf", 0},
               {hox__abs_, "abs", 0},        {hox__relu, "relu", 0},
               {hox__elu, "elu", 0},         {hox__gelu, "gelu", 0},
               {hox__swish, "swish", 0},     {hox__softmax, "softmax", 0},
               {hox__sin_, "sin", 0},        {hox__cos_, "cos", 0},
               {hox__floor_, "floor", 0},    {hox__log_softmax, "log_softmax", 0}};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        context c = begin(10 + i);
        hox__node x = input(&c, HOX__SHAPE(3, 5));
        if (ops[i].positive)
            x = hox__add(c.g, hox__mul(c.g, x, x), hox__constant(c.g, HOX__SCALAR, 0.7f));
        check(&c, ops[i].op(c.g, x), ops[i].name);
    }
}

static void binary(void **state)
{
    (void)state;
    typedef hox__node two(hox__graph *, hox__node, hox__node);
    static two *const ops[] = {hox__add, hox__sub, hox__mul, hox__div, hox__max, hox__min};
    for (int i = 0; i < 18; i++) {
        context c = begin(30 + (uint64_t)i);
        const hox__node a = input(&c, i / 6 == 1 ? HOX__SCALAR : HOX__SHAPE(4, 3));
        hox__node b = input(&c, i / 6 == 2 ? HOX__SCALAR : HOX__SHAPE(4, 3));
        if (i % 6 == 3)
            b = hox__add(c.g, hox__mul(c.g, b, b), hox__constant(c.g, HOX__SCALAR, 0.6f));
        const hox__node y = ops[i % 6](c.g, a, b);
        check(&c, hox__select(c.g, hox__less(c.g, a, b), y, hox__mul(c.g, y, y)), "binary");
    }
}

/* x^y in both operands, and in x alone at the powers that have no log. */
static void powers(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 4; i++) {
        context c = begin(45 + i);
        hox__node x = input(&c, HOX__SHAPE(4, 3));
        hox__node y = hox__constant(c.g, HOX__SCALAR, i == 2 ? 3 : 2);
        if (i < 2) {
            x = hox__add(c.g, hox__mul(c.g, x, x), hox__constant(c.g, HOX__SCALAR, 0.4f));
            y = input(&c, i ? HOX__SCALAR : HOX__SHAPE(4, 3));
        }
        check(&c, hox__pow_(c.g, x, y), "pow");
    }
}

/* Flips, steps, maxima over one and several axes. */
static void positions(void **state)
{
    (void)state;
    for (uint32_t axes = 0; axes < 8; axes++) {
        context c = begin(120 + axes);
        const hox__node x = input(&c, HOX__SHAPE(3, 4, 5)), f = hox__flip(c.g, x, axes);
        const hox__node part = hox__slice_steps(c.g, hox__mul(c.g, x, f), 2, 1, 5, 3);
        const hox__node top = hox__maxval(c.g, hox__tanh_(c.g, x), axes);
        const hox__node y = hox__sum(c.g, hox__mul(c.g, part, part), 7);
        check(&c, hox__add(c.g, hox__mul(c.g, top, top), y), "flip, slice, maxval");
    }
}

/* Rows by number, some of them outside, and back. */
static void rows(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 3; i++) {
        context c = begin(130 + i);
        const hox__shape many = i == 1 ? HOX__SHAPE(2, 3) : HOX__SHAPE(5);
        const hox__node table = input(&c, i == 2 ? HOX__SHAPE(3) : HOX__SHAPE(3, 2, 2));
        const hox__node index = hox__input(c.g, HOX__I32, many, "index");
        const hox__node picked = hox__gather_rows(c.g, hox__tanh_(c.g, table), index);
        const hox__node back = hox__scatter_add_rows(c.g, hox__mul(c.g, picked, picked), index, 4);
        check(&c, hox__mul(c.g, back, back), "rows");
    }
}

static void movement(void **state)
{
    (void)state;
    context c = begin(50);
    const hox__node x = input(&c, HOX__SHAPE(2, 3, 4)), v = input(&c, HOX__SHAPE(1, 3, 1));
    hox__node y =
        hox__concat(c.g, (hox__node[]){x, hox__expand(c.g, v, HOX__SHAPE(2, 3, 4)), x}, 3, 2);
    y = hox__slice(c.g, hox__permute(c.g, y, (const int[]){2, 0, 1}), 0, 3, 11);
    y = hox__reshape(c.g, hox__mul(c.g, y, y), HOX__SHAPE(4, 2, 2, 3));
    y = hox__add(c.g, hox__sum(c.g, y, 5), hox__mean(c.g, y, 5));
    check(&c, hox__mul(c.g, y, y), "movement");
}

static void products(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        context c = begin(60 + (uint64_t)i);
        const bool ta = i & 1, tb = i & 2;
        hox__shape a = ta ? HOX__SHAPE(4, 3) : HOX__SHAPE(3, 4),
                   b = tb ? HOX__SHAPE(5, 4) : HOX__SHAPE(4, 5);
        if (i & 4) {
            a = HOX__SHAPE(2, a.dim[0], a.dim[1]);
            b = HOX__SHAPE(2, b.dim[0], b.dim[1]);
        }
        const hox__node x = input(&c, a), y = input(&c, b);
        check(&c, hox__matmul(c.g, hox__tanh_(c.g, x), y, ta, tb), "matmul");
    }
}

static void convolutions(void **state)
{
    (void)state;
    static const hox__window windows[] = {{1, 1, 1, 1, 1, 1, 1, 0, 0},
                                          {2, 1, 0, 1, 2, 0, 2, 0, 0},
                                          {1, 2, 1, 0, 0, 1, 4, 0, 0},
                                          {1, 1, 2, 2, 2, 2, 1, 1, 1}};
    for (uint64_t i = 0; i < 4; i++) {
        context c = begin(80 + i);
        const hox__window w = windows[i];
        const hox__node x = input(&c, HOX__SHAPE(2, 4, 5, 4)),
                        k = input(&c, HOX__SHAPE(4, 4 / w.groups, 3, 2));
        const hox__node y = hox__conv(c.g, hox__tanh_(c.g, x), k, w);
        check(&c, hox__mul(c.g, y, y), "conv");
    }
}

static void pools(void **state)
{
    (void)state;
    static const hox__window windows[] = {{2, 2, 0, 0, 0, 0, 0, 0, 0}, {1, 2, 1, 1, 0, 1, 0, 0, 0}};
    for (uint64_t i = 0; i < 4; i++) {
        context c = begin(90 + i);
        const hox__node x = input(&c, HOX__SHAPE(2, 3, 5, 4)), t = hox__mul(c.g, x, x);
        const hox__node y = i & 1 ? hox__maxpool(c.g, t, 2, 2, windows[i / 2])
                                  : hox__avgpool(c.g, t, 2, 2, windows[i / 2]);
        check(&c, hox__mul(c.g, y, y), "pool");
    }
}

static void macros(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 2; i++) {
        context c = begin(100 + i);
        const hox__node x = input(&c, i ? HOX__SHAPE(6, 3) : HOX__SHAPE(3, 2, 2, 3));
        const int64_t channels = i ? 3 : 2;
        const hox__node scale = input(&c, HOX__SHAPE(channels)),
                        shift = input(&c, HOX__SHAPE(channels));
        check(&c, hox__tanh_(c.g, hox__batch_norm(c.g, x, scale, shift, NULL, NULL)), "batch_norm");
    }
    context c = begin(110);
    hox__node x = input(&c, HOX__SHAPE(6, 4));
    const hox__node label = hox__input(c.g, HOX__I32, HOX__SHAPE(6), "label");
    const hox__node dropped = hox__dropout(c.g, x, 0.3f, "drop", 4);
    check(&c, hox__softmax_xent(c.g, hox__mul(c.g, dropped, dropped), label), "softmax_xent");
    c = begin(111);
    x = input(&c, HOX__SHAPE(3, 4));
    const hox__node s = input(&c, HOX__SHAPE(4)), t = input(&c, HOX__SHAPE(4));
    const hox__node mean = input(&c, HOX__SHAPE(4)), v = input(&c, HOX__SHAPE(4));
    check(&c, hox__batch_apply(c.g, x, s, t, mean, hox__mul(c.g, v, v)), "batch_apply");
    c = begin(112);
    x = input(&c, HOX__SHAPE(3, 2, 4));
    const hox__node scale = input(&c, HOX__SHAPE(4)), shift = input(&c, HOX__SHAPE(4));
    check(&c, hox__row_norm(c.g, x, scale, shift), "row_norm");
}

/* What is stopped, and what does not depend, has no gradient. */
static void stopped(void **state)
{
    (void)state;
    hox__graph *g = hox__graph_new();
    const hox__node x = hox__input(g, HOX__F32, HOX__SHAPE(3), "x"),
                    y = hox__input(g, HOX__F32, HOX__SHAPE(2), "y");
    const hox__node weighted = hox__mul(g, x, hox__stop_gradient(g, x));
    hox__node out[2];
    hox__gradients(g, hox__sum(g, weighted, 1), (hox__node[]){x, y}, 2, out);
    evaluation e = evaluation_new(g, 0);
    for (int i = 0; i < 3; i++)
        ((double *)e.value[x])[i] = i + 2;
    evaluate(&e);
    for (int i = 0; i < 3; i++)
        assert_true(((double *)e.value[out[0]])[i] == i + 2); /* x, not 2x */
    assert_int_equal(g->node[out[1]].op, HOX__OP_CONSTANT);
    assert_int_equal(g->node[out[1]].shape.dim[0], 2);
    evaluation_free(&e);
    hox__graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elementwise), cmocka_unit_test(binary),       cmocka_unit_test(movement),
        cmocka_unit_test(powers),      cmocka_unit_test(positions),    cmocka_unit_test(rows),
        cmocka_unit_test(products),    cmocka_unit_test(convolutions), cmocka_unit_test(pools),
        cmocka_unit_test(macros),      cmocka_unit_test(stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
