/* The blob of an event: fields, each a byte (its number, doubled, + 1 for the short form) and then
 *   text    length, bytes     short: a word of a list, or digits in half a byte each
 *   integer zigzag, base 128  short: none
 *   real    8 bytes           short: an integer
 * Integers are little-endian. What is empty, 0 or unknown is left out. A trial of 10 real answers
 * takes 190 bytes of blobs so; as text in columns it took 600. */
#include "study/store_event.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

typedef enum { WORD, TEXT, HEX, WALK, FIXED, INT, REAL, SCORE } kind; /* SCORE: NaN is unknown */

/* Numbers are part of the file format. */
enum {
    STATE,
    REASON,
    DETAIL,
    WALKED,
    KEY,
    SEED,
    VALUE,
    BUDGET,
    STEP,
    ACCURACY,
    LOSS,
    TRAIN_LOSS,
    EPOCHS,
    CPU,
    MEMORY,
    REPEAT,
    PARAMS,
    FLOPS,
    SCORES,
    VIOLATION,
    METRICS,
    LEASE,
    FIELDS
};

static const struct {
    kind kind;
    size_t at;
} field[FIELDS] = {
    [STATE] = {WORD, offsetof(hox__event, state)},
    [REASON] = {TEXT, offsetof(hox__event, reason)},
    [DETAIL] = {HEX, offsetof(hox__event, detail)},
    [WALKED] = {WALK, offsetof(hox__event, walk)},
    [KEY] = {HEX, offsetof(hox__event, key)},
    [SEED] = {FIXED, offsetof(hox__event, seed)},
    [VALUE] = {SCORE, offsetof(hox__event, value)},
    [BUDGET] = {REAL, offsetof(hox__event, budget)},
    [STEP] = {INT, offsetof(hox__event, step)},
    [ACCURACY] = {SCORE, offsetof(hox__event, accuracy)},
    [LOSS] = {SCORE, offsetof(hox__event, loss)},
    [TRAIN_LOSS] = {SCORE, offsetof(hox__event, train_loss)},
    [EPOCHS] = {INT, offsetof(hox__event, epochs)},
    [CPU] = {REAL, offsetof(hox__event, cpu_s)},
    [MEMORY] = {INT, offsetof(hox__event, memory_bytes)},
    [REPEAT] = {INT, offsetof(hox__event, repeat_of)},
    [PARAMS] = {INT, offsetof(hox__event, params)},
    [FLOPS] = {REAL, offsetof(hox__event, flops)},
    [SCORES] = {TEXT, offsetof(hox__event, scores)},
    [VIOLATION] = {SCORE, offsetof(hox__event, violation)},
    [METRICS] = {TEXT, offsetof(hox__event, metrics)},
    [LEASE] = {INT, offsetof(hox__event, lease_ms)},
};

#define F(name) (1u << (name))

static const struct {
    const char *name;
    uint32_t says;
} type[HOX__EVENT_TYPES] = {
    [HOX__STUDY_CREATE] = {"study.create", 0},
    [HOX__STUDY_RUN] = {"study.run", F(DETAIL)},
    [HOX__STUDY_WARM] = {"study.warm", F(DETAIL)},
    [HOX__STUDY_AMEND] = {"study.amend", F(REASON) | F(DETAIL) | F(KEY)},
    [HOX__STUDY_END] = {"study.end", F(STATE) | F(REASON) | F(DETAIL)},
    [HOX__TEST_READ] = {"test.read", F(VALUE)},
    [HOX__TRIAL_ASK] = {"trial.ask", F(REASON) | F(WALKED) | F(KEY) | F(SEED) | F(BUDGET) | F(CPU) |
                                         F(REPEAT) | F(PARAMS) | F(FLOPS)},
    [HOX__TRIAL_START] = {"trial.start", F(BUDGET) | F(STEP) | F(DETAIL) | F(LEASE)},
    [HOX__TRIAL_REPORT] = {"trial.report", F(VALUE) | F(BUDGET) | F(STEP) | F(ACCURACY) | F(LOSS) |
                                               F(TRAIN_LOSS) | F(VIOLATION) | F(METRICS)},
    [HOX__TRIAL_LEASE] = {"trial.lease", F(DETAIL) | F(LEASE)},
    [HOX__TRIAL_END] = {"trial.end", F(STATE) | F(REASON) | F(DETAIL) | F(VALUE) | F(EPOCHS) |
                                         F(CPU) | F(MEMORY) | F(SCORES) | F(VIOLATION) |
                                         F(METRICS)},
};

