#include "study/placeholders.h"
#include <ctype.h>
#include <string.h>

enum { WORDS_MAX = 4096, PIECES_MAX = 256 };

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a command");
}

/* ---- pieces ---- */

typedef struct {
    hox__arena *arena;
    hox__piece piece[PIECES_MAX];
    int n;
    hox__text text; /* of the piece in hand */
    int open;       /* {{ without their }} */
    hox_error *err;
    hox_status status;
} piecer;

static bool add_piece(piecer *p, hox__piece piece)
{
    if (p->n == PIECES_MAX) {
        p->status = hox_fail(p->err, HOX_ERR_SYNTAX, "a word has more than %d places", PIECES_MAX);
        return false;
    }
    p->piece[p->n++] = piece;
    return true;
}

static bool flush(piecer *p)
{
    if (p->text.len == 0 && p->n > 0)
        return true;
    const char *text =
        p->text.failed ? NULL : hox__arena_copy(p->arena, hox__text_get(&p->text), p->text.len);
    if (!text)
        p->status = no_memory(p->err);
    hox__text_clear(&p->text);
    return text && add_piece(p, (hox__piece){.text = text});
}

static size_t name_length(const char *s)
{
    size_t n = 0;
    for (;;) {
        const size_t at = n;
        while (isalnum((unsigned char)s[n]) || s[n] == '_')
            n++;
        if (n == at || (at == 0 && isdigit((unsigned char)s[0])))
            return at ? at - 1 : 0;
        if (s[n] != '.' || s[n + 1] == '.')
            return n;
        n++;
    }
}

/* [flags][width][.precision]conversion, of one number */
static bool is_format(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && strchr("-+ 0#", s[i]))
        i++;
    while (i < n && i < 6 && isdigit((unsigned char)s[i]))
        i++;
    if (i < n && s[i] == '.')
        for (i++; i < n && i < 9 && isdigit((unsigned char)s[i]);)
            i++;
    return i + 1 == n && strchr("aeEfFgGdx", s[i]) != NULL;
}

/* The place that begins at `{`: its length, 0 when it is text. */
static size_t place(piecer *p, const char *s)
{
    const size_t n = name_length(s + 1);
    const char *end = s + 1 + n;
    hox__piece piece = {.splice = n > 0 && strncmp(end, "...", 3) == 0};
    end += piece.splice ? 3 : 0;
    const char *format = n > 0 && *end == ':' ? end + 1 : NULL;
    const size_t length = format ? strcspn(format, "{} ") : 0;
    if (format)
        end = format + length;
    if (n == 0 || *end != '}')
        return 0;
    if (format && !is_format(format, length)) {
        p->status = hox_fail_code(p->err, HOX_ERR_SYNTAX, "E0806",
                                  "`{%.*s:%.*s}`: not a format\nwrite one like `.3g`, `.2f` or "
                                  "`04d`",
                                  (int)n, s + 1, (int)length, format);
        return 0;
    }
    piece.name = hox__arena_copy(p->arena, s + 1, n);
    piece.format = format ? hox__arena_printf(p->arena, "%%%.*s", (int)length, format) : NULL;
    if (!piece.name || (format && !piece.format))
        p->status = no_memory(p->err);
    if (p->text.len > 0 && !flush(p))
        return 0;
    return p->status == HOX_OK && add_piece(p, piece) ? (size_t)(end - s) + 1 : 0;
}

/* What stands at `s`, taken: its length. */
static size_t take(piecer *p, const char *s)
{
    if (s[0] == '{' && s[1] == '{') {
        p->open++;
        hox__text_putc(&p->text, '{');
        return 2;
    }
    if (s[0] == '}' && s[1] == '}' && p->open > 0) {
        p->open--;
        hox__text_putc(&p->text, '}');
        return 2;
    }
    const size_t n = s[0] == '{' ? place(p, s) : 0;
    if (n == 0)
        hox__text_putc(&p->text, *s);
    return n ? n : 1;
}

static hox_status pieces_of(const char *s, hox__arena *arena, hox__word *word, hox_error *err)
{
    piecer p = {.arena = arena, .err = err};
    while (*s && p.status == HOX_OK)
        s += take(&p, s);
    if (p.status == HOX_OK)
        flush(&p);
    hox__text_deinit(&p.text);
    if (p.status != HOX_OK)
        return p.status;
    word->n = p.n;
    word->piece = hox__arena_alloc(arena, (size_t)p.n, sizeof *word->piece);
    if (!word->piece)
        return no_memory(err);
    memcpy(word->piece, p.piece, (size_t)p.n * sizeof *word->piece);
    return HOX_OK;
}

