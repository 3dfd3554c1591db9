/* Known answers of the special functions, and the loops of every instruction set against plain
 * sums. */
#include "base/number.h"
#include "hoxtest.h"
#include "search/loops.h"
#include "search/special.h"
#include "search/warp.h"
#include <math.h>
#include <string.h>

static void relative(double got, double want, double within)
{
    if (!(fabs(got - want) <= within * fabs(want)))
        fail_msg("%.17g instead of %.17g", got, want);
}

/* Computed with 200 digits (mpmath 1.2): z, log h, Phi / h. */
static void log_h_matches_200_digits(void **state)
{
    (void)state;
    static const double known[][3] = {
        {-10000, -50000019.339619307157, 10000.000199999994},
        {-3333.25, -5555294.9235949692092, 3333.250600014838363},
        {-1000, -500014.73445209115845, 1000.001999994000042},
        {-316.5, -50098.558614963740668, 316.50631892608959697},
        {-100, -5010.1295788002497923, 100.01999400419586505},
        {-40, -808.29856835661996024, 40.049906657648518193},
        {-26, -345.43954672231803297, 26.076585186632697123},
        {-10, -55.553122036122355927, 10.194383033412553306},
        {-5.5, -19.543071452824105399, 5.8339546627230047604},
        {-4, -11.849061577550663111, 4.4324837418731182906},
        {-3, -7.8696860596030285171, 3.5323375176251605167},
        {-2, -4.7687835239171141569, 2.6794168839555859839},
        {-1.5, -3.5299359208057098515, 2.2795806941564461644},
        {-1.0009765625, -2.4869810098738904413, 1.9049763485234950556},
        {-1, -2.4851210257126413368, 1.9042712333296918229},
        {-0.9990234375, -2.4832617300829744957, 1.9035662358515227756},
        {-0.5, -1.6205162643873199193, 1.5598731483480796712},
        {-0.125, -1.0801194450921543598, 1.3260350208855181371},
        {0, -0.91893853320467274178, 1.2533141373155002512},
        {0.25, -0.62297823090676788688, 1.1162715463877813478},
        {0.5, -0.35982768374506381859, 0.99092271800410996015},
        {0.875, -0.020083923931120016694, 0.82562952223469125319},
        {1, 0.080026218849306940029, 0.77663872520173925975},
        {2, 0.69738354578822831219, 0.48655931878528386862},
        {3.5, 1.2527796771896116787, 0.28564304750091597926},
        {5, 1.6094379231264313851, 0.19999994053122004649},
        {7.25, 1.9810014688665872347, 0.13793103448272935005},
        {10, 2.302585092994045684, 0.1},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double slope;
        relative(hox__log_h(known[i][0], &slope), known[i][1], 1e-10);
        relative(slope, known[i][2], 1e-7);
    }
}

/* log h is finite for every finite z, and its slope its derivative. */
static void log_h_is_smooth(void **state)
{
    (void)state;
    for (double z = -40; z < 8; z += 0.37) {
        double slope;
        hox__log_h(z, &slope);
        const double d = 1e-5;
        relative((hox__log_h(z + d, NULL) - hox__log_h(z - d, NULL)) / (2 * d), slope, 1e-6);
    }
    for (double z = -1; z > -1e150; z *= 7)
        assert_true(isfinite(hox__log_h(z, NULL)));
    relative(hox__log_h(-1.0001e6, NULL), hox__log_h(-0.9999e6, NULL), 1e-3);
}

static void erfcx_matches_200_digits(void **state)
{
    (void)state;
    static const double known[][2] = {
        {-5.0, 144009798674.66104041},
        {-2.0, 108.94090438997797241},
        {-0.5, 1.9523604891825570933},
        {-0.25, 1.3586423701047221152},
        {0.0, 1.0},
        {0.125, 0.8732218450821508096},
        {0.46875, 0.63206968924955607816},
        {0.5, 0.61569034419292587487},
        {1.0, 0.42758357615580700441},
        {2.0, 0.25539567631050574387},
        {3.75, 0.14558972127503853905},
        {4.0, 0.13699945762506138989},
        {4.25, 0.1293452747859879108},
        {10.0, 0.056140992743822585858},
        {100.0, 0.0056416137829894329036},
        {100000000.0, 5.6418958354775625874e-9},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const double x = known[i][0];
        relative(hox__erfcx(x), known[i][1], 1e-14);
        if (x < 6)
            relative(hox__erfc(x), known[i][1] * exp(-x * x), 1e-14);
    }
    assert_true(hox__erfc(40) == 0 && hox__erfc(-40) == 2 && isinf(hox__erfcx(-30)));
}

