/* Gaussian processes: factors, the gradient of the posterior, predictions and improvement against
 * plain formulas. */
#include "../space/spaces.h"
#include "search/improve.h"
#include "search/linalg.h"
#include "search/loops.h"
#include "search/special.h"
#include "search/warp.h"
#include <math.h>
#include <string.h>

static void near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%.17g instead of %.17g", got, want);
}

/* ---- linear algebra ---- */

enum { N = 45 };

typedef struct {
    double a[N][N], l[N][N], inverse[N][N], work[N * N + N * HOX__COLUMNS];
    double *row[N], *of_inverse[N];
} matrix;

/* A A^T + I of random numbers. */
static void make(matrix *m)
{
    hox_rng rng = hox_rng_seed(6);
    static double g[N][N];
    for (int i = 0; i < N * N; i++)
        g[i / N][i % N] = hox__draw_normal(&rng);
    for (int i = 0; i < N; i++) {
        m->row[i] = m->l[i];
        m->of_inverse[i] = m->inverse[i];
        for (int j = 0; j < N; j++) {
            m->a[i][j] = i == j;
            for (int k = 0; k < N; k++)
                m->a[i][j] += g[i][k] * g[j][k];
        }
        memcpy(m->l[i], m->a[i], sizeof m->l[i]);
    }
}

static void factors_and_inverses(void **state)
{
    (void)state;
    static matrix m;
    make(&m);
    assert_true(hox__cholesky(m.row, 0, N));
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++) {
            double sum = 0;
            for (int k = 0; k <= j; k++)
                sum += m.l[i][k] * m.l[j][k];
            near(sum, m.a[i][j], 1e-11);
        }
    hox__inverse((const double *const *)m.row, N, m.of_inverse, m.work);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++)
                sum += m.a[i][k] * (k >= j ? m.inverse[k][j] : m.inverse[j][k]);
            near(sum, i == j, 1e-9);
        }
}

static void appended_rows_give_the_same_factor(void **state)
{
    (void)state;
    static matrix m, n;
    make(&m);
    make(&n);
    assert_true(hox__cholesky(m.row, 0, N));
    assert_true(hox__cholesky(n.row, 0, 20));
    assert_true(hox__cholesky(n.row, 20, 21));
    assert_true(hox__cholesky(n.row, 21, N));
    assert_memory_equal(m.l, n.l, sizeof m.l);
    n.l[3][3] = -1; /* not positive definite */
    assert_false(hox__cholesky(n.row, 3, 4));
}

static void triangles_are_solved(void **state)
{
    (void)state;
    static matrix m;
    make(&m);
    assert_true(hox__cholesky(m.row, 0, N));
    double x[N], y[N];
    for (int i = 0; i < N; i++)
        x[i] = y[i] = i - 7;
    hox__solve_lower((const double *const *)m.row, x, N);
    hox__solve_upper((const double *const *)m.row, x, N);
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int j = 0; j < N; j++)
            sum += m.a[i][j] * x[j];
        near(sum, y[i], 1e-9);
    }
}

/* ---- a process over a mixed, conditional space ---- */

static const char mixed[] =
    "command = \"x\"\nlr = log 1e-5 .. 1e-1\nlayers = 1..6\nact = relu | tanh | gelu\n"
    "opt = sgd(momentum: 0.0 .. 0.99) | adam(beta: 0.8 .. 0.999, amsgrad: yes | no)\n";

enum { POINTS = 24 };

typedef struct {
    hox_space *space;
    hox__history history;
    hox__arena *arena;
    hox__process *p;
    double y[POINTS];
} made;

static made make_process(int points, bool warp)
{
    made m = {.space = load(mixed), .arena = hox__arena_new(1 << 26)};
    hox_walk *w = hox_walk_new(m.space, NULL);
    hox_rng rng = hox_rng_seed(2);
    double dense[16];
    assert_int_equal(hox__history_init(&m.history, m.space), HOX_OK);
    for (int i = 0; i < POINTS; i++) {
        hox_asked asked;
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
        asked.answer = hox_walk_answers(w, &asked.n);
        assert_int_equal(hox__history_asked(&m.history, (uint64_t)i, &asked, NULL), HOX_OK);
        m.y[i] = hox__draw_normal(&rng);
    }
    m.p = hox__process_new(m.arena, &m.history.coder, POINTS, warp);
    assert_non_null(m.p);
    for (int i = 0; i < points; i++) {
        hox__history_dense(&m.history, i, dense, m.history.coder.dims);
        hox__process_add(m.p, dense);
    }
    hox_walk_free(w);
    return m;
}

static void drop(made *m)
{
    hox__arena_free(m->arena);
    hox__history_deinit(&m->history);
    hox_space_free(m->space);
}

