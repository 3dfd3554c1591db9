/* Which .hox texts may run programs: those the user has looked at and trusted, by the SHA-256 of
 * their content, one a line in $XDG_CONFIG_HOME/hox/trusted. What a user types behind `--` is the
 * user's own act, and is trusted by that. */
#ifndef HOX_CLI_TRUST_H
#define HOX_CLI_TRUST_H

#include "cli/cli.h"
#include <hox/space.h>

/* HOX_OK when `space` runs no program, or `text` is trusted. Else E0810, which says how. */
hox_status hox__trust_check(hox__cli *cli, const char *name, const char *text,
                            const hox_space *space);

/* HOX_ERR_IO: there is no place to remember it, or the disk refused. */
hox_status hox__trust_add(const char *name, const char *text, hox_error *err);

#endif
