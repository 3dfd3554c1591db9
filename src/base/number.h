/* Numbers as text, and the arithmetic that decides: the same on every machine and in every locale.
 */
#ifndef HOX_BASE_NUMBER_H
#define HOX_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOX__NUMBER_MAX = 32 };

/* Writes the shortest decimal that reads back to the same double (nan, inf, -inf for the others)
 * and returns its length. Integers below 1e15 print without exponent or point. */
int hox__number_print(double value, char out[HOX__NUMBER_MAX]);

/* The same for an integer. */
int hox__integer_print(int64_t value, char out[HOX__NUMBER_MAX]);

/* What printf writes as 1e-05 or 1e+20 becomes 1e-5, 1e20, in place. */
void hox__exponent_tidy(char *s);

/* Reads `[-]digits[.digits][e[+-]digits]` with `_` between digits from s[0..n). Returns how many
 * bytes were used, 0 when no number starts there. Too large becomes +-HUGE_VAL. `1..3` reads `1`;
 * `1.` reads `1`. *integral: no point, no exponent. */
size_t hox__number_read(const char *s, size_t n, double *out, bool *integral);

/* exp and natural logarithm whose last bit does not depend on the C library. Relative error below
 * 4e-16. Whatever decides a sentence uses these. */
double hox__exp(double x);
double hox__log(double x);

/* Checked: false on overflow, *out untouched. */
bool hox__mul_i64(int64_t a, int64_t b, int64_t *out);

#endif
