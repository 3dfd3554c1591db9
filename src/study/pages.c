#include "study/pages.h"
#include "base/alloc.h"
#include <string.h>

enum {
    PAGES_MAX = 1 << 24,
    RECORD_MAX = 1 << 24, /* bytes */
    LOG_HEAD = 32,
    FRAME_HEAD = 24,
    LEAF_TABLE = 0x0d,
    LEAF_INDEX = 0x0a,
};

typedef struct {
    const uint8_t *file, *log;
    size_t n, log_n;
    size_t size, usable; /* of a page, without what extensions reserve */
    int64_t pages;
    size_t *at_log;   /* [pages] where the newest state lies in the log; 0: in the file */
    uint8_t *is_free; /* [pages] */
    uint8_t *payload; /* [RECORD_MAX] records that do not fit their page */
    void (*see)(void *ctx, bool table, int64_t row, const hox__found *value, int values);
    void *ctx;
    hox__pages *out;
} scan;

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static unsigned u16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* Bytes used; 0: it runs over the end. */
static size_t varint(const uint8_t *p, const uint8_t *end, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < 9 && p + i < end; i++) {
        if (i == 8) {
            *out = *out << 8 | p[i];
            return 9;
        }
        *out = *out << 7 | (p[i] & 0x7f);
        if (!(p[i] & 0x80))
            return i + 1;
    }
    return 0;
}

/* Pages count from 1. NULL: it is not there. */
static const uint8_t *page(const scan *s, int64_t number)
{
    if (number < 1 || number > s->pages)
        return NULL;
    if (s->at_log[number - 1])
        return s->log + s->at_log[number - 1];
    const size_t at = (size_t)(number - 1) * s->size;
    return at + s->size <= s->n ? s->file + at : NULL;
}

/* ---- the log beside the file ---- */

typedef struct {
    uint32_t a, b;
    bool big;
} checksum;

static void add(checksum *c, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i + 8 <= n; i += 8) {
        uint32_t x = u32(p + i), y = u32(p + i + 4);
        if (!c->big) {
            x = __builtin_bswap32(x);
            y = __builtin_bswap32(y);
        }
        c->a += x + c->b;
        c->b += y + c->a;
    }
}

static bool log_is_ours(const scan *s, checksum *c)
{
    if (s->log_n < LOG_HEAD || (u32(s->log) & ~1u) != 0x377f0682)
        return false;
    *c = (checksum){.big = u32(s->log) & 1};
    add(c, s->log, 24);
    return u32(s->log + 8) == s->size && c->a == u32(s->log + 24) && c->b == u32(s->log + 28);
}

/* The frame at `at` is whole: its salt is the log's and its checksum follows from those before. */
static bool frame_is_whole(const scan *s, size_t at, checksum *c)
{
    const uint8_t *f = s->log + at;
    if (at + FRAME_HEAD + s->size > s->log_n || memcmp(f + 8, s->log + 16, 8) != 0)
        return false;
    add(c, f, 8);
    add(c, f + FRAME_HEAD, s->size);
    return c->a == u32(f + 16) && c->b == u32(f + 20);
}

/* First how far the log is committed and how many pages that makes, then the pages. */
static size_t committed(const scan *s, int64_t *pages)
{
    checksum c;
    size_t end = 0;
    if (!log_is_ours(s, &c))
        return 0;
    for (size_t at = LOG_HEAD; frame_is_whole(s, at, &c); at += FRAME_HEAD + s->size)
        if (u32(s->log + at + 4)) {
            end = at + FRAME_HEAD + s->size;
            *pages = u32(s->log + at + 4) > *pages ? u32(s->log + at + 4) : *pages;
        }
    return end;
}

static void take_log(scan *s, size_t end)
{
    for (size_t at = LOG_HEAD; at < end; at += FRAME_HEAD + s->size) {
        const int64_t number = u32(s->log + at);
        if (number < 1 || number > s->pages)
            continue;
        s->out->logged += s->at_log[number - 1] == 0;
        s->at_log[number - 1] = at + FRAME_HEAD;
    }
}

