#include "cli/missing.h"
#include <stddef.h>
#include <string.h>

typedef struct {
    const char *command, *form, *why;
} missing;

static const missing table[] = {
#define HOX_MISSING(command, form, why) {command, form, why},
#include "cli/missing.def"
#undef HOX_MISSING
    {NULL, NULL, NULL},
};

const char *hox__missing_command(const char *command)
{
    for (const missing *m = table; m->command; m++)
        if (!m->form && strcmp(m->command, command) == 0)
            return m->why;
    return NULL;
}

const char *hox__missing_form(const char *command, const char *form)
{
    for (const missing *m = table; m->command; m++)
        if (m->form && strcmp(m->form, form) == 0 && (!*m->command || !strcmp(m->command, command)))
            return m->why;
    return NULL;
}

const char *hox__missing_at(int i)
{
    for (const missing *m = table; m->command; m++)
        if (!m->form && i-- == 0)
            return m->command;
    return NULL;
}