/* hpo.md 5.8: within 1e-6 of central differences. */
static void gradient_holds(bool warp)
{
    made m = make_process(POINTS, warp);
    const int d = hox__process_parameters(m.p);
    double theta[32], gradient[32], other[32];
    assert_int_equal(d, m.p->inputs + 2 + (warp ? 2 * 4 : 0)); /* four numbers */
    void *scratch = hox__process_scratch(m.arena, m.p);
    hox_rng rng = hox_rng_seed(5);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < d; i++)
            theta[i] = 0.7 * hox__draw_normal(&rng);
        theta[m.p->inputs + 1] = -3;
        assert_true(isfinite(hox__process_posterior(m.p, m.y, theta, gradient, scratch)));
        for (int i = 0; i < d; i++) {
            const double h = 1e-5, at = theta[i];
            theta[i] = at + h;
            const double up = hox__process_posterior(m.p, m.y, theta, other, scratch);
            theta[i] = at - h;
            const double down = hox__process_posterior(m.p, m.y, theta, other, scratch);
            theta[i] = at;
            near((up - down) / (2 * h), gradient[i], 1e-6 * (1 + fabs(gradient[i])));
        }
    }
    drop(&m);
}

static void gradient_is_that_of_finite_differences(void **state)
{
    (void)state;
    gradient_holds(false);
    gradient_holds(true);
}

/* w(u) of warp.h by the C library. */
static double warped(const made *m, int j, double u)
{
    const double v = 1e-4 + (1 - 2e-4) * u;
    return m->p->u ? 1 - pow(1 - pow(v, exp(m->p->log_shape[j][0])), exp(m->p->log_shape[j][1]))
                   : u;
}

/* The kernel by its definition in process.h, on dense points. */
static double kernel(const made *m, const double *x, const double *y)
{
    double q = 0;
    for (int j = 0; j < m->p->inputs; j++) {
        const hox__process_input *in = &m->p->input[j];
        const double u = x[in->dim], v = y[in->dim], z = exp(m->p->log_z[j]);
        const double apart = in->nominal ? u - v : warped(m, j, u) - warped(m, j, v);
        if (isnan(u) && isnan(v))
            continue;
        if (isnan(u) || isnan(v))
            q += z;
        else if (in->nominal)
            q += apart == 0 ? 0 : z;
        else if (in->always)
            q += z * apart * apart;
        else
            q += z * pow(2 * sin(M_PI / 6 * apart), 2);
    }
    const double s = sqrt(5 * q);
    return exp(m->p->log_a) * (1 + s + s * s / 3) * exp(-s);
}

/* Posterior mean and variance by the inverse, expected improvement by its textbook formula. */
static double plain_log_ei(made *m, const double *dense)
{
    static double a[POINTS][POINTS], k[POINTS], x[POINTS][16];
    static double *row[POINTS];
    const int dims = m->history.coder.dims, n = m->p->n;
    double v[POINTS], w[POINTS], least = HUGE_VAL;
    for (int i = 0; i < n; i++) {
        hox__history_dense(&m->history, i, x[i], dims);
        row[i] = a[i];
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++)
            a[i][j] = kernel(m, x[i], x[j]) + (i == j) * (exp(m->p->log_noise) + m->p->jitter);
        v[i] = k[i] = kernel(m, x[i], dense);
        w[i] = m->y[i];
    }
    assert_true(hox__cholesky(row, 0, n));
    hox__solve_lower((const double *const *)row, v, n);
    hox__solve_lower((const double *const *)row, w, n);
    hox__solve_upper((const double *const *)row, w, n);
    double mean = 0, var = exp(m->p->log_a);
    for (int i = 0; i < n; i++) {
        double at = 0;
        for (int j = 0; j < n; j++)
            at += kernel(m, x[i], x[j]) * w[j];
        least = fmin(least, at);
        mean += k[i] * w[i];
        var -= v[i] * v[i];
    }
    const double s = sqrt(var), z = (least - mean) / s;
    return log(s * (z * 0.5 * erfc(-z / sqrt(2)) + exp(-z * z / 2) / sqrt(2 * M_PI)));
}

