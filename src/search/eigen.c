#include "search/eigen.h"
#include <math.h>

enum { SWEEPS_MAX = 60 /* it takes 6 to 10 */ };

/* Makes a[p][q] zero. */
static void rotate(int n, double *a, double *v, int p, int q)
{
    const double apq = a[p * n + q];
    if (apq == 0)
        return;
    const double tau = (a[q * n + q] - a[p * n + p]) / (2 * apq);
    const double t = (tau >= 0 ? 1 : -1) / (fabs(tau) + sqrt(1 + tau * tau));
    const double c = 1 / sqrt(1 + t * t), s = t * c;
    for (int k = 0; k < n; k++) {
        const double x = a[k * n + p], y = a[k * n + q];
        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
    }
    for (int k = 0; k < n; k++) {
        const double x = a[p * n + k], y = a[q * n + k];
        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
    }
    for (int k = 0; k < n; k++) {
        const double x = v[k * n + p], y = v[k * n + q];
        v[k * n + p] = c * x - s * y;
        v[k * n + q] = s * x + c * y;
    }
    a[p * n + q] = a[q * n + p] = 0;
}

void hox__eigen(int n, double *a, double *value, double *vector)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            vector[i * n + j] = i == j;
    for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
        double off = 0, on = 0;
        for (int i = 0; i < n; i++) {
            on += a[i * n + i] * a[i * n + i];
            for (int j = 0; j < i; j++)
                off += a[i * n + j] * a[i * n + j];
        }
        if (off <= 1e-34 * on)
            break;
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++)
                rotate(n, a, vector, p, q);
    }
    for (int i = 0; i < n; i++)
        value[i] = a[i * n + i];
}