static void log_mass_matches_200_digits(void **state)
{
    (void)state;
    static const double known[][3] = {
        {-1, 1, -0.38171514630212607227},
        {-0.25, 3, -0.51524131250008409661},
        {2, 3, -3.844353426334205621},
        {-3, -2.5, -5.3267647240790622482},
        {30, 31, -454.32124395634325204},
        {-50, -49.5, -1229.9463189088429548},
        {-90, 90, 0.0},
        {0, 0.125, -3.0009815302241856906},
        {5, 5.001953125, -19.662142631335373028},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const double a = known[i][0], b = known[i][1], want = known[i][2];
        assert_true(fabs(hox__log_mass(a, b) - want) <= 1e-12 * (1 + fabs(want)));
        assert_true(fabs(hox__log_mass(-b, -a) - want) <= 1e-12 * (1 + fabs(want)));
    }
}

/* Mean and variance of 40000 draws within 4 standard errors, fixed seed. */
static void normal_draws_are_normal(void **state)
{
    (void)state;
    enum { N = 40000 };
    hox_rng rng = hox_rng_seed(3);
    double sum = 0, square = 0;
    for (int i = 0; i < N; i++) {
        const double x = hox__draw_normal(&rng);
        sum += x;
        square += x * x;
    }
    assert_true(fabs(sum / N) < 4 / sqrt(N));
    assert_true(fabs(square / N - 1) < 4 * sqrt(2.0 / N));
}

/* ---- loops ---- */

enum { N = 77 };

/* Everything a set computes from fixed input, one behind the other. */
static void run_all(const hox__loops *loops, double *out /* [8 N + HOX__COLUMNS N] */)
{
    hox_rng rng = hox_rng_seed(8);
    static double a[N], b[N], rows[N * N];
    const double *row[N];
    for (int i = 0; i < N; i++) {
        a[i] = hox__draw_normal(&rng);
        b[i] = hox__draw_normal(&rng);
    }
    for (int i = 0; i < N * N; i++)
        rows[i] = i / N == i % N ? 3 + hox_rng_unit(&rng) : 0.2 * hox_rng_unit(&rng);
    for (int i = 0; i < N; i++) {
        row[i] = rows + i * N;
        out[i] = 40 * a[i];
        out[N + i] = b[i];
        out[2 * N + i] = b[i] * b[i];
        out[5 * N + i] = loops->dot(a, b, i);
    }
    out[0] = -800;
    loops->exp(out, N);
    loops->add(0.7, a, out + N, N);
    loops->distance(b, row, 5, 1, out + 2 * N, N - 1);
    loops->matern(out + 2 * N, out + 3 * N, out + 4 * N, N);
    loops->dot4(a, row, N, out + 6 * N);
    loops->dot4(a, row, N - 3, out + 6 * N + 4);
    double *v = out + 7 * N;
    for (int i = 0; i < HOX__COLUMNS * N; i++)
        v[i] = hox__draw_normal(&rng);
    loops->solve(row, v, 0, N);
}

static void every_set_gives_the_same_bits(void **state)
{
    (void)state;
    static double plain[(7 + HOX__COLUMNS) * N], other[(7 + HOX__COLUMNS) * N];
    run_all(&hox__loops_plain, plain);
    run_all(hox__loops_get(), other);
    assert_memory_equal(plain, other, sizeof plain);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        memset(other, 0, sizeof other);
        run_all(&hox__loops_avx2, other);
        assert_memory_equal(plain, other, sizeof plain);
    }
#endif
}

