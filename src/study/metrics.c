/* Metrics in lines; patterns are matched by PCRE2 with limits, so that no pattern and no line can
 * keep a trial from being watched (https://www.pcre.org/current/doc/html/pcre2api.html, "The match
 * context"). */
#include "study/metrics.h"
#include "base/alloc.h"
#include "base/number.h"
#include "base/text.h"
#include "study/json_read.h"
#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { PAIRS_MAX = 64, MATCH_LIMIT = 200000, DEPTH_LIMIT = 20000, HEAP_KIB = 8192, DEEP = 4 };

/* ---- specifications ---- */

static hox_status compile(const char *name, const char *pattern, hox__metric *m, hox_error *err)
{
    int code = 0;
    size_t at = 0;
    m->kind = HOX__METRIC_PATTERN;
    m->pattern = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                               PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &code, &at, NULL);
    if (m->pattern)
        return HOX_OK;
    PCRE2_UCHAR why[128];
    pcre2_get_error_message(code, why, sizeof why);
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0808",
                         "the pattern of metric `%s` is wrong at character %zu: %s", name, at + 1,
                         (const char *)why);
}

static hox_status copied(const char *s, size_t n, hox__arena *arena, const char **out,
                         hox_error *err)
{
    *out = hox__arena_copy(arena, s, n);
    return *out ? HOX_OK : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a metric");
}

static hox_status read_file_spec(const char *name, const char *spec, hox__arena *arena,
                                 hox__metric *m, hox_error *err)
{
    const char *hash = strrchr(spec, '#');
    if (!hash || hash == spec || !hash[1])
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0808",
                             "metric `%s`: `file:%s` needs a file and a key\nwrite "
                             "`file:metrics.json#a.b` or `file:log.csv#acc`",
                             name, spec);
    m->kind = HOX__METRIC_FILE;
    const hox_status status = copied(spec, (size_t)(hash - spec), arena, &m->file, err);
    return status == HOX_OK ? copied(hash + 1, strlen(hash + 1), arena, &m->key, err) : status;
}

hox_status hox__metric_read(const char *name, const char *spec, hox__arena *arena, hox__metric *m,
                            hox_error *err)
{
    static const struct {
        const char *word;
        hox__metric_kind kind;
    } simple[] = {{"auto", HOX__METRIC_AUTO},     {"exit", HOX__METRIC_EXIT},
                  {"time", HOX__METRIC_TIME},     {"memory", HOX__METRIC_MEMORY},
                  {"report", HOX__METRIC_REPORT}, {NULL, HOX__METRIC_AUTO}};
    *m = (hox__metric){0};
    hox_status status = copied(name, strlen(name), arena, &m->name, err);
    if (status != HOX_OK)
        return status;
    for (int i = 0; simple[i].word; i++)
        if (strcmp(spec, simple[i].word) == 0) {
            m->kind = simple[i].kind;
            return HOX_OK;
        }
    if (strncmp(spec, "re:", 3) == 0)
        return compile(name, spec + 3, m, err);
    if (strncmp(spec, "file:", 5) == 0)
        return read_file_spec(name, spec + 5, arena, m, err);
    if (strncmp(spec, "json:", 5) == 0 && spec[5]) {
        m->kind = HOX__METRIC_JSON;
        return copied(spec + 5, strlen(spec + 5), arena, &m->key, err);
    }
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0808",
                         "metric `%s`: `%.60s` is not a place to read from\nwrite auto, "
                         "re:PATTERN, json:KEY, file:FILE#KEY, exit, time, memory or report",
                         name, spec);
}

void hox__metric_free(hox__metric *m)
{
    pcre2_code_free(m->pattern);
    m->pattern = NULL;
}

/* ---- numbers ---- */

