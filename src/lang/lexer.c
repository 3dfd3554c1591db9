/* Bytes to tokens.
 *
 * SEP is ";" or the line break before a NAME that is not indented deeper than the file's first
 * token. NUMBER is read by base/number.h, so that `1..3` is three tokens. "(" that touches the NAME
 * before it opens a call, after white space a group. Any of \n, \r\n and \r ends a line; a tab
 * counts as one column of indentation.
 */
#include "lang/lexer.h"
#include "base/number.h"
#include "lang/diagnose.h"
#include <math.h>
#include <string.h>

typedef hox__lexer lexer;

enum { NAMES_MAX = 1000000 };

static hox__place place(size_t from, size_t to)
{
    return (hox__place){(uint32_t)from, (uint32_t)(to - from)};
}

static hox__token *push(lexer *l, hox__token_kind kind, size_t from, size_t to)
{
    if (l->count == l->cap) {
        const size_t cap = l->cap ? l->cap * 2 : 128; /* more than most items have */
        hox__token *grown = HOX__NEW_N(l->arena, hox__token, cap);
        if (!grown) {
            l->memory = true;
            return NULL;
        }
        if (l->count)
            memcpy(grown, l->token, l->count * sizeof *grown);
        l->token = grown;
        l->cap = cap;
    }
    hox__token *t = &l->token[l->count++];
    *t = (hox__token){.kind = kind, .place = place(from, to), .line_start = l->line_start};
    l->line_start = false;
    return t;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The text ends with a NUL: one character beyond what is there may be looked at. */
static char peek(const lexer *l, size_t ahead)
{
    return l->text[l->at + ahead];
}

static void new_line(lexer *l)
{
    l->at += peek(l, 0) == '\r' && peek(l, 1) == '\n' ? 2 : 1;
    l->line_begin = l->at;
    l->line_start = true;
}

/* How many bytes the character at l->at has, at least 1; *valid: well-formed UTF-8. */
static size_t character(const lexer *l, bool *valid)
{
    const unsigned char c = (unsigned char)l->text[l->at];
    const size_t len = c < 0x80                ? 1
                       : c >= 0xc2 && c < 0xe0 ? 2
                       : c >= 0xe0 && c < 0xf0 ? 3
                       : c >= 0xf0 && c < 0xf5 ? 4
                                               : 0;
    *valid = len > 0;
    for (size_t i = 1; i < len; i++)
        if (((unsigned char)peek(l, i) & 0xc0) != 0x80) {
            *valid = false;
            return i;
        }
    return len ? len : 1;
}

/* Bytes that are not text are found even in comments and strings; the first is reported. */
static void check_bytes(lexer *l)
{
    const size_t begin = l->at;
    bool valid = true;
    while (l->at < l->n) {
        const unsigned char c = (unsigned char)l->text[l->at];
        if (c >= 0x20 && c < 0x7f) {
            l->at++;
            continue;
        }
        const size_t n = character(l, &valid);
        if (!valid || c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r')) {
            hox__diagnose(l->list, l->source, place(l->at, l->at + n), "E0102",
                          "byte 0x%02x is not text", (unsigned)c);
            break;
        }
        l->at += n;
    }
    l->at = begin;
}

static void blanks_and_comments(lexer *l)
{
    while (l->at < l->n) {
        const char c = l->text[l->at];
        if (c == '\n' || c == '\r')
            new_line(l);
        else if (c == ' ' || c == '\t')
            l->at++;
        else if (c == '#')
            while (l->at < l->n && l->text[l->at] != '\n' && l->text[l->at] != '\r')
                l->at++;
        else
            return;
    }
}

/* NAME = ident { "." ( digits | ident ) } */
static size_t name_length(const lexer *l)
{
    const char *begin = l->text + l->at, *c = begin + 1;
    for (;;) {
        while (is_letter(*c) || is_digit(*c))
            c++;
        if (*c != '.' || !(is_letter(c[1]) || is_digit(c[1])))
            return (size_t)(c - begin);
        c++;
    }
}

static bool is_reserved(const char *name, size_t n)
{
    static const char *const reserved[] = {"where", "and", "or", "not"};
    for (size_t i = 0; n <= 5 && i < sizeof reserved / sizeof reserved[0]; i++)
        if (name[0] == reserved[i][0] && strcmp(name, reserved[i]) == 0)
            return true;
    return false;
}

static void separate(lexer *l)
{
    if (l->token[l->count - 1].kind != HOX__TOKEN_SEP) {
        const bool line_start = l->line_start;
        push(l, HOX__TOKEN_SEP, l->at, l->at);
        l->line_start = line_start;
    }
}

static void name(lexer *l)
{
    const size_t from = l->at, n = name_length(l);
    if (l->line_start && (long)(from - l->line_begin) <= l->first_indent)
        separate(l);
    if (++l->names == NAMES_MAX + 1)
        hox__diagnose(l->list, l->source, place(from, from + n), "E0109",
                      "more than %d names in one file", (int)NAMES_MAX);
    hox__token *t = push(l, HOX__TOKEN_NAME, from, from + n);
    if (t && !(t->name = hox__arena_copy(l->arena, l->text + from, n)))
        l->memory = true;
    if (t && t->name)
        t->reserved = is_reserved(t->name, n);
    l->at += n;
}

/* `1.` and `.5` are errors with a way out; what follows a number must not be glued to it. */
static void number(lexer *l)
{
    const size_t from = l->at;
    hox__literal v = {0};
    const size_t n = hox__number_read(l->text + from, l->n - from, &v.value, &v.integral);
    if (n == 0) {
        hox__diagnose(l->list, l->source, place(from, from + 1), "E0107", "a number is too long");
        while (is_digit(peek(l, 0)) || peek(l, 0) == '_')
            l->at++;
        push(l, HOX__TOKEN_BAD, from, l->at);
        return;
    }
    l->at += n;
    if (peek(l, 0) == '.' && peek(l, 1) != '.') {
        hox_diagnostic *d = hox__diagnose(l->list, l->source, place(from, l->at + 1), "E0103",
                                          "a number cannot end in a point");
        hox__diagnose_fix(l->list, d, true, "%.*s.0", (int)n, l->text + from);
        l->at++;
    } else if (is_letter(peek(l, 0))) {
        const size_t glued = name_length(l);
        hox__diagnose(l->list, l->source, place(from, l->at + glued), "E0104",
                      "`%.*s` is neither a number nor a name",
                      (int)(n + glued > 40 ? 40 : n + glued), l->text + from);
        l->at += glued;
    }
    if (!isfinite(v.value)) {
        hox__diagnose(l->list, l->source, place(from, from + n), "E0107",
                      "this number is too large for a double");
        v.value = 0;
    }
    v.spelled = hox__arena_copy(l->arena, l->text + from, n);
    hox__token *t = push(l, HOX__TOKEN_NUMBER, from, from + n);
    if (!t || !v.spelled)
        l->memory = true;
    else
        t->number = v;
}

static char escaped(char c)
{
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == '"' || c == '\\' ? c : '\0';
}

static void string(lexer *l)
{
    const size_t from = l->at++;
    size_t end = l->at;
    while (end < l->n && l->text[end] != '"' && l->text[end] != '\n' && l->text[end] != '\r')
        end += l->text[end] == '\\' && end + 1 < l->n && l->text[end + 1] != '\n' &&
                       l->text[end + 1] != '\r'
                   ? 2
                   : 1;
    char *out = hox__arena_alloc(l->arena, end - from + 1, 1);
    if (!out) {
        l->memory = true;
        return;
    }
    size_t len = 0;
    for (; l->at < end; l->at++) {
        char c = l->text[l->at];
        if (c == '\\') {
            c = escaped(peek(l, 1));
            if (!c) {
                hox_diagnostic *d = hox__diagnose(l->list, l->source, place(l->at, l->at + 2),
                                                  "E0106", "unknown escape in a string");
                hox__diagnose_help(l->list, d, "write one of \\\" \\\\ \\n \\t");
                c = '?';
            }
            l->at++;
        }
        out[len++] = c;
    }
    if (peek(l, 0) == '"') {
        l->at++;
    } else {
        hox_diagnostic *d = hox__diagnose(l->list, l->source, place(from, l->at), "E0105",
                                          "a string is not closed on its line");
        hox__diagnose_help(l->list, d, "end it with \" ; a line break inside is written \\n");
    }
    hox__token *t = push(l, HOX__TOKEN_STRING, from, l->at);
    if (t)
        t->name = out;
}

static void stray(lexer *l)
{
    bool valid;
    const size_t n = character(l, &valid);
    const unsigned char c = (unsigned char)l->text[l->at];
    if (valid && c >= 0x20 && c != 0x7f) /* others were reported by check_bytes() */
        hox__diagnose(l->list, l->source, place(l->at, l->at + n), "E0101",
                      "unexpected character `%.*s`", (int)n, l->text + l->at);
    push(l, HOX__TOKEN_BAD, l->at, l->at + n);
    l->at += n;
}

static bool glued_to_name(const lexer *l)
{
    const hox__token *last = &l->token[l->count - 1];
    return last->kind == HOX__TOKEN_NAME && last->place.byte + last->place.length == l->at;
}

/* `.5`: an error, and then a number, so that nothing else is said about it. */
static void pointed(lexer *l)
{
    const size_t from = l->at++;
    while (is_digit(peek(l, 0)))
        l->at++;
    const int n = (int)(l->at - from > 30 ? 30 : l->at - from);
    hox_diagnostic *d = hox__diagnose(l->list, l->source, place(from, l->at), "E0103",
                                      "a number cannot begin with a point");
    hox__diagnose_fix(l->list, d, true, "0%.*s", n, l->text + from);
    push(l, HOX__TOKEN_BAD, from, l->at);
}

static void punctuation(lexer *l)
{
    static const char *const two[] = {"..", "->", "==", "!=", "<=", ">="};
    const char c = peek(l, 0);
    for (size_t i = 0; strchr(".->=", peek(l, 1)) && i < sizeof two / sizeof two[0]; i++)
        if (c == two[i][0] && peek(l, 1) == two[i][1]) {
            const bool dots = c == '.' && peek(l, 2) == '.';
            hox__token *t = push(l, HOX__TOKEN_PUNCT, l->at, l->at + 2 + dots);
            if (t)
                memcpy(t->punct, dots ? "..." : two[i], dots ? 4 : 3);
            l->at += 2 + dots;
            return;
        }
    if (c == '.' && is_digit(peek(l, 1))) {
        pointed(l);
        return;
    }
    if (!c || !strchr("(){}[]|@?*/%+-:=,~<>", c)) {
        stray(l);
        return;
    }
    const bool call = c == '(' && glued_to_name(l);
    hox__token *t = push(l, call ? HOX__TOKEN_CALL : HOX__TOKEN_PUNCT, l->at, l->at + 1);
    if (t)
        t->punct[0] = c;
    l->at++;
}

static void one_token(lexer *l)
{
    const char c = l->text[l->at];
    if (l->first_indent < 0)
        l->first_indent = (long)(l->at - l->line_begin);
    if (is_letter(c)) {
        name(l);
    } else if (is_digit(c)) {
        number(l);
    } else if (c == '"') {
        string(l);
    } else if (c == ';') {
        separate(l);
        l->at++;
    } else {
        punctuation(l);
    }
}

void hox__lexer_begin(hox__lexer *l, hox__arena *arena, const hox__source *source,
                      hox_diagnostics *list)
{
    *l = (lexer){.arena = arena,
                 .source = source,
                 .list = list,
                 .text = source->text,
                 .n = source->n,
                 .line_start = true,
                 .first_indent = -1};
    if (push(l, HOX__TOKEN_SEP, 0, 0))
        l->line_start = true;
    if (l->n >= 3 && memcmp(l->text, "\xef\xbb\xbf", 3) == 0) /* byte order mark */
        l->at = l->line_begin = 3;
    check_bytes(l);
}

/* One more token, or two where an item ends before a name; false: that was END. */
static bool step(lexer *l)
{
    blanks_and_comments(l);
    if (l->at >= l->n || l->memory || l->names > NAMES_MAX) {
        push(l, HOX__TOKEN_END, l->n, l->n);
        return false;
    }
    one_token(l);
    return true;
}

const hox__token *hox__lex_item(hox__lexer *l)
{
    if (l->memory)
        return NULL;
    l->count -= l->end;
    memmove(l->token, l->token + l->end, l->count * sizeof *l->token);
    for (l->end = 0; !l->end && !l->memory;) {
        const size_t before = l->count;
        const bool more = step(l);
        for (size_t i = before; i < l->count && !l->end; i++)
            if (!more || l->token[i].kind == HOX__TOKEN_SEP)
                l->end = i;
    }
    return l->memory ? NULL : l->token + 1;
}

const hox__token *hox__lex(hox__arena *arena, const hox__source *source, hox_diagnostics *list,
                           size_t *n)
{
    lexer l;
    hox__lexer_begin(&l, arena, source, list);
    while (!l.memory && step(&l))
        ;
    *n = l.count - 1;
    return l.memory ? NULL : l.token + 1;
}
