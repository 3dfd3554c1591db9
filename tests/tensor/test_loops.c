/* Recurrences unrolled into a graph: the compiler puts their products together again, and the
 * numbers stay those of the plain kernels, which run the graph as it was written. */
#include "tensor/compare.h"
#include "tensor/internal.h"

enum { CASES = 30, TIME_MAX = 9 };

static hox__node bias(hox__graph *g, hox__node b, int64_t rows)
{
    const int64_t n = hox__shape_count(hox__node_shape(g, b));
    return hox__expand(g, hox__reshape(g, b, HOX__SHAPE(1, n)), HOX__SHAPE(rows, n));
}

typedef struct {
    int64_t time, batch, in, units;
    hox__node x, variable[3], wx, wh,
        b; /* weights: the variables made small, so that nothing explodes */
} recurrence;

static void weights(hox__graph *g, recurrence *r, int gates)
{
    const hox__node small = hox__constant(g, HOX__SCALAR, 0.2f);
    r->variable[0] = hox__variable(g, HOX__SHAPE(gates * r->units, r->in), "wx");
    r->variable[1] = hox__variable(g, HOX__SHAPE(gates * r->units, r->units), "wh");
    r->variable[2] = hox__variable(g, HOX__SHAPE(gates * r->units), "b");
    r->wx = hox__mul(g, r->variable[0], small);
    r->wh = hox__mul(g, r->variable[1], small);
    r->b = r->variable[2];
}

static recurrence draw(hox__graph *g, dice *d, int gates)
{
    recurrence r = {.time = roll(d, 1, TIME_MAX),
                    .batch = roll(d, 1, 30),
                    .in = roll(d, 1, 20),
                    .units = roll(d, 1, 40)};
    r.x = hox__input(g, HOX__F32, HOX__SHAPE(r.time, r.batch, r.in), "x");
    weights(g, &r, gates);
    return r;
}

static void lstm_step(hox__graph *g, const recurrence *r, hox__node x, hox__node *h, hox__node *c)
{
    hox__node part[4], gates = hox__add(g, hox__matmul(g, x, r->wx, false, true),
                                        hox__matmul(g, *h, r->wh, false, true));
    gates = hox__add(g, gates, bias(g, r->b, r->batch));
    for (int i = 0; i < 4; i++)
        part[i] = hox__slice(g, gates, 1, i * r->units, (i + 1) * r->units);
    *c = hox__add(g, hox__mul(g, hox__sigmoid(g, part[1]), *c),
                  hox__mul(g, hox__sigmoid(g, part[0]), hox__tanh_(g, part[2])));
    *h = hox__mul(g, hox__sigmoid(g, part[3]), hox__tanh_(g, *c));
}

/* Outputs of all steps, [time * batch, units]. */
static hox__node lstm(hox__graph *g, const recurrence *r)
{
    hox__node h = hox__constant(g, HOX__SHAPE(r->batch, r->units), 0), c = h, out[TIME_MAX];
    for (int t = 0; t < r->time; t++) {
        const hox__node x =
            hox__reshape(g, hox__slice(g, r->x, 0, t, t + 1), HOX__SHAPE(r->batch, r->in));
        lstm_step(g, r, x, &h, &c);
        out[t] = h;
    }
    return hox__concat(g, out, (int)r->time, 0);
}

static hox__node plain(hox__graph *g, const recurrence *r, bool last_only)
{
    hox__node h = hox__constant(g, HOX__SHAPE(r->batch, r->units), 0), out[TIME_MAX];
    for (int t = 0; t < r->time; t++) {
        const hox__node x =
            hox__reshape(g, hox__slice(g, r->x, 0, t, t + 1), HOX__SHAPE(r->batch, r->in));
        const hox__node sum = hox__add(g, hox__matmul(g, h, r->wh, false, true),
                                       hox__matmul(g, x, r->wx, false, true));
        h = hox__tanh_(g, hox__add(g, sum, bias(g, r->b, r->batch)));
        out[t] = h;
    }
    return last_only ? h : hox__concat(g, out, (int)r->time, 0);
}

static hox__node loss_of(hox__graph *g, hox__node y)
{
    return hox__reshape(g, hox__mean(g, hox__mul(g, y, hox__tanh_(g, y)), 3), HOX__SCALAR);
}