double hox__metric_number(const char *s, size_t n, size_t *used)
{
    static const char *const odd[] = {"infinity", "inf", "nan"};
    const size_t sign = n > 0 && (*s == '-' || *s == '+');
    double x = 0;
    bool integral;
    *used = 0;
    for (size_t i = 0; i < 3; i++) {
        const size_t length = strlen(odd[i]);
        if (n >= sign + length && strncasecmp(s + sign, odd[i], length) == 0 &&
            (n == sign + length || !isalnum((unsigned char)s[sign + length]))) {
            *used = sign + length;
            x = i == 2 ? (double)NAN : (double)INFINITY;
            return *s == '-' ? -x : x;
        }
    }
    size_t got = 0;
    if (n > sign + 1 && s[sign] == '.' && isdigit((unsigned char)s[sign + 1])) { /* .5 */
        char text[40];
        snprintf(text, sizeof text, "0%.*s", (int)(n - sign < 38 ? n - sign : 38), s + sign);
        got = hox__number_read(text, strlen(text), &x, &integral);
        got -= got > 0;
    } else {
        got = hox__number_read(s + sign, n - sign, &x, &integral);
        got += got && integral && got + sign < n && s[got + sign] == '.'; /* "1." */
    }
    *used = got ? got + sign : 0;
    return *s == '-' ? -x : x;
}

/* ---- names with numbers in a line ---- */

typedef struct {
    char name[64];
    double value;
} pair;

typedef struct {
    pair pair[PAIRS_MAX];
    int n;
    bool json;
} pairs;

static void add_pair(pairs *p, const char *name, size_t n, double value)
{
    if (p->n == PAIRS_MAX || n == 0)
        return;
    snprintf(p->pair[p->n].name, sizeof p->pair[0].name, "%.*s", (int)(n < 63 ? n : 63), name);
    p->pair[p->n++].value = value;
}

static void flatten(pairs *p, const json_t *object, const char *above, int depth)
{
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        char name[128];
        snprintf(name, sizeof name, "%s%s%s", above, *above ? "." : "", key);
        if (json_is_number(value))
            add_pair(p, name, strlen(name), json_number_value(value));
        else if (json_is_object(value) && depth < DEEP)
            flatten(p, value, name, depth + 1);
        else if (json_is_string(value)) { /* "nan": JSON has no such number */
            size_t used;
            const char *s = json_string_value(value);
            const double x = hox__metric_number(s, strlen(s), &used);
            if (used && !s[used] && !isfinite(x))
                add_pair(p, name, strlen(name), x);
        }
    }
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '/' || c == '-' || c == '@';
}

/* epoch 3/10, loss: 0.5, acc=0.87, "acc": 0.9, step [4] */
static void scan(pairs *p, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        if (!isalpha((unsigned char)s[i]) && s[i] != '_') {
            /* A number and what hangs on it is no name: 3e5, 12ms. */
            const bool digit = isdigit((unsigned char)s[i]);
            i++;
            while (digit && i < n && is_name(s[i]))
                i++;
            continue;
        }
        const size_t from = i;
        while (i < n && is_name(s[i]))
            i++;
        const size_t to = i;
        size_t at = i, used = 0;
        while (at < n && strchr(" \t\"'", s[at]) && s[at])
            at++;
        at += at < n && (s[at] == ':' || s[at] == '=');
        while (at < n && strchr(" \t\"'[(", s[at]) && s[at])
            at++;
        const double value = at > to && at < n ? hox__metric_number(s + at, n - at, &used) : 0;
        if (used == 0)
            continue;
        add_pair(p, s + from, to - from, value);
        i = at + used;
    }
}

static void pairs_of(pairs *p, const char *line, size_t n)
{
    *p = (pairs){.n = 0};
    while (n > 0 && isspace((unsigned char)*line)) {
        line++;
        n--;
    }
    json_t *object = n > 0 && *line == '{' ? hox__json_read(line, n, NULL) : NULL;
    p->json = json_is_object(object);
    if (p->json)
        flatten(p, object, "", 0);
    else
        scan(p, line, n);
    json_decref(object);
}

static const pair *find(const pairs *p, const char *name)
{
    for (int i = 0; i < p->n; i++)
        if (strcmp(p->pair[i].name, name) == 0)
            return &p->pair[i];
    return NULL;
}

