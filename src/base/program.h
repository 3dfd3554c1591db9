/* Running one program of the user's: no shell, an environment of its own, its output and a channel
 * to it, and the certainty that nothing of it stays behind. The process that minds it is a
 * subreaper: whatever the program forks away becomes its child and is found.
 */
#ifndef HOX_BASE_PROGRAM_H
#define HOX_BASE_PROGRAM_H

#include "base/proc.h"

typedef struct {
    const char *const *argv; /* NULL at the end; argv[0] is looked for in PATH */
    const char *const *set;  /* NAME=VALUE, NULL at the end: added to the environment */
    const char *input;       /* the file it reads as standard input; NULL: nothing to read */
    const char *channel;     /* variable that names the descriptor of its channel; NULL: none */
} hox__program_options;

typedef struct {
    int64_t pid;
    int output;   /* what it writes to stdout and stderr, non-blocking */
    int channel;  /* a socket to it, non-blocking; -1: none */
    double cpu_s; /* of it and what it left behind, as far as they have ended */
    int64_t memory_peak_bytes;
} hox__program;

/* Makes the calling process one that minds a program. Returns a descriptor that is readable when a
 * child has ended or SIGTERM came (also when the parent dies); -1: the system refused. */
int hox__minder_begin(void);

/* What the dead leave behind becomes children of the calling process. */
void hox__adopt_orphans(void);

/* Empties that descriptor. True: SIGTERM was among what came. */
bool hox__minder_asked_to_stop(int fd);

/* Starts it in a process group of its own. HOX_ERR_IO names the program and what the system said.
 */
hox_status hox__program_start(const hox__program_options *options, hox__program *out,
                              hox_error *err);

/* Takes leave of every child that has ended. True when the program was among them; *end is filled
 * then: its own status, and what all that ended since it was started have used. */
bool hox__program_ended(hox__program *program, hox__child_end *end);

/* Has the calling process no children, neither living nor dead? */
bool hox__childless(void);

/* Processor time of its children that have ended. */
double hox__children_cpu_s(void);

void hox__program_close(hox__program *program);

/* Sends `signal` to all descendants of the calling process, in whatever group or session they are.
 * Returns how many there were. */
int hox__descendants_kill(int signal);

/* The same for those of the calling process's children that are not among keep[n], and all below
 * them: what a minder that was killed has left behind. */
int hox__strays_kill(const int64_t *keep, int n, int signal);

/* Takes leave of children of the calling process that ended and are not among keep[n]. */
void hox__reap_strays(const int64_t *keep, int n);

/* What the descendants use together: memory that is theirs alone, in bytes, and processor time of
 * the living and the dead. */
typedef struct {
    int64_t memory_bytes;
    double cpu_s;
    int processes;
} hox__usage;
hox__usage hox__descendants_usage(void);

/* Is there a program of that name: a path with a slash, or a word in PATH? */
bool hox__program_exists(const char *name);

/* To a socket, what there is room for: for readers that may not read, or be gone. True: all of it.
 */
bool hox__write_some(int fd, const void *data, size_t n);

bool hox__is_socket(int fd);
void hox__socket_empty(int fd); /* drops what is there to be read, without waiting */

/* The absolute name of something that exists; out[4096]. False: there is none. */
bool hox__absolute_path(const char *path, char *out);

#endif
