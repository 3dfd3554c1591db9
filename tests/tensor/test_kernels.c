/* Every operation and its gradients, fast against plain C, on shapes drawn to be awkward: odd
 * sizes, single elements, strides, groups, channels that do not fill a block, small images. */
#include "tensor/compare.h"

enum { CASES = 40 };

static hox__node input(hox__graph *g, hox__shape shape, const char *name)
{
    return hox__input(g, HOX__F32, shape, name);
}

static hox__shape any_shape(dice *d)
{
    switch (roll(d, 0, 3)) {
    case 0:
        return HOX__SCALAR;
    case 1:
        return HOX__SHAPE(roll(d, 1, 700));
    case 2:
        return HOX__SHAPE(roll(d, 1, 40), roll(d, 1, 40));
    default:
        return HOX__SHAPE(roll(d, 1, 3), roll(d, 1, 20), roll(d, 1, 9), roll(d, 1, 9));
    }
}

/* A weighted sum of squares of `y`, its gradients with respect to `wrt`, and y: compared. */
static void compare_with_gradients(hox__graph *g, hox__node y, const hox__node *wrt, int n,
                                   double tolerance, const char *what)
{
    hox__node out[8] = {y};
    const hox__shape shape = *hox__node_shape(g, y);
    const hox__node weighted = hox__mul(g, hox__mul(g, y, y), hox__uniform(g, shape, "loss", 0));
    const hox__node loss = hox__sum(g, weighted, shape.rank ? (1u << shape.rank) - 1 : 0);
    hox__gradients(g, loss, wrt, n, out + 1);
    compare(g, out, n + 1, 10, tolerance, what);
}

static void elementwise(void **state)
{
    (void)state;
    typedef hox__node unary(hox__graph *, hox__node);
    static unary *const ops[] = {hox__neg,  hox__exp_,   hox__tanh_,      hox__sigmoid,
                                 hox__erf_, hox__abs_,   hox__relu,       hox__elu,
                                 hox__gelu, hox__swish,  hox__softmax,    hox__sin_,
                                 hox__cos_, hox__floor_, hox__log_softmax};
    dice d = {hox_rng_seed(1)};
    for (int i = 0; i < CASES; i++) {
        hox__graph *g = hox__graph_new();
        hox__shape shape = any_shape(&d);
        if (shape.rank == 0)
            shape = HOX__SHAPE(3);
        const hox__node x = input(g, shape, "x"), y = input(g, shape, "y");
        const hox__node two = hox__constant(g, HOX__SCALAR, 2.5f);
        const hox__node z = ops[i % 15](g, hox__mul(g, x, two));
        const hox__node positive =
            hox__add(g, hox__mul(g, y, y), hox__constant(g, HOX__SCALAR, 0.5f));
        hox__node w = hox__div(g, hox__sub(g, z, y), hox__sqrt_(g, positive));
        w = hox__add(g, w, hox__log_(g, positive));
        w = hox__select(g, hox__less(g, x, y), hox__max(g, w, y),
                        hox__min(g, w, hox__recip(g, positive)));
        compare_with_gradients(g, w, (hox__node[]){x, y}, 2, 2e-5, "elementwise");
        hox__graph_free(g);
    }
}