static const pair *find_step(const pairs *p)
{
    static const char *const word[] = {"step", "epoch", "iteration", "iter", "global_step"};
    for (int i = 0; i < p->n; i++)
        for (size_t k = 0; k < sizeof word / sizeof word[0]; k++)
            if (strcasecmp(p->pair[i].name, word[k]) == 0)
                return &p->pair[i];
    return NULL;
}

/* ---- patterns ---- */

typedef struct {
    double value, step; /* step: NaN when the pattern has no such group */
} found;

static bool group_number(const pcre2_code *code, pcre2_match_data *match, const char *line,
                         const char *name, uint32_t fallback, double *out)
{
    const size_t *at = pcre2_get_ovector_pointer(match);
    int group = pcre2_substring_number_from_name(code, (PCRE2_SPTR)name);
    if (group < 0)
        group = (int)fallback;
    if (group <= 0 || (uint32_t)group >= pcre2_get_ovector_count(match) ||
        at[2 * group] == PCRE2_UNSET)
        return false;
    size_t used;
    *out = hox__metric_number(line + at[2 * group], at[2 * group + 1] - at[2 * group], &used);
    return used > 0;
}

static bool match_line(const hox__metric *m, const char *line, size_t n, found *out)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(m->pattern, NULL);
    bool ok = false;
    *out = (found){(double)NAN, (double)NAN};
    if (context && match) {
        pcre2_set_match_limit(context, MATCH_LIMIT);
        pcre2_set_depth_limit(context, DEPTH_LIMIT);
        pcre2_set_heap_limit(context, HEAP_KIB);
        ok = pcre2_match(m->pattern, (PCRE2_SPTR)line, n, 0, 0, match, context) > 0 &&
             group_number(m->pattern, match, line, "value", 1, &out->value);
        if (ok)
            group_number(m->pattern, match, line, "step", 0, &out->step);
    }
    pcre2_match_data_free(match);
    pcre2_match_context_free(context);
    return ok;
}

/* ---- the reader ---- */

void hox__metric_reader_begin(hox__metric_reader *r, const hox__metric *metric, int n)
{
    *r = (hox__metric_reader){.metric = metric, .n = n < HOX__METRICS_MAX ? n : HOX__METRICS_MAX};
    for (int i = 0; i < HOX__METRICS_MAX; i++)
        r->value[i] = (double)NAN;
}

static void note_seen(hox__metric_reader *r, const pairs *p)
{
    for (int i = 0; i < p->n; i++) {
        int k = 0;
        while (k < r->seen_n && strncmp(r->seen[k].name, p->pair[i].name, 39) != 0)
            k++;
        if (k == HOX__SEEN_MAX)
            continue;
        if (k == r->seen_n)
            snprintf(r->seen[r->seen_n++].name, sizeof r->seen[0].name, "%.39s", p->pair[i].name);
        r->seen[k].times++;
    }
}

/* Does this line speak of the metric? */
static bool look(const hox__metric *m, hox__line_source from, const char *file, const pairs *p,
                 const char *line, size_t n, found *out)
{
    const pair *hit = NULL;
    *out = (found){(double)NAN, (double)NAN};
    switch (m->kind) {
    case HOX__METRIC_AUTO:
        hit = from != HOX__FROM_FILE ? find(p, m->name) : NULL;
        break;
    case HOX__METRIC_REPORT:
        hit = from == HOX__FROM_CHANNEL ? find(p, m->name) : NULL;
        break;
    case HOX__METRIC_JSON:
        hit = from == HOX__FROM_OUTPUT && p->json ? find(p, m->key) : NULL;
        break;
    case HOX__METRIC_FILE:
        hit = from == HOX__FROM_FILE && strcmp(file, m->file) == 0 ? find(p, m->key) : NULL;
        break;
    case HOX__METRIC_PATTERN:
        return from == HOX__FROM_OUTPUT && match_line(m, line, n, out);
    case HOX__METRIC_EXIT:
    case HOX__METRIC_TIME:
    case HOX__METRIC_MEMORY:
        break;
    }
    if (hit)
        out->value = hit->value;
    return hit != NULL;
}

