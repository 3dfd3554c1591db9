#include "base/json.h"
#include "base/number.h"
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static void quoted(hox__text *out, const char *s, size_t n)
{
    hox__text_putc(out, '"');
    for (size_t i = 0, plain = 0; i <= n; i++) {
        const unsigned char c = i < n ? (unsigned char)s[i] : '"';
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        hox__text_add(out, s + plain, i - plain);
        plain = i + 1;
        if (i == n)
            break;
        if (c == '"' || c == '\\')
            hox__text_printf(out, "\\%c", c);
        else if (c == '\n')
            hox__text_puts(out, "\\n");
        else if (c == '\t')
            hox__text_puts(out, "\\t");
        else
            hox__text_printf(out, "\\u%04x", (unsigned)c);
    }
    hox__text_putc(out, '"');
}

static void before(hox__json *json, const char *key)
{
    if (json->comma[json->depth])
        hox__text_putc(json->out, ',');
    json->comma[json->depth] = true;
    if (key) {
        quoted(json->out, key, strlen(key));
        hox__text_putc(json->out, ':');
    }
}

static void begin(hox__json *json, const char *key, char bracket)
{
    before(json, key);
    hox__text_putc(json->out, bracket);
    assert(json->depth + 1 < (int)(sizeof json->comma / sizeof json->comma[0]));
    json->comma[++json->depth] = false;
}

static void end(hox__json *json, char bracket)
{
    assert(json->depth > 0);
    json->depth--;
    hox__text_putc(json->out, bracket);
}

void hox__json_begin_object(hox__json *json, const char *key)
{
    begin(json, key, '{');
}

void hox__json_begin_array(hox__json *json, const char *key)
{
    begin(json, key, '[');
}

void hox__json_end_object(hox__json *json)
{
    end(json, '}');
}

void hox__json_end_array(hox__json *json)
{
    end(json, ']');
}

void hox__json_text(hox__json *json, const char *key, const char *value)
{
    if (value)
        hox__json_text_n(json, key, value, strlen(value));
    else
        hox__json_null(json, key);
}

void hox__json_text_n(hox__json *json, const char *key, const char *value, size_t n)
{
    before(json, key);
    hox__text clean = {0};
    hox__text_utf8(&clean, value, n);
    quoted(json->out, hox__text_get(&clean), clean.len);
    json->out->failed |= clean.failed;
    hox__text_deinit(&clean);
}

void hox__json_number(hox__json *json, const char *key, double value)
{
    before(json, key);
    if (isfinite(value))
        hox__text_number(json->out, value);
    else
        hox__text_puts(json->out, "null");
}

void hox__json_int(hox__json *json, const char *key, int64_t value)
{
    before(json, key);
    char digits[HOX__NUMBER_MAX];
    hox__text_add(json->out, digits, (size_t)hox__integer_print(value, digits));
}

void hox__json_id(hox__json *json, const char *key, uint64_t value)
{
    before(json, key);
    hox__text_printf(json->out, "\"%" PRIu64 "\"", value);
}

void hox__json_bool(hox__json *json, const char *key, bool value)
{
    before(json, key);
    hox__text_puts(json->out, value ? "true" : "false");
}

void hox__json_null(hox__json *json, const char *key)
{
    before(json, key);
    hox__text_puts(json->out, "null");
}