/* Values, gradients in everything, and a step of descent on the weights. */
static void recurrences_agree(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(21)};
    for (int i = 0; i < CASES; i++) {
        hox__graph *g = hox__graph_new();
        const recurrence r = draw(g, &d, i % 2 ? 4 : 1);
        const hox__node y = i % 2 ? lstm(g, &r) : plain(g, &r, i % 4 == 0);
        hox__node out[6] = {loss_of(g, y), y};
        const hox__node wrt[4] = {r.variable[0], r.variable[1], r.variable[2], r.x};
        hox__gradients(g, out[0], wrt, 4, out + 2);
        for (int k = 0; k < 3; k++)
            hox__assign(g, wrt[k], hox__sub(g, wrt[k], out[2 + k]));
        compare(g, out, 6, 2, 1e-4, "recurrence");
        hox__graph_free(g);
    }
}

/* Gradients of gradients of a recurrence: learning through an update. */
static void updates_inside_agree(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(22)};
    for (int i = 0; i < CASES / 2; i++) {
        hox__graph *g = hox__graph_new();
        const recurrence r = draw(g, &d, 1);
        hox__node slope[2], moved[2], out[3];
        const hox__node w[2] = {r.wx, r.wh};
        hox__gradients(g, loss_of(g, plain(g, &r, false)), w, 2, slope);
        for (int k = 0; k < 2; k++)
            moved[k] = hox__sub(g, w[k], slope[k]);
        recurrence after = r;
        after.wx = moved[0];
        after.wh = moved[1];
        out[0] = loss_of(g, plain(g, &after, true));
        hox__gradients(g, out[0], w, 2, out + 1);
        compare(g, out, 3, 2, 1e-4, "update inside");
        hox__graph_free(g);
    }
}

/* An optimizer that learns: a number a row goes in and comes out. `wide` columns are read in a way
 * that nothing turned over can be. */
static hox__node optimizer(hox__graph *g, const recurrence *r, hox__node to, bool wide)
{
    const hox__shape shape = HOX__SHAPE(r->batch, r->units);
    hox__node h = hox__constant(g, shape, 0), c = h, loss = hox__constant(g, HOX__SCALAR, 0);
    hox__node theta = hox__reshape(g, r->x, HOX__SHAPE(r->batch, 1));
    for (int t = 0; t < r->time; t++) {
        lstm_step(g, r, theta, &h, &c);
        const hox__node more = hox__mul(g, hox__expand(g, theta, shape), h);
        theta = hox__add(g, theta,
                         hox__add(g, hox__matmul(g, h, to, false, true), hox__sum(g, more, 2)));
        loss = hox__add(g, loss, loss_of(g, theta));
    }
    return wide ? hox__add(g, loss, loss_of(g, hox__softmax(g, h))) : loss;
}

/* Values and gradients of tall matrices that the plan holds turned over, and of such that it only
 * could; some long enough for their products to stay apart. */
static void tall_matrices_agree(void **state)
{
    (void)state;
    enum { TALL_CASES = 8 };
    dice d = {hox_rng_seed(24)};
    for (int i = 0; i < TALL_CASES; i++) {
        hox__graph *g = hox__graph_new();
        recurrence r = {.time = roll(&d, 1, 4),
                        .batch = i % 4 ? roll(&d, 128, 200) : roll(&d, 512, 600),
                        .in = 1,
                        .units = roll(&d, 1, 20)};
        r.x = hox__input(g, HOX__F32, HOX__SHAPE(r.batch), "x");
        weights(g, &r, 4);
        const hox__node to = hox__variable(g, HOX__SHAPE(1, r.units), "to");
        const hox__node small = hox__mul(g, to, hox__constant(g, HOX__SCALAR, 0.1f));
        hox__node out[6] = {optimizer(g, &r, small, i % 3 == 2)};
        const hox__node wrt[5] = {r.variable[0], r.variable[1], r.variable[2], to, r.x};
        hox__gradients(g, out[0], wrt, 5, out + 1);
        compare(g, out, 6, 2, 1e-4, "tall");
        hox__graph_free(g);
    }
}

static int rows_named(hox__graph *g, hox__node loss, const char *label)
{
    hox__plan *plan = plan_of(g, &loss, 1, false);
    char *list = hox__plan_listing(plan);
    int n = 0;
    for (const char *at = list; (at = strstr(at, label)); at++)
        n++;
    hox__free(list);
    hox__plan_free(plan);
    return n;
}