/* The functions at awkward arguments: huge, tiny, whole, infinite, not a number. */
static void functions(void **state)
{
    (void)state;
    static const float values[] = {0,   1,     -1,   2,    -2,    0.5f,  -0.5f,
                                   3,   1e-3f, 7.5f, 1e5f, -1e5f, 1e8f,  INFINITY,
                                   NAN, 10,    -3,   0.1f, 100,   -7.5f, 1e-20f};
    enum { N = sizeof values / sizeof *values };
    hox__graph *g = hox__graph_new();
    const hox__node x = input(g, HOX__SHAPE(N, N), "x"), y = input(g, HOX__SHAPE(N, N), "y");
    const hox__node out[] = {hox__sin_(g, x), hox__cos_(g, x), hox__floor_(g, x),
                             hox__pow_(g, x, y)};
    hox__plan *plan[2];
    for (int k = 0; k < 2; k++) {
        plan[k] = plan_of(g, out, 4, k);
        for (int i = 0; i < N * N; i++) {
            ((float *)hox__plan_input(plan[k], x))[i] = values[i / N];
            ((float *)hox__plan_input(plan[k], y))[i] = values[i % N];
        }
        hox__plan_run(plan[k]);
    }
    for (int o = 0; o < 4; o++) {
        float a[N * N], b[N * N];
        hox__plan_read(plan[0], out[o], a);
        hox__plan_read(plan[1], out[o], b);
        for (int i = 0; i < N * N; i++) {
            const bool same = a[i] == b[i] || (isnan(a[i]) && isnan(b[i]));
            const bool odd = o == 3 && isnan(values[i % N]) && values[i / N] == 1; /* pow(1, nan) */
            if (!same && !odd && !(fabsf(a[i] - b[i]) <= 4e-7f * fabsf(b[i])))
                fail_msg("output %d of %g, %g: %.9g, should be %.9g", o, (double)values[i / N],
                         (double)values[i % N], (double)a[i], (double)b[i]);
        }
    }
    hox__plan_free(plan[0]);
    hox__plan_free(plan[1]);
    hox__graph_free(g);
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Units in the last place that `got` is away from `truth`; numbers that are not normal count as 0.
 */
static double units_off(float got, double truth)
{
    const double normal = 0x1p-126, size = fabs(truth);
    if (isnan(truth) || isinf((float)truth))
        return isnan(truth) ? !isnan(got) : got != (float)truth;
    if (size < normal)
        return fabs((double)got) <= normal ? 0 : INFINITY;
    return fabs((double)got - truth) / ldexp(1, ilogb(size) - 23);
}

/* exp, tanh and sigmoid over all they see, within 4 units in the last place. */
static void functions_are_exact_to_four_units(void **state)
{
    (void)state;
    enum { N = 40007 };
    static float at[N], got[N];
    static double (*const truth[])(double) = {exp, tanh, sigmoid};
    hox__graph *g = hox__graph_new();
    const hox__node x = input(g, HOX__SHAPE(N), "x");
    const hox__node out[] = {hox__exp_(g, x), hox__tanh_(g, x), hox__sigmoid(g, x)};
    hox__plan *plan = plan_of(g, out, 3, false);
    for (int i = 0; i < N - 7; i++)
        at[i] = i % 2 ? -95 + 190 * (float)i / N : ldexpf(i % 4 ? -1 : 1, -i % 40) * (float)i / N;
    memcpy(at + N - 7, (float[]){0, -0.0f, INFINITY, -INFINITY, NAN, 1e30f, -1e30f},
           7 * sizeof *at);
    memcpy(hox__plan_input(plan, x), at, sizeof at);
    hox__plan_run(plan);
    for (int o = 0; o < 3; o++) {
        hox__plan_read(plan, out[o], got);
        for (int i = 0; i < N; i++)
            if (!(units_off(got[i], truth[o]((double)at[i])) <= 4))
                fail_msg("function %d of %.9g: %.9g, should be %.9g", o, (double)at[i],
                         (double)got[i], truth[o]((double)at[i]));
    }
    hox__plan_free(plan);
    hox__graph_free(g);
}

/* Flips, steps, maxima, rows by number and back. */
static void positions(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(8)};
    for (int i = 0; i < CASES; i++) {
        hox__graph *g = hox__graph_new();
        const hox__shape s =
            HOX__SHAPE(roll(&d, 1, 5), roll(&d, 1, 33), roll(&d, 1, 6), roll(&d, 1, 40));
        const uint32_t axes = (uint32_t)roll(&d, 0, 15);
        const hox__node x = input(g, s, "x"), top = hox__maxval(g, x, axes);
        const hox__node index = hox__input(g, HOX__I32, HOX__SHAPE(roll(&d, 1, 9), 2), "i");
        const hox__node rows = hox__gather_rows(g, x, index);
        const hox__node label = hox__argmax(g, x, (int)roll(&d, 0, 3));
        const hox__node from = hox__constant(g, HOX__SCALAR, 100);
        const hox__node cast = hox__cast(g, hox__cast(g, hox__mul(g, x, from), HOX__I32), HOX__F32);
        const hox__node out[] = {top,
                                 hox__flip(g, x, axes),
                                 rows,
                                 hox__scatter_add_rows(g, rows, index, roll(&d, 1, 9)),
                                 hox__cast(g, label, HOX__F32),
                                 cast,
                                 hox__slice_steps(g, x, 3, s.dim[3] / 3, s.dim[3], roll(&d, 1, 4))};
        compare(g, out, 7, 10, 1e-5, "positions");
        compare_with_gradients(g, top, &x, 1, 1e-5, "maxval");
        compare_with_gradients(g, rows, &x, 1, 1e-5, "gather_rows");
        compare_with_gradients(g, out[6], &x, 1, 1e-5, "slice");
        hox__graph_free(g);
    }
}

