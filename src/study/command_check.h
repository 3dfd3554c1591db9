/* What `hox check` says of the `command` of a space. */
#ifndef HOX_STUDY_COMMAND_CHECK_H
#define HOX_STUDY_COMMAND_CHECK_H

#include <hox/space.h>

/* Adds what a search would refuse in `command` and its `objective`, in their places; nothing for a
 * space without a command. Whether its program is there is not asked, and a template that is not
 * is a warning (W0806): a file may be checked elsewhere than where it will run. A missing objective
 * is none of its business: --max and --min say one. HOX_ERR_MEMORY is the only failure. */
hox_status hox__check_command(const hox_space *space, hox_diagnostics *list, hox_error *err);

#endif
