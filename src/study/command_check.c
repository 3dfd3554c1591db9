#include "study/command_check.h"
#include "space/finding.h"
#include "study/runnable.h"
#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 26 };

typedef struct {
    const hox_space *space;
    hox_diagnostics *list;
    hox__arena *arena;
} checking;

/* `place`: the name in braces that is wrong, or NULL. */
static void find(const checking *c, const char *rule, const char *place, const hox_error *why)
{
    char word[256];
    const bool fits = place && snprintf(word, sizeof word, "{%s", place) < (int)sizeof word;
    const char *code = why->status == HOX_ERR_IO ? "W0806" : *why->code ? why->code : "E0806";
    hox__find_in_rule(c->space, c->list, rule, fits ? word : NULL, code, why);
}

static hox_status check_command(const checking *c)
{
    hox__runnable r;
    hox_error why = {0};
    const char *place = NULL;
    hox_status status = hox__runnable_read_command(c->space, c->arena, &r, &why);
    if (status == HOX_OK) {
        status = hox__runnable_check(&r, c->space, &place, &why);
        hox__runnable_free(&r);
    }
    if (status != HOX_OK && status != HOX_ERR_MEMORY)
        find(c, "command", place, &why);
    return status == HOX_ERR_MEMORY ? status : HOX_OK;
}

static hox_status check_objective(const checking *c)
{
    hox__aim aim;
    hox_error why = {0};
    const hox_term *objective = hox_space_constant(c->space, "objective");
    const hox_status status =
        objective ? hox__aim_read(objective, "score", c->arena, &aim, &why) : HOX_OK;
    if (status != HOX_OK && status != HOX_ERR_MEMORY)
        find(c, "objective", NULL, &why);
    return status == HOX_ERR_MEMORY ? status : HOX_OK;
}

hox_status hox__check_command(const hox_space *space, hox_diagnostics *list, hox_error *err)
{
    if (!hox_space_has(space, "command"))
        return HOX_OK;
    const checking c = {space, list, hox__arena_new(ARENA_BYTES)};
    hox_status status = c.arena ? check_command(&c) : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = check_objective(&c);
    hox__arena_free(c.arena);
    return status == HOX_OK ? HOX_OK
                            : hox_fail_code(err, status, "E0901", "no memory to check the command");
}