/* ---- words ---- */

typedef struct {
    const char *at;
    hox__text text;
    bool opens, closes;
} splitter;

/* One word: its characters without quotes, and whether it opens or closes a group. False: a quote
 * is left open. */
static bool split(splitter *s)
{
    char quote = '\0';
    bool bare = false; /* is the last character not quoted? */
    hox__text_clear(&s->text);
    s->opens = s->at[0] == '[' && s->at[1] != '[';
    s->at += s->at[0] == '[';
    if (s->at[0] == '[' && !s->opens)
        hox__text_putc(&s->text, *s->at++);
    for (; *s->at && (quote || !isspace((unsigned char)*s->at)); s->at++) {
        const char c = *s->at;
        bare = !quote;
        if (c == '\\' && quote != '\'' && s->at[1]) {
            hox__text_putc(&s->text, *++s->at);
            bare = false;
        } else if (quote ? c == quote : c == '\'' || c == '"') {
            quote = quote ? '\0' : c;
            bare = false;
        } else {
            hox__text_putc(&s->text, c);
        }
    }
    const size_t n = s->text.len;
    s->closes = bare && n > 0 && s->text.data[n - 1] == ']';
    const bool doubled = s->closes && n > 1 && s->text.data[n - 2] == ']';
    if (s->closes)
        s->text.data[--s->text.len] = '\0';
    s->closes &= !doubled;
    return !quote;
}

typedef struct {
    hox__arena *arena;
    hox__word *word;                /* [WORDS_MAX] */
    int n, groups, open, opened_at; /* open: number of the group that is, 0: none */
    hox_error *err;
} reader;

/* A group without a place is text: the brackets come back. */
static hox_status close_group(reader *r)
{
    bool any = false;
    for (int i = r->opened_at; i < r->n; i++)
        for (int k = 0; k < r->word[i].n; k++)
            any |= r->word[i].piece[k].name != NULL;
    r->open = 0;
    if (any)
        return HOX_OK;
    for (int i = r->opened_at; i < r->n; i++) {
        hox__word *w = &r->word[i];
        const char *open = i == r->opened_at ? "[" : "", *close = i == r->n - 1 ? "]" : "";
        w->group = 0;
        w->piece[0].text = hox__arena_printf(r->arena, "%s%s%s", open, w->piece[0].text, close);
        if (!w->piece[0].text)
            return no_memory(r->err);
    }
    return HOX_OK;
}

static hox_status add_word(reader *r, const splitter *s)
{
    if (r->n == WORDS_MAX)
        return hox_fail(r->err, HOX_ERR_SYNTAX, "a command has more than %d words", WORDS_MAX);
    if (s->text.failed)
        return no_memory(r->err);
    if (s->opens && r->open)
        return hox_fail_code(r->err, HOX_ERR_SYNTAX, "E0806",
                             "`[` inside of `[ … ]`\nwrite `[[` for the bracket itself");
    if (s->opens) {
        r->open = ++r->groups;
        r->opened_at = r->n;
    }
    hox__word *w = &r->word[r->n];
    *w = (hox__word){.group = r->open};
    hox_status status = pieces_of(hox__text_get(&s->text), r->arena, w, r->err);
    r->n++;
    if (status == HOX_OK && s->closes && r->open)
        return close_group(r);
    if (status == HOX_OK && s->closes) { /* a bracket that closes nothing is text */
        hox__text again = {0};
        hox__text_printf(&again, "%s]", hox__text_get(&s->text));
        status = pieces_of(hox__text_get(&again), r->arena, w, r->err);
        hox__text_deinit(&again);
    }
    return status;
}

hox_status hox__words_read(const char *text, hox__arena *arena, hox__words *out, hox_error *err)
{
    splitter s = {.at = text};
    reader r = {.arena = arena, .err = err};
    r.word = hox__arena_alloc(arena, WORDS_MAX, sizeof *r.word);
    hox_status status = r.word ? HOX_OK : no_memory(err);
    while (status == HOX_OK) {
        while (isspace((unsigned char)*s.at))
            s.at++;
        if (!*s.at)
            break;
        if (!split(&s))
            status = hox_fail_code(err, HOX_ERR_SYNTAX, "E0806",
                                   "the command leaves a quote open: `%.60s`", text);
        else
            status = add_word(&r, &s);
    }
    hox__text_deinit(&s.text);
    if (status == HOX_OK && r.open)
        status = hox_fail_code(err, HOX_ERR_SYNTAX, "E0806",
                               "`[` is never closed in `%.60s`\nwrite `[[` for the bracket itself",
                               text);
    if (status == HOX_OK && r.n == 0)
        status = hox_fail_code(err, HOX_ERR_SYNTAX, "E0806", "the command is empty");
    *out = (hox__words){r.word, r.n};
    return status;
}