static bool take(hox__metric_reader *r, hox__line_source from, const char *file, const pairs *p,
                 const char *line, size_t n)
{
    double step = (double)NAN;
    bool first = false;
    for (int i = 0; i < r->n; i++) {
        found f;
        if (!look(&r->metric[i], from, file, p, line, n, &f))
            continue;
        r->value[i] = f.value;
        r->known[i] = true;
        first |= i == 0;
        step = isnan(step) ? f.step : step;
    }
    const pair *said = find_step(p);
    if (isnan(step) && said)
        step = said->value;
    if (!first)
        return false;
    r->reports++;
    const bool sound = step >= 0 && step < 9e15;
    r->step = sound ? (int64_t)step : r->reports > 1 ? r->step + 1 : 1;
    return true;
}

bool hox__metric_reader_line(hox__metric_reader *r, hox__line_source from, const char *file,
                             const char *line, size_t n)
{
    pairs p;
    pairs_of(&p, line, n);
    note_seen(r, &p);
    return take(r, from, file, &p, line, n);
}

/* ---- files ---- */

/* The cell numbers of a CSV row under the names of its header. */
static void csv_pairs(pairs *p, const char *head, size_t head_n, const char *row, size_t n)
{
    size_t h = 0, c = 0;
    *p = (pairs){.n = 0};
    while (h < head_n && c <= n) {
        size_t name = h, cell = c, used;
        while (h < head_n && head[h] != ',')
            h++;
        while (c < n && row[c] != ',')
            c++;
        size_t name_n = h - name;
        while (name_n > 0 && strchr(" \"", head[name])) {
            name++;
            name_n--;
        }
        while (name_n > 0 && strchr(" \"\r", head[name + name_n - 1]))
            name_n--;
        while (cell < c && strchr(" \"", row[cell]))
            cell++;
        const double value = hox__metric_number(row + cell, c - cell, &used);
        if (used)
            add_pair(p, head + name, name_n, value);
        h++;
        c++;
    }
}

void hox__metric_reader_file(hox__metric_reader *r, const char *file, const char *text, size_t n,
                             size_t *done, bool last, void (*report)(void *ctx), void *ctx)
{
    const char *head_end = memchr(text, '\n', n);
    const size_t head = head_end ? (size_t)(head_end - text) : n;
    const bool json = n > 0 && (*text == '{' || *text == '[');
    pairs p;
    if (json && last && *done == 0) { /* one text, if it is one */
        pairs_of(&p, text, n);
        if (p.json) {
            *done = n;
            if (take(r, HOX__FROM_FILE, file, &p, text, n))
                report(ctx);
            return;
        }
    }
    for (size_t at = *done; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        if (!end && !last)
            return; /* half a line */
        const size_t length = end ? (size_t)(end - text) - at : n - at;
        if (json)
            pairs_of(&p, text + at, length);
        else
            csv_pairs(&p, text, head, text + at, at == 0 ? 0 : length);
        *done = at + length + (end != NULL);
        if (take(r, HOX__FROM_FILE, file, &p, text + at, length))
            report(ctx);
        at = *done;
    }
}

/* ---- what was seen instead ---- */

void hox__metric_reader_say_seen(const hox__metric_reader *r, char *out, size_t size)
{
    const char *names[HOX__SEEN_MAX];
    const char *wanted = r->metric[0].name;
    hox__text text = {0};
    for (int i = 0; i < r->seen_n; i++) {
        names[i] = r->seen[i].name;
        hox__text_printf(&text, "%s%s %" PRId64 " time%s", i ? ", " : "", r->seen[i].name,
                         r->seen[i].times, r->seen[i].times == 1 ? "" : "s");
    }
    const char *near = hox__nearest(wanted, names, (size_t)r->seen_n);
    for (int i = 0; !near && i < r->seen_n; i++) /* acc is accuracy, val_acc holds acc */
        if (strstr(r->seen[i].name, wanted) || strstr(wanted, r->seen[i].name))
            near = r->seen[i].name;
    if (near)
        hox__text_printf(&text, ": did you mean `%s`?", near);
    snprintf(out, size, "%s",
             r->seen_n ? hox__text_get(&text) : "no name with a number behind it was printed");
    hox__text_deinit(&text);
}
