/* Numbers as text. Printing tries 15, 16, 17 digits until strtod gives the same bits back; both run
 * in the C locale, whatever the process uses (decisions 1.14). */
#include "base/number.h"
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The decimal point of the running locale, which snprintf and strtod obey; 0 when it is longer. */
static char point(void)
{
    const struct lconv *l = localeconv();
    return l->decimal_point[0] && !l->decimal_point[1] ? l->decimal_point[0] : '.';
}

void hox__exponent_tidy(char *s)
{
    char *e = strchr(s, 'e');
    if (!e)
        return;
    char *to = e + 1, *from = e + 1;
    if (*from == '-')
        *to++ = *from++;
    else if (*from == '+')
        from++;
    while (*from == '0' && from[1])
        from++;
    memmove(to, from, strlen(from) + 1);
}

int hox__integer_print(int64_t value, char out[HOX__NUMBER_MAX])
{
    char digits[24];
    int n = 0, len = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        out[len++] = '-';
    while (n)
        out[len++] = digits[--n];
    out[len] = '\0';
    return len;
}

int hox__number_print(double value, char out[HOX__NUMBER_MAX])
{
    if (isnan(value))
        return (int)strlen(strcpy(out, "nan"));
    if (isinf(value))
        return (int)strlen(strcpy(out, value > 0 ? "inf" : "-inf"));
    if (fabs(value) < 1e15 && value == trunc(value) && !(value == 0 && signbit(value)))
        return hox__integer_print((int64_t)value, out);
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, HOX__NUMBER_MAX, "%.*g", digits, value);
        if (digits == 17 || strtod(out, NULL) == value)
            break;
    }
    const char mark = point();
    char *p = mark == '.' ? NULL : strchr(out, mark);
    if (p)
        *p = '.';
    hox__exponent_tidy(out);
    return (int)strlen(out);
}

static bool digit(const char *s, size_t n, size_t i)
{
    return i < n && s[i] >= '0' && s[i] <= '9';
}

/* Copies digits (without `_`) to the buffer; *i moves behind them. */
static void take_digits(const char *s, size_t n, size_t *i, char *buffer, size_t *len, size_t cap)
{
    while (digit(s, n, *i) || (*i < n && s[*i] == '_' && digit(s, n, *i + 1))) {
        if (s[*i] != '_' && *len < cap)
            buffer[(*len)++] = s[*i];
        (*i)++;
    }
}

/* Up to 15 digits and a power of ten up to 22 are exact doubles, and so is what one multiplication
 * or division makes of them (Clinger, How to Read Floating Point Numbers Accurately, 1990). Most
 * numbers are such; 0: this one is not. */
static size_t read_short(const char *s, size_t n, double *out, bool *integral)
{
    static const double ten[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    enum { DIGITS = 15 };
    int64_t digits = 0;
    size_t i = 0, many = 0, behind = 0;
    for (; digit(s, n, i) && many <= DIGITS; i++, many++)
        digits = 10 * digits + (s[i] - '0');
    const bool pointed = many && i < n && s[i] == '.' && digit(s, n, i + 1);
    if (pointed)
        for (i++; digit(s, n, i) && many <= DIGITS; i++, many++, behind++)
            digits = 10 * digits + (s[i] - '0');
    if (!many || many > DIGITS || (i < n && (s[i] == '_' || s[i] == 'e' || s[i] == 'E')))
        return 0;
    *out = (double)digits / ten[behind];
    *integral = !pointed;
    return i;
}

size_t hox__number_read(const char *s, size_t n, double *out, bool *integral)
{
    /* 800 digits decide any double (767 are enough); further ones cannot change the rounding but
     * their count still scales the value, so absurdly long numbers are refused. */
    enum { CAP = 800 };
    char buffer[CAP + 8];
    size_t len = 0, i = read_short(s, n, out, integral);
    if (i)
        return i;
    *integral = true;
    if (i < n && s[i] == '-')
        buffer[len++] = s[i++];
    if (!digit(s, n, i))
        return 0;
    take_digits(s, n, &i, buffer, &len, CAP);
    if (i < n && s[i] == '.' && digit(s, n, i + 1)) {
        *integral = false;
        if (len < CAP)
            buffer[len++] = point();
        i++;
        take_digits(s, n, &i, buffer, &len, CAP);
    }
    if (i < n && (s[i] == 'e' || s[i] == 'E')) {
        const size_t sign = i + 1 < n && (s[i + 1] == '+' || s[i + 1] == '-');
        if (digit(s, n, i + 1 + sign)) {
            *integral = false;
            if (len + 2 < CAP) {
                buffer[len++] = 'e';
                if (sign)
                    buffer[len++] = s[i + 1];
            }
            i += 1 + sign;
            take_digits(s, n, &i, buffer, &len, CAP);
        }
    }
    if (len >= CAP)
        return 0;
    buffer[len] = '\0';
    *out = strtod(buffer, NULL);
    return i;
}

bool hox__mul_i64(int64_t a, int64_t b, int64_t *out)
{
    int64_t r;
    if (__builtin_mul_overflow(a, b, &r))
        return false;
    *out = r;
    return true;
}