hox__event_code hox__event_code_of(const char *name)
{
    for (int i = 1; i < HOX__EVENT_TYPES; i++)
        if (strcmp(type[i].name, name) == 0)
            return (hox__event_code)i;
    return 0;
}

const char *hox__event_type(int64_t code)
{
    return code > 0 && code < HOX__EVENT_TYPES ? type[code].name : NULL;
}

/* Their order is that of hox_trial_state, and part of the file format. */
static const char *const word[] = {"queued", "running",   "done",   "pruned",
                                   "failed", "cancelled", "paused", "interrupted"};
enum { WORDS = sizeof word / sizeof word[0] };

const char *hox__trial_word(int64_t state)
{
    return state >= 0 && state <= HOX_TRIAL_PAUSED ? word[state] : word[HOX_TRIAL_CANCELLED];
}

hox_trial_state hox__trial_state_of(const char *said)
{
    for (int i = 0; i <= HOX_TRIAL_PAUSED; i++)
        if (strcmp(word[i], said) == 0)
            return (hox_trial_state)i;
    return HOX_TRIAL_CANCELLED;
}

/* ---- packing ---- */

static void put_unsigned(hox__text *out, uint64_t x)
{
    for (; x > 127; x >>= 7)
        hox__text_putc(out, (char)((x & 127) | 128));
    hox__text_putc(out, (char)x);
}

static void put_integer(hox__text *out, int64_t x)
{
    put_unsigned(out, ((uint64_t)x << 1) ^ (x < 0 ? ~(uint64_t)0 : 0));
}

static void put_fixed(hox__text *out, uint64_t x)
{
    for (int i = 0; i < 8; i++, x >>= 8)
        hox__text_putc(out, (char)(x & 255));
}

static void put_tag(hox__text *out, int f, bool is_short)
{
    hox__text_putc(out, (char)(2 * f + is_short));
}