static void normal_has_its_moments(void **state)
{
    (void)state;
    enum { N = 20000 };
    hox__graph *g = hox__graph_new();
    const hox__node z = hox__normal(g, HOX__SHAPE(N), "z", 0);
    hox__plan *plan = plan_of(g, &z, 1, false);
    hox__plan_run(plan);
    float *v = hox__alloc(N, sizeof *v);
    hox__plan_read(plan, z, v);
    double m[5] = {0};
    for (int i = 0; i < N; i++)
        for (int k = 1; k < 5; k++)
            m[k] += pow((double)v[i], k) / N;
    const double noise = 5 / sqrt((double)N); /* five deviations of each mean */
    assert_true(fabs(m[1]) < noise && fabs(m[2] - 1) < noise * sqrt(2));
    assert_true(fabs(m[3]) < noise * sqrt(15) && fabs(m[4] - 3) < noise * sqrt(96));
    hox__free(v);
    hox__plan_free(plan);
    hox__graph_free(g);
}

static void movement_and_sums(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(2)};
    for (int i = 0; i < CASES; i++) {
        hox__graph *g = hox__graph_new();
        const hox__shape s =
            HOX__SHAPE(roll(&d, 1, 5), roll(&d, 1, 33), roll(&d, 1, 6), roll(&d, 1, 6));
        const hox__node x = input(g, s, "x"), v = input(g, HOX__SHAPE(1, s.dim[1], 1, 1), "v");
        const hox__node p = hox__permute(g, x, (const int[]){2, 0, 3, 1});
        const hox__node back = hox__permute(g, p, (const int[]){1, 3, 0, 2});
        const hox__node both = hox__concat(g, (hox__node[]){back, hox__expand(g, v, s), x}, 3, 1);
        const hox__node part = hox__slice(g, both, 1, s.dim[1] / 2, 2 * s.dim[1]);
        hox__node out[4] = {part, hox__sum(g, part, (uint32_t)roll(&d, 0, 15)),
                            hox__mean(g, part, (uint32_t)roll(&d, 0, 15)), HOX__NONE};
        compare(g, out, 3, 10, 1e-5, "movement");
        compare_with_gradients(g, part, (hox__node[]){x, v}, 2, 1e-5, "movement");
        hox__graph_free(g);
    }
}

