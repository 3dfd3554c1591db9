#include "space/finding.h"
#include "space/model.h"
#include <string.h>

/* Where `{lr` ends as a name: {lr} {lr:.3g} {lr...} {lr.part}, not {lrr}. */
static bool ends_there(const char *at, const char *end)
{
    return at < end && strchr("}:.", *at);
}

static hox__place place_of(const hox__source *source, hox__place body, const char *word)
{
    const size_t n = word ? strlen(word) : 0;
    const char *text = source->text, *end = text + body.byte + body.length;
    for (const char *at = text + body.byte; n && (size_t)(end - at) > n; at++)
        if (memcmp(at, word, n) == 0 && ends_there(at + n, end))
            return (hox__place){(uint32_t)(at - text), (uint32_t)n + (at[n] == '}')};
    return body;
}

void hox__find_in_rule(const hox_space *space, hox_diagnostics *list, const char *name,
                       const char *word, const char *code, const hox_error *why)
{
    const hox__rule *rule = hox__rule_named(space, name);
    const char *line = strchr(why->message, '\n');
    if (!rule || !rule->item->body)
        return;
    hox_diagnostic *d = hox__diagnose(
        list, rule->source, place_of(rule->source, rule->item->body->place, word), code, "%.*s",
        (int)(line ? line - why->message : (long)strlen(why->message)), why->message);
    if (line)
        hox__diagnose_help(list, d, "%s", line + 1);
}
