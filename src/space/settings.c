/* Settings of methods, checked against a table as a layer's arguments are against its declaration.
 */
#include "space/settings.h"
#include "base/text.h"
#include "space/model.h"
#include <math.h>
#include <string.h>

/* A domain's text read into a domain: a vocabulary of one parameter. */
typedef struct {
    hox__arena *arena;
    hox_space *space;
    hox_diagnostics *list;
} reader;

static bool reader_open(reader *r)
{
    r->arena = hox__arena_new((size_t)1 << 20);
    r->list = hox_diagnostics_new();
    r->space = r->arena ? HOX__NEW(r->arena, hox_space) : NULL;
    if (!r->space || !r->list)
        return false;
    r->space->arena = r->arena;
    r->space->list = r->list;
    r->space->kinds = hox__table_new();
    r->space->words = hox__table_new();
    return r->space->kinds && r->space->words;
}

static void reader_close(reader *r)
{
    if (r->space) {
        hox__table_free(r->space->kinds);
        hox__table_free(r->space->words);
    }
    hox_diagnostics_free(r->list);
    hox__arena_free(r->arena);
}

static bool read_domain(reader *r, const char *text, hox__domain *domain)
{
    const hox__source *source = NULL;
    const hox__expr *e = hox__parse_expr(r->arena, "setting", text, strlen(text), &source, r->list);
    return e && hox__domain_read(r->space, source, e, domain);
}

static bool read_value(reader *r, const char *text, hox_value *value)
{
    const hox__source *source = NULL;
    const hox__expr *e = hox__parse_expr(r->arena, "setting", text, strlen(text), &source, r->list);
    if (!e)
        return false;
    *value = (hox_value){0};
    if (e->kind == HOX__EXPR_NAME)
        value->word = text; /* lives in the table */
    else
        value->number = e->number.value;
    return true;
}

static int setting_named(const hox_setting *setting, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(setting[i].name, name))
            return i;
    return -1;
}

static hox_status unknown(const hox_setting *setting, int n, const hox_term *call, const char *name,
                          hox_error *err)
{
    const char *names[64];
    size_t count = 0;
    for (int i = 0; i < n && count < 64; i++)
        names[count++] = setting[i].name;
    const char *near = hox__nearest(name, names, count);
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303", "`%s` has no setting `%s`%s%s%s",
                         call->name, name, near ? "; did you mean `" : "", near ? near : "",
                         near ? "`?" : "");
}

static hox_status set(reader *r, const hox_setting *s, const hox_term *call, const hox_term *given,
                      hox_value *value, hox_error *err)
{
    hox__domain domain;
    if (!read_domain(r, s->domain, &domain))
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for settings");
    bool number = given->kind == HOX_TERM_NUMBER;
    bool word = given->kind == HOX_TERM_WORD || (given->kind == HOX_TERM_CALL && given->n == 0);
    if (number ? !hox__domain_has_number(&domain, given->number, given->integral)
               : !word || !hox__domain_has_word(&domain, given->name)) {
        hox__text t = {0};
        if (number)
            hox__text_number(&t, given->number);
        else
            hox__text_printf(&t, "`%s`", given->name ? given->name : "that");
        hox_status status =
            hox_fail_code(err, HOX_ERR_ARGUMENT, "E0304", "`%s` of `%s` is %s, not %s", s->name,
                          call->name, s->domain, hox__text_get(&t));
        hox__text_deinit(&t);
        return status;
    }
    *value = number ? (hox_value){given->number, NULL} : (hox_value){0, given->name};
    return HOX_OK;
}

static hox_status read_all(reader *r, const hox_setting *setting, int n, const hox_term *call,
                           hox_value *value, hox_error *err)
{
    for (int i = 0; i < n; i++)
        if (!read_value(r, setting[i].fallback, &value[i]))
            return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for settings");
    for (int i = 0; call && call->kind == HOX_TERM_CALL && i < call->n; i++) {
        const char *label = call->label[i];
        int k = *label ? setting_named(setting, n, label) : i < n ? i : -1;
        if (k < 0)
            return unknown(setting, n, call, *label ? label : "that many", err);
        hox_status s = set(r, &setting[k], call, call->part[i], &value[k], err);
        if (s != HOX_OK)
            return s;
    }
    return HOX_OK;
}

hox_status hox__settings_read(const hox_setting *setting, int n, const hox_term *call,
                              hox_value *value, hox_error *err)
{
    reader r = {0};
    hox_status s = reader_open(&r)
                       ? read_all(&r, setting, n, call, value, err)
                       : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for settings");
    reader_close(&r);
    return s;
}