/* A step more is one product forward and one back, not five. */
static void products_are_hoisted(void **state)
{
    (void)state;
    int rows[2];
    for (int k = 0; k < 2; k++) {
        hox__graph *g = hox__graph_new();
        recurrence r = {.time = 4 + k, .batch = 3, .in = 5, .units = 7};
        r.x = hox__input(g, HOX__F32, HOX__SHAPE(r.time, r.batch, r.in), "x");
        weights(g, &r, 4);
        hox__node slope[3];
        const hox__node loss = loss_of(g, lstm(g, &r));
        hox__gradients(g, loss, r.variable, 3, slope);
        for (int i = 0; i < 3; i++)
            hox__assign(g, r.variable[i], slope[i]);
        rows[k] = rows_named(g, loss, "matmul") + rows_named(g, loss, "products");
        hox__graph_free(g);
    }
    assert_int_equal(rows[1] - rows[0], 2);
}

/* The gates of 130 rows are computed as 28 rows of 130. */
static void tall_matrices_are_turned(void **state)
{
    (void)state;
    hox__graph *g = hox__graph_new();
    recurrence r = {.time = 3, .batch = 130, .in = 1, .units = 7};
    r.x = hox__input(g, HOX__F32, HOX__SHAPE(r.batch), "x");
    weights(g, &r, 4);
    const hox__node to = hox__variable(g, HOX__SHAPE(1, r.units), "to");
    assert_true(rows_named(g, optimizer(g, &r, to, false), "28x130") > 0);
    assert_int_equal(rows_named(g, optimizer(g, &r, to, true), "28x130"), 0);
    hox__graph_free(g);
}

/* Sums of overlapping and of distant pads, and of things that only look alike. */
static void sums_of_parts_agree(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(23)};
    for (int i = 0; i < 2 * CASES; i++) {
        hox__graph *g = hox__graph_new();
        const int64_t n = roll(&d, 4, 12), m = roll(&d, 1, 6);
        const int axis = (int)roll(&d, 0, 1);
        const hox__node x =
            hox__input(g, HOX__F32, axis ? HOX__SHAPE(m, n) : HOX__SHAPE(n, m), "x");
        hox__node y = HOX__NONE, dx;
        for (int k = 0; k < 4; k++) {
            const int64_t start = roll(&d, 0, n - 2), stop = start + roll(&d, 1, n - start);
            const hox__node part = hox__slice(g, x, axis, start, stop);
            const hox__node cube = hox__mul(g, part, hox__mul(g, part, part));
            const hox__node s = hox__reshape(g, hox__sum(g, cube, 3), HOX__SCALAR);
            y = k ? hox__add(g, y, s) : s;
        }
        hox__gradients(g, y, &x, 1, &dx);
        compare(g, (hox__node[]){y, dx}, 2, 2, 1e-5, "parts");
        hox__graph_free(g);
    }
}

/* The row that plans make of such sums, of all forms, beside its plain kernel. */
static void sums_of_products_agree(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(25)};
    for (int i = 0; i < 2 * CASES; i++) {
        hox__graph *g = hox__graph_new();
        const int64_t m = roll(&d, 1, 40), n = roll(&d, 1, 70);
        hox__param param = {.axis = (int)roll(&d, 1, 4), .start = i % 3 == 0};
        param.transpose_a = i % 2;
        param.transpose_b = i / 2 % 2;
        hox__node in[10];
        int operands = 0;
        char name[16];
        for (int t = 0; t < param.axis; t++) {
            const int64_t k = roll(&d, 1, 30);
            snprintf(name, sizeof name, "a%d", t);
            in[operands++] = hox__input(
                g, HOX__F32, param.transpose_a ? HOX__SHAPE(k, m) : HOX__SHAPE(m, k), name);
            snprintf(name, sizeof name, "b%d", t);
            in[operands++] = hox__input(
                g, HOX__F32, param.transpose_b ? HOX__SHAPE(n, k) : HOX__SHAPE(k, n), name);
        }
        if (param.start)
            in[operands++] = hox__input(g, HOX__F32, HOX__SHAPE(m, n), "begin");
        if (i % 5)
            in[operands++] =
                hox__input(g, HOX__F32, i % 5 < 3 ? HOX__SHAPE(1, n) : HOX__SHAPE(m, 1), "bias");
        const hox__node y = hox__emit(g, HOX__OP_PRODUCTS, in, operands, &param, NULL);
        compare(g, &y, 1, 2, 1e-5, "products");
        hox__graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recurrences_agree),        cmocka_unit_test(updates_inside_agree),
        cmocka_unit_test(products_are_hoisted),     cmocka_unit_test(tall_matrices_agree),
        cmocka_unit_test(tall_matrices_are_turned), cmocka_unit_test(sums_of_parts_agree),
        cmocka_unit_test(sums_of_products_agree),
    };
    return run_for_each_set("loops", tests, sizeof tests / sizeof *tests);
}
