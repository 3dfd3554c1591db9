/* Reading and printing quantities; see quantity.h. */
#include "cli/quantity.h"
#include "base/number.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *unit;
    double factor;
} unit;

static const unit counts[] = {{"", 1},       {"k", 1e3},       {"M", 1e6},          {"G", 1e9},
                              {"Ki", 1024.}, {"Mi", 1048576.}, {"Gi", 1073741824.}, {NULL, 0}};
static const unit times[] = {{"ms", 1e-3}, {"s", 1},     {"m", 60},
                             {"h", 3600},  {"d", 86400}, {NULL, 0}};

hox_status hox__quantity_real(const char *s, double *out, hox_error *err)
{
    bool integral;
    double value;
    const size_t used = hox__number_read(s, strlen(s), &value, &integral);
    for (const unit *u = counts; used && u->unit; u++)
        if (strcmp(s + used, u->unit) == 0 && isfinite(value * u->factor)) {
            *out = value * u->factor;
            return HOX_OK;
        }
    return hox_fail(err, HOX_ERR_ARGUMENT,
                    "`%s` is not a number\nwrite digits, with k, M, G (thousands) or Ki, Mi, Gi "
                    "behind them if you like: `2k`",
                    s);
}

hox_status hox__quantity_int(const char *s, int64_t *out, hox_error *err)
{
    double value;
    const hox_status status = hox__quantity_real(s, &value, err);
    if (status != HOX_OK)
        return status;
    if (fabs(value) > 9007199254740992. || floor(value) != value)
        return hox_fail(err, HOX_ERR_ARGUMENT, "`%s` is not a whole number", s);
    *out = (int64_t)value;
    return HOX_OK;
}

static size_t unit_length(const char *s)
{
    return strspn(s, "abcdefghijklmnopqrstuvwxyz");
}

hox_status hox__quantity_duration(const char *s, double *seconds, hox_error *err)
{
    double sum = 0;
    const char *p = s;
    do {
        bool integral;
        double value;
        const size_t used = hox__number_read(p, strlen(p), &value, &integral);
        const size_t letters = used ? unit_length(p + used) : 0;
        if (used && !letters && p == s && !p[used])
            return hox_fail(err, HOX_ERR_ARGUMENT,
                            "the duration `%s` has no unit\nwrite `%ss`, `%sm` or `%sh`: "
                            "30s is thirty seconds",
                            s, s, s, s);
        const unit *u = times;
        while (u->unit && (strlen(u->unit) != letters || strncmp(u->unit, p + used, letters) != 0))
            u++;
        if (!used || !u->unit || value < 0)
            return hox_fail(err, HOX_ERR_ARGUMENT,
                            "`%s` is not a duration\nunits are ms, s, m, h, d: `30s`, `1h30m`", s);
        sum += value * u->factor;
        p += used + letters;
    } while (*p);
    if (!isfinite(sum) || sum > 1e10)
        return hox_fail(err, HOX_ERR_ARGUMENT, "the duration `%s` is too long", s);
    *seconds = sum;
    return HOX_OK;
}

hox_status hox__quantity_seed(const char *s, uint64_t *out, hox_error *err)
{
    uint64_t value = 0;
    bool ok = *s != '\0';
    for (const char *p = s; ok && *p; p++) {
        const uint64_t digit = (uint64_t)(*p - '0');
        ok = *p >= '0' && *p <= '9' && value <= (UINT64_MAX - digit) / 10;
        if (ok)
            value = value * 10 + digit;
    }
    if (!ok)
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "`%s` is not a seed\na seed is a whole number from 0 to %" PRIu64, s,
                        UINT64_MAX);
    *out = value;
    return HOX_OK;
}

void hox__print_duration(hox__text *out, double seconds)
{
    const int64_t s = isfinite(seconds) && seconds > 0 ? (int64_t)(seconds + 0.5) : 0;
    if (s >= 3600)
        hox__text_printf(out, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
    else
        hox__text_printf(out, "%d:%02d", (int)(s / 60), (int)(s % 60));
}

void hox__print_bytes(hox__text *out, double bytes)
{
    static const char *const name[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    int i = 0;
    for (; bytes >= 1024 && i < 4; i++)
        bytes /= 1024;
    hox__text_printf(out, bytes < 10 && i ? "%.1f %s" : "%.0f %s", bytes, name[i]);
}

void hox__print_grouped(hox__text *out, int64_t n)
{
    char digits[24];
    const int len = snprintf(digits, sizeof digits, "%" PRId64, n);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0 && digits[i - 1] != '-')
            hox__text_putc(out, ' ');
        hox__text_putc(out, digits[i]);
    }
}

void hox__print_power(hox__text *out, double log10_value)
{
    if (log10_value < 5) {
        hox__print_grouped(out, (int64_t)llround(pow(10, log10_value)));
        return;
    }
    double whole = floor(log10_value), lead = pow(10, log10_value - whole);
    if (lead >= 9.5) {
        lead = 1;
        whole++;
    }
    hox__text_printf(out, "%.0fe%.0f", lead, whole);
}

void hox__print_score(hox__text *out, double value)
{
    if (isnan(value))
        hox__text_puts(out, "-");
    else if (fabs(value) < 1000 && (fabs(value) >= 1e-3 || value == 0))
        hox__text_printf(out, "%.4f", value);
    else
        hox__text_printf(out, "%.4g", value);
}

/* Code point at s[0..n) of text that is well-formed or escaped already; its bytes in *len. */
static uint32_t code_point(const char *s, size_t n, size_t *len)
{
    const unsigned char c = (unsigned char)s[0];
    size_t want = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (want > n)
        want = n;
    uint32_t code = want == 1 ? c : c & (0x7fu >> want);
    for (size_t i = 1; i < want; i++)
        code = code << 6 | ((unsigned char)s[i] & 0x3fu);
    *len = want;
    return code;
}

/* The blocks of Unicode that matter in practice: Hangul, CJK, full-width forms, emoji. */
static int columns(uint32_t c)
{
    if ((c >= 0x300 && c < 0x370) || (c >= 0x200b && c <= 0x200d) || (c >= 0xfe00 && c <= 0xfe0f))
        return 0;
    const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
                      (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
                      (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                      (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) ||
                      (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
}

int hox__width(const char *s, size_t n)
{
    int width = 0;
    for (size_t i = 0, len; i < n; i += len)
        width += columns(code_point(s + i, n - i, &len));
    return width;
}

size_t hox__width_cut(const char *s, size_t n, int width)
{
    size_t i = 0;
    for (size_t len; i < n; i += len) {
        width -= columns(code_point(s + i, n - i, &len));
        if (width < 0)
            break;
    }
    return i;
}