static void loops_compute_what_they_say(void **state)
{
    (void)state;
    const hox__loops *loops = hox__loops_get();
    double x[N], q[N], k[N], d[N];
    for (int i = 0; i < N; i++)
        x[i] = -690 + 17.9 * i;
    loops->exp(x, N);
    for (int i = 0; i < N; i++)
        relative(x[i], exp(-690 + 17.9 * i), 1e-14);
    for (int i = 0; i < N; i++)
        q[i] = 0.01 * i * i;
    loops->matern(q, k, d, N);
    for (int i = 0; i < N; i++) {
        const double s = sqrt(5 * q[i]);
        relative(k[i], (1 + s + s * s / 3) * exp(-s), 1e-14);
        relative(d[i], -5.0 / 6 * (1 + s) * exp(-s), 1e-14);
    }
    const double l[3][3] = {{2, 0, 0}, {1, 4, 0}, {3, -1, 5}};
    const double *row[3] = {l[0], l[1], l[2]};
    double v[3 * HOX__COLUMNS];
    for (int c = 0; c < HOX__COLUMNS; c++) { /* L (1, c, 2) */
        v[c] = 2;
        v[HOX__COLUMNS + c] = 1 + 4 * c;
        v[2 * HOX__COLUMNS + c] = 3 - c + 10;
    }
    loops->solve(row, v, 0, 3);
    for (int c = 0; c < HOX__COLUMNS; c++) {
        assert_true(v[c] == 1);
        relative(v[HOX__COLUMNS + c], c, 1e-15);
        relative(v[2 * HOX__COLUMNS + c], 2, 1e-15);
    }
}

/* Computed with 50 digits (mpmath 1.2): u, log a, log b, w, dw/du, dw/dlog a, dw/dlog b. */
static void warp_matches_50_digits(void **state)
{
    (void)state;
    static const double known[][7] = {
        {0, 0, 0, 0.0001, 0.9998, -0.00092103403719761827, 9.9994999833324999e-5},
        {1, 0, 0, 0.9999, 0.9998, -9.9994999833324999e-5, 0.00092103403719761827},
        {0.5, 0, 0, 0.5, 0.9998, -0.34657359027997265, 0.34657359027997265},
        {0, -1, 0.5, 0.055058886258709132, 200.24913469909648, -0.18447316360996049,
         0.053514535364146143},
        {1, -1, 0.5, 0.99999995112272346, 0.00080571435149796933, -8.0583523148376678e-8,
         8.2279778787803655e-7},
        {0.25, -1, 0.5, 0.77974318686681226, 0.80306062990384555, -0.2783907907510353,
         0.33323998609756841},
        {0.75, 0.75, -1.25, 0.20137128617499426, 0.76978885305468978, -0.16615148518183877,
         0.17957895762121017},
        {0.001, -2, 2, 0.97640175677377767, 14.166782754270048, -0.10616623698039247,
         0.088412777120414587},
        {0.9375, 2, -2, 0.12282742035640936, 1.528304473012973, -0.092613466201866641,
         0.11495480151651404},
        {0.5, 1, 1, 0.36111589958576907, 1.6914182859782788, -0.58631817167102382,
         0.28624066027168556},
        {0.125, 0.5, 0, 0.032470263918324071, 0.42793290349334645, -0.11128957500188295,
         0.031937304757818096},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const hox__warped w = hox__warp(known[i][0], &known[i][1]);
        relative(w.value, known[i][3], 1e-12);
        relative(w.slope, known[i][4], 1e-10);
        relative(w.of_a, known[i][5], 1e-10);
        relative(w.of_b, known[i][6], 1e-10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_h_matches_200_digits),
        cmocka_unit_test(warp_matches_50_digits),
        cmocka_unit_test(log_h_is_smooth),
        cmocka_unit_test(erfcx_matches_200_digits),
        cmocka_unit_test(log_mass_matches_200_digits),
        cmocka_unit_test(normal_draws_are_normal),
        cmocka_unit_test(every_set_gives_the_same_bits),
        cmocka_unit_test(loops_compute_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