static void improvement_holds(bool warp)
{
    made m = make_process(POINTS, warp);
    hox_rng rng = hox_rng_seed(3);
    double dense[16], value;
    const double *at = dense;
    for (int j = 0; j < m.p->inputs; j++)
        m.p->log_z[j] = 0.5 * hox__draw_normal(&rng);
    for (int j = 0; warp && j < m.p->inputs; j++)
        for (int k = 0; k < 2 && !m.p->input[j].nominal; k++)
            m.p->log_shape[j][k] = 0.5 * hox__draw_normal(&rng);
    m.p->log_noise = -3;
    assert_true(hox__process_factor(m.p, 0));
    hox__improvement *im = hox__improvement_new(m.arena, m.p, POINTS, m.y, 1, &rng);
    assert_non_null(im);
    hox_walk *w = hox_walk_new(m.space, NULL);
    for (int i = 0; i < 30; i++) {
        int64_t row;
        hox_asked asked;
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
        asked.answer = hox_walk_answers(w, &asked.n);
        assert_int_equal(hox__history_asked(&m.history, 100 + (uint64_t)i, &asked, &row), HOX_OK);
        hox__history_dense(&m.history, row, dense, m.history.coder.dims);
        hox__improvement_values(im, &at, 1, &value);
        near(value, plain_log_ei(&m, dense), 1e-8);
        int dim[16], d = 0; /* the slope: numbers that are active */
        double slope[16];
        for (int j = 0; j < m.p->inputs; j++)
            if (!m.p->input[j].nominal && !isnan(dense[m.p->input[j].dim]))
                dim[d++] = m.p->input[j].dim;
        near(hox__improvement_slope(im, dense, dim, d, slope), value, 1e-8);
        for (int k = 0; k < d; k++) {
            const double h = 1e-5, u = dense[dim[k]];
            double up, down;
            dense[dim[k]] = u + h;
            hox__improvement_values(im, &at, 1, &up);
            dense[dim[k]] = u - h;
            hox__improvement_values(im, &at, 1, &down);
            dense[dim[k]] = u;
            near((up - down) / (2 * h), slope[k], 1e-5 * (1 + fabs(slope[k])));
        }
    }
    hox_walk_free(w);
    drop(&m);
}

static void improvement_is_the_formula(void **state)
{
    (void)state;
    improvement_holds(false);
    improvement_holds(true);
}

/* Of values that change at the low end only the fit learns a scale that is steep there; of a
 * straight line it learns next to none. */
static void scales_are_learned(void **state)
{
    (void)state;
    for (int straight = 0; straight < 2; straight++) {
        made m = make_process(POINTS, true);
        const int j = 0; /* lr */
        assert_int_equal(m.p->input[j].dim, hox__coder_find(&m.history.coder, hox_path_key("lr")));
        for (int i = 0; i < POINTS; i++)
            m.y[i] = straight ? m.p->u[j][i] - 0.5 : exp(-m.p->u[j][i] / 0.08);
        assert_int_equal(hox__process_fit(m.p, m.arena, m.y, 60), HOX_OK);
        const double ratio =
            hox__warp(0.05, m.p->log_shape[j]).slope / hox__warp(0.5, m.p->log_shape[j]).slope;
        if (straight ? fabs(log(ratio)) > log(2) : ratio < 10)
            fail_msg("the slope at 0.05 is %g times that at 0.5", ratio);
        drop(&m);
    }
}

/* Running points: their drawn values have the posterior's mean, and near them nothing is gained. */
static void running_points_are_drawn_from_the_posterior(void **state)
{
    (void)state;
    enum { TOLD = POINTS - 1, WORLDS = 60 };
    made m = make_process(TOLD, false);
    hox_rng rng = hox_rng_seed(3);
    double dense[16], value, after;
    const double *at = dense;
    m.p->log_noise = -9;
    assert_true(hox__process_factor(m.p, 0));
    hox__improvement *before = hox__improvement_new(m.arena, m.p, TOLD, m.y, 1, &rng);
    hox__history_dense(&m.history, TOLD, dense, m.history.coder.dims);
    hox__improvement_values(before, &at, 1, &value);
    hox__process_place(m.p, dense, &before->point);
    hox__process_kernel(m.p, &before->point, before->k, NULL);
    double mean = 0;
    for (int i = 0; i < TOLD; i++)
        mean += before->k[i] * before->alpha[0][i];
    hox__process_add(m.p, dense);
    assert_true(hox__process_factor(m.p, TOLD));
    hox__improvement *im = hox__improvement_new(m.arena, m.p, TOLD, m.y, WORLDS, &rng);
    assert_non_null(im);
    near(im->mean[TOLD], mean, 0.5); /* a standard error of 1/sqrt(60) at most, four of them */
    hox__improvement_values(im, &at, 1, &after);
    assert_true(after < value - 0.5);
    drop(&m);
}

/* Twenty copies of one point without noise to speak of: the ladder of jitter finds a factor. */
static void equal_points_have_a_factor(void **state)
{
    (void)state;
    made m = make_process(1, false);
    double dense[16];
    hox__history_dense(&m.history, 0, dense, m.history.coder.dims);
    for (int i = 1; i < POINTS; i++)
        hox__process_add(m.p, dense);
    m.p->log_noise = -60;
    assert_true(hox__process_factor(m.p, 0));
    assert_true(m.p->jitter > 0);
    drop(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_and_inverses),
        cmocka_unit_test(appended_rows_give_the_same_factor),
        cmocka_unit_test(triangles_are_solved),
        cmocka_unit_test(gradient_is_that_of_finite_differences),
        cmocka_unit_test(improvement_is_the_formula),
        cmocka_unit_test(scales_are_learned),
        cmocka_unit_test(running_points_are_drawn_from_the_posterior),
        cmocka_unit_test(equal_points_have_a_factor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