/* ---- free pages ---- */

/* The chain of trunks, each with the numbers of free leaves. */
static void mark_free(scan *s)
{
    const uint8_t *first = page(s, 1);
    int64_t trunk = first ? u32(first + 32) : 0;
    for (int64_t steps = 0; trunk && steps < s->pages; steps++) {
        const uint8_t *p = page(s, trunk);
        if (!p || s->is_free[trunk - 1])
            return;
        s->is_free[trunk - 1] = 1;
        const uint32_t n = u32(p + 4);
        for (uint32_t i = 0; i < n && 8 + 4 * (size_t)i + 4 <= s->usable; i++) {
            const int64_t leaf = u32(p + 8 + 4 * (size_t)i);
            if (leaf >= 1 && leaf <= s->pages)
                s->is_free[leaf - 1] = 1;
        }
        trunk = u32(p);
    }
}

/* ---- records ---- */

static int64_t integer(const uint8_t *p, size_t n)
{
    uint64_t x = n && p[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < n; i++)
        x = x << 8 | p[i];
    return (int64_t)x;
}

static size_t bytes_of(uint64_t type)
{
    static const size_t fixed[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    return type < 10 ? fixed[type] : type < 12 ? RECORD_MAX : (size_t)((type - 12) / 2);
}

static hox__found value_of(uint64_t type, const uint8_t *p)
{
    hox__found v = {.kind = HOX__FOUND_INT};
    if (type == 0)
        v.kind = HOX__FOUND_NULL;
    else if (type == 7) {
        const int64_t bits = integer(p, 8);
        v.kind = HOX__FOUND_REAL;
        memcpy(&v.real, &bits, sizeof bits);
    } else if (type == 8 || type == 9) {
        v.integer = type == 9;
    } else if (type >= 12) {
        v.kind = type % 2 ? HOX__FOUND_TEXT : HOX__FOUND_BLOB;
        v.data = (const char *)p;
        v.n = bytes_of(type);
    } else {
        v.integer = integer(p, bytes_of(type));
    }
    return v;
}

/* A record whose lengths do not add up is none. */
static bool read_record(const scan *s, bool table, int64_t row, const uint8_t *p, size_t n)
{
    uint64_t head, type;
    hox__found value[HOX__FOUND_MAX];
    int values = 0;
    size_t used = varint(p, p + n, &head);
    if (!used || head > n || head < used)
        return false;
    size_t at = (size_t)head;
    while (used < head) {
        const size_t k = varint(p + used, p + head, &type);
        if (!k || values == HOX__FOUND_MAX || type > 2 * (uint64_t)RECORD_MAX + 13 ||
            bytes_of(type) > n - at)
            return false;
        value[values++] = value_of(type, p + at);
        at += bytes_of(type);
        used += k;
    }
    if (at != n)
        return false;
    s->see(s->ctx, table, row, value, values);
    return true;
}

/* ---- cells ---- */

/* The part of a payload of n bytes that lies in its leaf (section 1.6). */
static size_t local_part(const scan *s, bool table, size_t n)
{
    const size_t u = s->usable, most = table ? u - 35 : (u - 12) * 64 / 255 - 23;
    const size_t least = (u - 12) * 32 / 255 - 23, k = least + (n - least) % (u - 4);
    return n <= most ? n : k <= most ? k : least;
}

/* The rest of a payload, from its chain of pages. */
static bool gather(const scan *s, const uint8_t *local, size_t part, size_t n)
{
    memcpy(s->payload, local, part);
    int64_t next = u32(local + part);
    while (part < n) {
        const uint8_t *p = page(s, next);
        const size_t more = n - part < s->usable - 4 ? n - part : s->usable - 4;
        if (!p)
            return false;
        memcpy(s->payload + part, p + 4, more);
        next = u32(p);
        part += more;
    }
    return true;
}

static bool read_cell(const scan *s, bool table, const uint8_t *leaf, size_t at)
{
    const uint8_t *end = leaf + s->usable, *p = leaf + at;
    uint64_t n, row = 0;
    size_t used = at < s->usable ? varint(p, end, &n) : 0;
    if (!used || n > RECORD_MAX || n == 0)
        return false;
    p += used;
    used = table ? varint(p, end, &row) : 0;
    if (table && !used)
        return false;
    p += used;
    const size_t part = local_part(s, table, (size_t)n);
    if (part + (part < n ? 4 : 0) > (size_t)(end - p))
        return false;
    if (part == n)
        return read_record(s, table, (int64_t)row, p, (size_t)n);
    return gather(s, p, part, (size_t)n) &&
           read_record(s, table, (int64_t)row, s->payload, (size_t)n);
}

static void read_leaf(const scan *s, int64_t number, const uint8_t *p)
{
    const uint8_t *head = p + (number == 1 ? 100 : 0);
    const bool table = head[0] == LEAF_TABLE;
    const size_t cells = u16(head + 3), first = (size_t)(head - p) + 8;
    bool whole = first + 2 * cells <= s->usable;
    for (size_t i = 0; i < cells && first + 2 * i + 2 <= s->usable; i++)
        whole &= read_cell(s, table, p, u16(p + first + 2 * i));
    s->out->damaged += !whole;
}

static bool is_zero(const uint8_t *p, size_t n)
{
    return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static void read_pages(const scan *s)
{
    for (int64_t i = 1; i <= s->pages; i++) {
        const uint8_t *p = page(s, i);
        if (s->is_free[i - 1])
            continue;
        if (!p || is_zero(p, s->size)) {
            s->out->missing++;
            continue;
        }
        const uint8_t kind = p[i == 1 ? 100 : 0];
        if (kind == LEAF_TABLE || kind == LEAF_INDEX)
            read_leaf(s, i, p);
    }
}

/* What the head of the file says, where it can be; else what stores of Hox have. */
static void read_head(scan *s)
{
    enum { USUAL = 4096 };
    const bool head = s->n >= 100 && memcmp(s->file, "SQLite format 3", 16) == 0;
    const size_t size = head ? u16(s->file + 16) == 1 ? 65536 : u16(s->file + 16) : 0;
    const bool sound = size >= 512 && (size & (size - 1)) == 0;
    s->size = sound ? size : USUAL;
    s->usable = s->size - (sound && s->file[20] <= 32 ? s->file[20] : 0);
    s->pages = (int64_t)((s->n + s->size - 1) / s->size);
    if (sound && u32(s->file + 28) > s->pages && u32(s->file + 28) <= PAGES_MAX)
        s->pages = u32(s->file + 28);
}

hox_status hox__pages_scan(const uint8_t *file, size_t n, const uint8_t *log, size_t log_n,
                           void (*see)(void *ctx, bool table, int64_t row, const hox__found *value,
                                       int values),
                           void *ctx, hox__pages *out)
{
    scan s = {.file = file, .n = n, .log = log, .log_n = log_n, .see = see, .ctx = ctx, .out = out};
    *out = (hox__pages){0};
    read_head(&s);
    const size_t end = committed(&s, &s.pages);
    s.pages = s.pages > PAGES_MAX ? PAGES_MAX : s.pages;
    out->pages = s.pages;
    s.at_log = hox__alloc((size_t)s.pages + 1, sizeof *s.at_log);
    s.is_free = hox__alloc((size_t)s.pages + 1, 1);
    s.payload = hox__alloc(RECORD_MAX + 4, 1);
    const bool memory = s.at_log && s.is_free && s.payload;
    if (memory) {
        take_log(&s, end);
        mark_free(&s);
        read_pages(&s);
    }
    hox__free(s.at_log);
    hox__free(s.is_free);
    hox__free(s.payload);
    return memory ? HOX_OK : HOX_ERR_MEMORY;
}