hox_status hox__words_of_text(const char *text, hox__arena *arena, hox__words *out, hox_error *err)
{
    out->n = 1;
    out->word = hox__arena_alloc(arena, 1, sizeof *out->word);
    if (!out->word)
        return no_memory(err);
    *out->word = (hox__word){0};
    return pieces_of(text, arena, out->word, err);
}

void hox__word_quote(hox__text *out, const char *word)
{
    const bool group = word[0] == '[' && strchr(word, '{');
    if (group || (*word && !strpbrk(word, " \t\n\r\f\v'\"\\[]"))) {
        hox__text_puts(out, word);
        return;
    }
    hox__text_putc(out, '\'');
    for (; *word; word++)
        if (*word == '\'')
            hox__text_puts(out, "'\\''");
        else
            hox__text_putc(out, *word);
    hox__text_putc(out, '\'');
}

/* ---- filling ---- */

typedef struct {
    const hox__filler *from;
    hox__arena *arena;
    const char **out;
    int n, room;
    int dropped; /* a group that is left out */
    hox_error *err;
} filling;

static hox_status put(filling *f, hox__text *text)
{
    if (f->n + 1 >= f->room) {
        const int room = f->room ? 2 * f->room : 64;
        const char **grown = hox__arena_alloc(f->arena, (size_t)room, sizeof *grown);
        if (!grown)
            return no_memory(f->err);
        if (f->n)
            memcpy(grown, f->out, (size_t)f->n * sizeof *grown);
        f->out = grown;
        f->room = room;
    }
    f->out[f->n] = text->failed ? NULL : hox__arena_copy(f->arena, hox__text_get(text), text->len);
    if (!f->out[f->n])
        return no_memory(f->err);
    f->n++;
    return HOX_OK;
}

static hox_status absent(filling *f, const hox__word *word, const hox__piece *place)
{
    if (word->group) {
        f->dropped = word->group;
        return HOX_DONE;
    }
    return hox_fail_code(f->err, HOX_ERR_ARGUMENT, "E0806",
                         "`{%s}` is absent in some sentences\nput it and what belongs to it in "
                         "brackets, which are left out then: [--flag {%s}]",
                         place->name, place->name);
}

/* {x...} alone in its word: a word for each part. */
static hox_status spliced(filling *f, const hox__piece *place)
{
    hox__text text = {0};
    hox_status status = HOX_OK;
    for (int i = 0; status == HOX_OK && f->from->part(f->from->ctx, place, i, &text); i++) {
        status = put(f, &text);
        hox__text_clear(&text);
    }
    hox__text_deinit(&text);
    return status;
}

static hox_status fill_word(filling *f, const hox__word *word)
{
    hox__text text = {0};
    hox_status status = HOX_OK;
    if (word->n == 1 && word->piece[0].name && word->piece[0].splice)
        return spliced(f, &word->piece[0]);
    for (int i = 0; i < word->n && status == HOX_OK; i++) {
        const hox__piece *p = &word->piece[i];
        if (!p->name)
            hox__text_puts(&text, p->text);
        else if (!f->from->value(f->from->ctx, p, &text))
            status = absent(f, word, p);
    }
    if (status == HOX_OK)
        status = put(f, &text);
    hox__text_deinit(&text);
    return status;
}

hox_status hox__words_fill(const hox__words *words, const hox__filler *filler, hox__arena *arena,
                           const char ***out, int *n, hox_error *err)
{
    filling f = {.from = filler, .arena = arena, .err = err};
    int group = 0, began = 0;
    for (int i = 0; i < words->n; i++) {
        const hox__word *w = &words->word[i];
        if (w->group != group) {
            group = w->group;
            began = f.n;
        }
        if (w->group && w->group == f.dropped)
            continue;
        const hox_status status = fill_word(&f, w);
        if (status == HOX_DONE)
            f.n = began; /* what its group had said before */
        else if (status != HOX_OK)
            return status;
    }
    if (!f.out && !(f.out = hox__arena_alloc(arena, 1, sizeof *f.out)))
        return no_memory(err);
    f.out[f.n] = NULL;
    *out = f.out;
    *n = f.n;
    return HOX_OK;
}