static void put_text(hox__text *out, int f, const char *s)
{
    const size_t n = strlen(s);
    put_tag(out, f, false);
    put_unsigned(out, n);
    hox__text_add(out, s, n);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What keys, and the words of leases ("BOOT WORD") look like: x is any digit. */
static const char *layout_of(int f)
{
    return f == KEY ? "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                    : "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx xxxxxxxxxxxxxxxx";
}

static bool has_layout(const char *s, const char *layout)
{
    for (; *s && *layout; s++, layout++)
        if (*layout == 'x' ? hex_digit(*s) < 0 : *s != *layout)
            return false;
    return *s == *layout;
}

static void put_hex(hox__text *out, int f, const char *s)
{
    int high = -1;
    if (!has_layout(s, layout_of(f))) {
        put_text(out, f, s);
        return;
    }
    put_tag(out, f, true);
    for (; *s; s++) {
        const int digit = hex_digit(*s);
        if (digit >= 0 && high >= 0)
            hox__text_putc(out, (char)((high << 4) | digit));
        if (digit >= 0)
            high = high < 0 ? digit : -1;
    }
}

/* Walks are numbers with a semicolon between them: 14 characters, and what most begin with. */
static const char *const symbol[] = {"0", "1", "2", "3", "4", "5", "6",  "7",
                                     "8", "9", ".", ";", "-", "e", "0.", ";0."};

/* The symbol that `s` begins with; -1: none. */
static int symbol_at(const char *s)
{
    static const char one[] = "0123456789.;-e";
    if (strncmp(s, ";0.", 3) == 0)
        return 15;
    if (s[0] == '0' && s[1] == '.')
        return 14;
    const char *p = *s ? strchr(one, *s) : NULL;
    return p ? (int)(p - one) : -1;
}

static size_t symbols_of(const char *s)
{
    size_t n = 0;
    for (int x; *s; s += strlen(symbol[x]), n++)
        if ((x = symbol_at(s)) < 0)
            return 0;
    return n;
}

static void put_walk(hox__text *out, const char *s)
{
    const size_t n = symbols_of(s);
    int high = -1;
    if (n == 0) {
        put_text(out, WALKED, s);
        return;
    }
    put_tag(out, WALKED, true);
    put_unsigned(out, n);
    for (; *s;) {
        const int x = symbol_at(s);
        if (high >= 0)
            hox__text_putc(out, (char)((high << 4) | x));
        high = high < 0 ? x : -1;
        s += strlen(symbol[x]);
    }
    if (high >= 0)
        hox__text_putc(out, (char)(high << 4));
}

static void put_real(hox__text *out, int f, double x)
{
    uint64_t bits;
    const bool small = fabs(x) < 1e9 && x == trunc(x) && !(x == 0 && signbit(x));
    put_tag(out, f, small);
    memcpy(&bits, &x, sizeof bits);
    if (small)
        put_integer(out, (int64_t)x);
    else
        put_fixed(out, bits);
}

static void put_word(hox__text *out, int f, const char *s)
{
    for (int i = 0; i < WORDS; i++)
        if (strcmp(word[i], s) == 0) {
            put_tag(out, f, true);
            hox__text_putc(out, (char)i);
            return;
        }
    put_text(out, f, s);
}

static void put_said(hox__text *out, int f, const char *s)
{
    if (!s || !*s)
        return;
    if (field[f].kind == WORD)
        put_word(out, f, s);
    else if (field[f].kind == HEX)
        put_hex(out, f, s);
    else if (field[f].kind == WALK)
        put_walk(out, s);
    else
        put_text(out, f, s);
}

static void put_field(hox__text *out, int f, const void *at)
{
    const char *s;
    double x;
    int64_t i;
    uint64_t u;
    switch (field[f].kind) {
    case FIXED:
        memcpy(&u, at, sizeof u);
        put_tag(out, f, false);
        put_fixed(out, u);
        break;
    case INT:
        memcpy(&i, at, sizeof i);
        if (i)
            put_tag(out, f, false);
        if (i)
            put_integer(out, i);
        break;
    case REAL:
    case SCORE:
        memcpy(&x, at, sizeof x);
        if (!isnan(x) && (x != 0 || field[f].kind == SCORE))
            put_real(out, f, x);
        break;
    default:
        memcpy(&s, at, sizeof s);
        put_said(out, f, s);
    }
}

void hox__event_pack(const hox__event *event, hox__text *out)
{
    uint32_t says = type[hox__event_code_of(event->type)].says;
    if (!event->metrics) /* bounds are on metrics */
        says &= ~F(VIOLATION);
    for (int f = 0; f < FIELDS; f++)
        if (says & F(f))
            put_field(out, f, (const char *)event + field[f].at);
}

/* ---- unpacking ---- */

typedef struct {
    const uint8_t *at, *end;
    hox__arena *arena;
    hox_status status; /* HOX_OK, or why the rest was not read */
} unpacker;

static void *refuse(unpacker *u)
{
    u->status = HOX_ERR_DATA;
    u->at = u->end;
    return NULL;
}

static uint64_t get_unsigned(unpacker *u)
{
    uint64_t x = 0;
    for (int shift = 0; u->at < u->end && shift < 64; shift += 7) {
        const uint8_t byte = *u->at++;
        x |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return x;
    }
    refuse(u);
    return 0;
}

static int64_t get_integer(unpacker *u)
{
    const uint64_t x = get_unsigned(u);
    return (int64_t)((x >> 1) ^ (x & 1 ? ~(uint64_t)0 : 0));
}

static uint64_t get_fixed(unpacker *u)
{
    uint64_t x = 0;
    if (u->end - u->at < 8) {
        refuse(u);
        return 0;
    }
    for (int i = 0; i < 8; i++)
        x |= (uint64_t)*u->at++ << 8 * i;
    return x;
}

static double get_real(unpacker *u, bool is_short)
{
    double x;
    if (is_short)
        return (double)get_integer(u);
    const uint64_t bits = get_fixed(u);
    memcpy(&x, &bits, sizeof x);
    return x;
}

static char *room(unpacker *u, size_t n)
{
    char *s = hox__arena_alloc(u->arena, n + 1, 1);
    if (!s) {
        refuse(u);
        u->status = HOX_ERR_MEMORY;
    }
    return s;
}

static const char *get_text(unpacker *u)
{
    const uint64_t n = get_unsigned(u);
    if (n > (uint64_t)(u->end - u->at))
        return refuse(u);
    char *s = room(u, n);
    if (s)
        memcpy(s, u->at, n);
    if (s)
        u->at += n;
    return s;
}

static const char *get_hex(unpacker *u, int f)
{
    static const char digit[] = "0123456789abcdef";
    const char *layout = layout_of(f);
    const size_t n = strlen(layout);
    bool low = false;
    char *s = room(u, n);
    if (s && f == KEY && (size_t)(u->end - u->at) >= n / 2) { /* half of a log's reading was this */
        for (size_t i = 0; i < n; i += 2, u->at++) {
            s[i] = digit[*u->at >> 4];
            s[i + 1] = digit[*u->at & 15];
        }
        return s;
    }
    for (size_t i = 0; s && i < n; i++) {
        if (layout[i] != 'x') {
            s[i] = layout[i];
            continue;
        }
        if (u->at == u->end)
            return refuse(u);
        s[i] = digit[low ? *u->at & 15 : *u->at >> 4];
        u->at += low;
        low = !low;
    }
    return s;
}

static const char *get_walk(unpacker *u)
{
    const uint64_t n = get_unsigned(u);
    if (n > 2 * (uint64_t)(u->end - u->at))
        return refuse(u);
    char *s = room(u, 3 * n), *to = s;
    for (uint64_t i = 0; s && i < n; i++) {
        const char *from = symbol[i % 2 ? u->at[i / 2] & 15 : u->at[i / 2] >> 4];
        while (*from)
            *to++ = *from++;
    }
    if (s)
        u->at += (n + 1) / 2;
    return s;
}

static const char *get_word(unpacker *u)
{
    const uint64_t i = get_unsigned(u);
    return i < WORDS ? word[i] : refuse(u);
}

static void get_field(unpacker *u, int f, bool is_short, void *at)
{
    const kind k = field[f].kind;
    if (k == FIXED) {
        memcpy(at, &(uint64_t){get_fixed(u)}, sizeof(uint64_t));
    } else if (k == INT) {
        memcpy(at, &(int64_t){get_integer(u)}, sizeof(int64_t));
    } else if (k == REAL || k == SCORE) {
        memcpy(at, &(double){get_real(u, is_short)}, sizeof(double));
    } else {
        const char *s = !is_short   ? get_text(u)
                        : k == WORD ? get_word(u)
                        : k == HEX  ? get_hex(u, f)
                        : k == WALK ? get_walk(u)
                                    : refuse(u);
        if (s)
            memcpy(at, &s, sizeof s);
    }
}

hox_status hox__event_unpack(int64_t code, const void *data, size_t n, hox__arena *arena,
                             hox__event *out)
{
    unpacker u = {.at = data, .end = n ? (const uint8_t *)data + n : data, .arena = arena};
    *out = (hox__event){.type = hox__event_type(code),
                        .state = "",
                        .reason = "",
                        .detail = "",
                        .walk = "",
                        .key = "",
                        .value = (double)NAN,
                        .accuracy = (double)NAN,
                        .loss = (double)NAN,
                        .train_loss = (double)NAN,
                        .scores = "",
                        .violation = (double)NAN,
                        .metrics = ""};
    if (!out->type)
        return HOX_ERR_DATA;
    while (u.at < u.end) {
        const int f = *u.at >> 1;
        const bool is_short = *u.at++ & 1;
        if (f >= FIELDS || !(type[code].says & F(f)))
            return HOX_ERR_DATA;
        get_field(&u, f, is_short, (char *)out + field[f].at);
    }
    return u.status;
}
