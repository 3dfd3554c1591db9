/* Something to tune: a product of matrices and a sieve. Prints the seconds of processor time it
 * took. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { N = 160, TOP = 400000 };
static float a[N][N], b[N][N], c[N][N];
static char composite[TOP];

static double product(void)
{
    double sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            a[i][j] = sinf((float)(i + j)), b[i][j] = cosf((float)(i - j));
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++)
            for (int j = 0; j < N; j++)
                c[i][j] += a[i][k] * b[k][j];
    for (int i = 0; i < N; i++)
        sum += c[i][i];
    return sum;
}

static int primes(void)
{
    int n = 0;
    memset(composite, 0, sizeof composite);
    for (int i = 2; i < TOP; i++) {
        n += !composite[i];
        for (int j = 2 * i; !composite[i] && j < TOP; j += i)
            composite[j] = 1;
    }
    return n;
}

int main(void)
{
    double check = 0;
    for (int k = 0; k < 10; k++)
        check += product() + primes();
    fprintf(stderr, "checksum %.0f\n", check);
    printf("seconds=%.6f\n", (double)clock() / CLOCKS_PER_SEC);
    return 0;
}