static void products(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(3)};
    for (int i = 0; i < CASES; i++) {
        hox__graph *g = hox__graph_new();
        const bool ta = roll(&d, 0, 1), tb = roll(&d, 0, 1), three = roll(&d, 0, 2) == 0;
        const int64_t top = i % 4 ? 40 : 150;
        const int64_t m = roll(&d, 1, top), n = roll(&d, 1, top), k = roll(&d, 1, top),
                      b = roll(&d, 1, 3);
        hox__shape x = ta ? HOX__SHAPE(k, m) : HOX__SHAPE(m, k),
                   y = tb ? HOX__SHAPE(n, k) : HOX__SHAPE(k, n);
        if (three) {
            x = HOX__SHAPE(b, x.dim[0], x.dim[1]);
            y = HOX__SHAPE(b, y.dim[0], y.dim[1]);
        }
        const hox__node a = input(g, x, "a"), c = input(g, y, "c");
        compare_with_gradients(g, hox__matmul(g, a, c, ta, tb), (hox__node[]){a, c}, 2, 2e-5,
                               "matmul");
        hox__graph_free(g);
    }
}

static hox__window any_window(dice *d, int64_t kh, int64_t kw)
{
    return (hox__window){roll(d, 1, 2),
                         roll(d, 1, 2),
                         roll(d, 0, kh - 1),
                         roll(d, 0, kh - 1),
                         roll(d, 0, kw - 1),
                         roll(d, 0, kw - 1),
                         1,
                         0,
                         0};
}

static void convolutions(void **state)
{
    (void)state;
    static const int64_t channels[] = {1, 3, 8, 16, 17, 20, 32};
    dice d = {hox_rng_seed(4)};
    for (int i = 0; i < 2 * CASES; i++) {
        hox__graph *g = hox__graph_new();
        const int64_t kh = roll(&d, 1, 5), kw = roll(&d, 1, 5);
        hox__window w = any_window(&d, kh, kw);
        int64_t in = channels[roll(&d, 0, 6)], out = channels[roll(&d, 0, 6)], per = in;
        if (i % 5 == 3) { /* depthwise */
            w.groups = out = in;
            per = 1;
        } else if (i % 5 == 4) {
            w.groups = 2;
            per = in = 8;
            in *= 2;
            out = 2 * roll(&d, 1, 12);
        }
        if (i % 3 == 2) {
            w.gap_h = roll(&d, 0, 2);
            w.gap_w = roll(&d, 0, 2);
        }
        const int64_t low_h = (kh - 1) * (w.gap_h + 1) + 1 - w.pad_top - w.pad_bottom,
                      low_w = (kw - 1) * (w.gap_w + 1) + 1 - w.pad_left - w.pad_right;
        const hox__node x = input(
            g,
            HOX__SHAPE(roll(&d, 1, 3), in, roll(&d, low_h > 1 ? low_h : 1, low_h > 9 ? low_h : 9),
                       roll(&d, low_w > 1 ? low_w : 1, low_w > 9 ? low_w : 9)),
            "x");
        const hox__node k = input(g, HOX__SHAPE(out, per, kh, kw), "k");
        compare_with_gradients(g, hox__conv(g, x, k, w), (hox__node[]){x, k}, 2, 2e-5, "conv");
        hox__graph_free(g);
    }
}

/* Few channels, groups, gaps: the library has only plain C for some layouts of these, a thousand
 * times as slow; others are taken. */
static void no_convolution_is_left_to_plain_c(void **state)
{
    (void)state;
    static const int shapes[][5] = {/* channels, filters, kernel, gap, groups */
                                    {1, 16, 3, 0, 1},  {3, 8, 5, 0, 1},    {8, 56, 5, 0, 1},
                                    {12, 24, 3, 1, 1}, {16, 8, 1, 0, 1},   {24, 40, 3, 0, 1},
                                    {8, 16, 3, 0, 2},  {24, 24, 3, 0, 24}, {32, 32, 3, 1, 4}};
    if (!strstr(hox__tensor_backend(), "oneDNN") || !strstr(hox__tensor_backend(), "avx512"))
        skip();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const int *k = shapes[i], pad = (k[2] - 1) * (k[3] + 1) / 2;
        hox__graph *g = hox__graph_new();
        const hox__node x = input(g, HOX__SHAPE(2, k[0], 9, 9), "x"),
                        w = input(g, HOX__SHAPE(k[1], k[0] / k[4], k[2], k[2]), "w");
        const hox__node y =
            hox__conv(g, x, w, (hox__window){1, 1, pad, pad, pad, pad, k[4], k[3], k[3]});
        const hox__node wrt[2] = {w, x}, loss = hox__sum(g, hox__mul(g, y, y), 15);
        const int n = k[0] > 3 ? 2 : 1; /* nobody asks for the gradient of colours */
        hox__node out[3] = {loss};
        hox__gradients(g, loss, wrt, n, out + 1);
        compare(g, out, n + 1, 10, 1e-4, "convolution");
        hox__plan *plan = plan_of(g, out, n + 1, false);
        char *listing = hox__plan_listing(plan);
        if (!listing || strstr(listing, "ref:"))
            fail_msg("%s", listing ? listing : "no memory");
        hox__free(listing);
        hox__plan_free(plan);
        hox__graph_free(g);
    }
}

static bool uses_winograd(const hox__graph *g, hox__node y)
{
    hox__plan *plan = plan_of(g, &y, 1, false);
    char *listing = hox__plan_listing(plan);
    assert_non_null(listing);
    const bool uses = strstr(listing, "winograd") != NULL;
    hox__free(listing);
    hox__plan_free(plan);
    return uses;
}

/* 3x3 and 5x5 of stride 1, where fewer multiplications may be used; they round more. */
static void square_convolutions(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(14)};
    int own = 0;
    for (int i = 0; i < CASES / 2; i++) {
        hox__graph *g = hox__graph_new();
        const int64_t taps = 3 + 2 * roll(&d, 0, 1), pad = taps - 1;
        const hox__window w = {
            1, 1, roll(&d, 0, pad), roll(&d, 0, pad), roll(&d, 0, pad), roll(&d, 0, pad), 1, 0, 0};
        const bool whole = roll(&d, 0, 1); /* blocks of channels */
        const int64_t in = whole ? 16 * roll(&d, 1, 3) : roll(&d, 12, 32),
                      out = whole ? 16 * roll(&d, 1, 4) : roll(&d, 12, 50);
        const hox__node x =
            input(g, HOX__SHAPE(roll(&d, 1, 3), in, roll(&d, taps, 15), roll(&d, taps, 15)), "x");
        const hox__node k = input(g, HOX__SHAPE(out, in, taps, taps), "k");
        const hox__node y = hox__conv(g, x, k, w);
        compare_with_gradients(g, y, (hox__node[]){x, k}, 2, 5e-5, "square convolution");
        own += uses_winograd(g, y);
        hox__graph_free(g);
    }
    if (hox__kernels_at(compared_set)->winograd_images)
        assert_in_range(own, CASES / 8, CASES / 2 - 1);
    else
        assert_int_equal(own, 0);
}

/* A backbone: convolution so that images are blocked, then what the case says. */
static hox__node blocked_image(hox__graph *g, dice *d, int64_t c, int64_t low, hox__node *x)
{
    const int64_t h = roll(d, low, 9), w = roll(d, low, 9);
    *x = input(g, HOX__SHAPE(roll(d, 1, 3), 3, h, w), "x");
    const hox__node k = input(g, HOX__SHAPE(c, 3, 3, 3), "k");
    return hox__conv(g, *x, k, (hox__window){1, 1, 1, 1, 1, 1, 1, 0, 0});
}

static void pools(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(5)};
    for (int i = 0; i < 2 * CASES; i++) {
        hox__graph *g = hox__graph_new();
        hox__node x;
        const hox__node image = blocked_image(g, &d, roll(&d, 1, 40), 1, &x);
        const hox__shape *s = hox__node_shape(g, image);
        int64_t kh = roll(&d, 1, 3), kw = roll(&d, 1, 3);
        kh = kh > s->dim[2] ? s->dim[2] : kh;
        kw = kw > s->dim[3] ? s->dim[3] : kw;
        hox__window w = any_window(&d, kh, kw);
        w.pad_bottom = w.pad_top;
        w.pad_right = w.pad_left;
        const hox__node from = i % 2 ? image : input(g, *s, "plain");
        const hox__node y =
            i % 4 < 2 ? hox__maxpool(g, from, kh, kw, w) : hox__avgpool(g, from, kh, kw, w);
        if (hox__graph_status(g, NULL) == HOX_OK)
            compare_with_gradients(g, y, &from, 1, 2e-5, "pool");
        hox__graph_free(g);
    }
}

static void normalizations(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(6)};
    for (int i = 0; i < 2 * CASES; i++) {
        hox__graph *g = hox__graph_new();
        hox__node x, y = HOX__NONE;
        const int64_t c = roll(&d, 1, 40);
        hox__node image = blocked_image(g, &d, c, 3, &x);
        if (i % 3 == 1)
            image = x =
                input(g, HOX__SHAPE(roll(&d, 2, 5), c, roll(&d, 3, 6), roll(&d, 3, 6)), "plain");
        if (i % 3 == 2)
            image = x = input(g, HOX__SHAPE(roll(&d, 7, 20), c), "rows");
        const hox__node scale = input(g, HOX__SHAPE(c), "scale"),
                        shift = input(g, HOX__SHAPE(c), "shift");
        hox__node mean, variance;
        y = hox__batch_norm(g, image, scale, shift, &mean, &variance);
        const hox__shape s = *hox__node_shape(g, y);
        if (i % 4)
            y = hox__relu(g, y);
        if (i % 4 >= 2 && s.rank == 4 && s.dim[2] > 1 && s.dim[3] > 1)
            y = hox__maxpool(g, y, 2, 2, (hox__window){2, 2, 0, 0, 0, 0, 0, 0, 0});
        compare_with_gradients(g, y, (hox__node[]){x, scale, shift}, 3, 3e-4, "batch_norm");
        const hox__node still = hox__batch_apply(g, image, scale, shift, mean, variance);
        compare(g, (hox__node[]){still, mean, variance}, 3, 10, 1e-4, "batch_apply");
        hox__graph_free(g);
    }
}

static void losses_and_draws(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(7)};
    for (int i = 0; i < CASES; i++) {
        hox__graph *g = hox__graph_new();
        const hox__shape s = HOX__SHAPE(roll(&d, 1, 30), roll(&d, 10, 40));
        const hox__node x = input(g, s, "x"),
                        label = hox__input(g, HOX__I32, HOX__SHAPE(s.dim[0]), "label");
        const hox__node u = hox__uniform(g, s, "u", 3),
                        dropped = hox__dropout(g, x, 0.3f, "drop", 1);
        const hox__node loss = hox__softmax_xent(g, hox__add(g, dropped, u), label);
        hox__node dx;
        hox__gradients(g, loss, &x, 1, &dx);
        const hox__node out[] = {loss, dx, u, dropped, hox__hits(g, x, label), hox__softmax(g, x)};
        compare(g, out, 6, 10, 1e-5, "loss");
        hox__graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elementwise),
        cmocka_unit_test(functions),
        cmocka_unit_test(functions_are_exact_to_four_units),
        cmocka_unit_test(positions),
        cmocka_unit_test(normal_has_its_moments),
        cmocka_unit_test(movement_and_sums),
        cmocka_unit_test(products),
        cmocka_unit_test(convolutions),
        cmocka_unit_test(no_convolution_is_left_to_plain_c),
        cmocka_unit_test(square_convolutions),
        cmocka_unit_test(pools),
        cmocka_unit_test(normalizations),
        cmocka_unit_test(losses_and_draws),
    };
    return run_for_each_set("kernels", tests, sizeof tests / sizeof *tests);
}
