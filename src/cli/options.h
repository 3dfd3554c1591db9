/* Options: one table per command, and one parser over it. The same table prints the help, completes
 * words in shells and names the environment variables (decisions 1.14).
 *
 *   --flag value   --flag=value   -f value   -fvalue   --no-boolean   --
 *
 * Flags stand anywhere before `--`. The last of repeated ones wins, unless the table says that they
 * add up. Long flags are never abbreviated: a flag added later would change what a script means.
 */
#ifndef HOX_CLI_OPTIONS_H
#define HOX_CLI_OPTIONS_H

#include <hox/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    HOX__OPTION_FLAG,  /* --x and --no-x */
    HOX__OPTION_COUNT, /* -q, -qq */
    HOX__OPTION_TEXT,  /* taken as it is */
    HOX__OPTION_WORD,  /* one of the words of `value`: "table|tsv|csv" */
    HOX__OPTION_INT,   /* 0 or more, with k M G */
    HOX__OPTION_SEED,  /* 64 bits */
    HOX__OPTION_REAL,
    HOX__OPTION_BYTES,    /* 2Gi */
    HOX__OPTION_DURATION, /* 1h30m */
} hox__option_kind;

enum {
    HOX__OPTION_COMMON = 1,   /* shown by --help; all are shown by --help-all */
    HOX__OPTION_REPEAT = 2,   /* values add up */
    HOX__OPTION_OPTIONAL = 8, /* its value may be left out; `fallback` holds then */
    HOX__OPTION_NO_ENV = 4,   /* an environment variable would surprise: output files, help */
};

typedef struct {
    const char *name; /* without dashes; the table ends with NULL */
    char letter;      /* 0: none */
    hox__option_kind kind;
    unsigned flags;
    const char *value;    /* what stands for it in help: FILE; WORD: its words */
    const char *help;     /* one line */
    const char *fallback; /* shown as the default, or NULL */
    const char *complete; /* "file", "folder", "study", "strategy" or NULL */
} hox__option;

enum { HOX__OPTIONS_MAX = 64, HOX__REPEATS_MAX = 128 };

typedef struct {
    bool given;
    const char *origin; /* "--jobs" or "HOX_JOBS", for messages */
    const char *text;
    bool flag;
    int count;
    int64_t integer; /* INT, BYTES */
    uint64_t seed;
    double real; /* REAL, DURATION */
} hox__option_value;

typedef struct {
    const char *command;         /* for messages; "" before it is known */
    const hox__option *table[2]; /* the command's own, then those of every command */
    int n;
    const hox__option *option[HOX__OPTIONS_MAX]; /* both tables in order */
    hox__option_value value[HOX__OPTIONS_MAX];
    const char *repeated[HOX__REPEATS_MAX]; /* values of options that add up, in order */
    const hox__option *repeated_by[HOX__REPEATS_MAX];
    int repeats;
    const char **positional; /* [positionals], pointers into argv */
    int positionals;
    /* The option whose value was left out (OPTIONAL), and the word behind it, for messages. */
    const char *bare, *behind_bare;
    bool dashes; /* `--` was there; what came behind it is positional */
    int before;  /* positionals before it */
} hox__args;

/* `args` starts empty: {0}. The tables live as long as it. */
void hox__args_init(hox__args *args, const char *command, const hox__option *own,
                    const hox__option *common);
void hox__args_deinit(hox__args *args);

/* Reads argv[0..argc). With `until_word`, stops at the first word that is no flag and sets *used.
 * HOX_ERR_ARGUMENT: the message names the flag; lines after its first are ways out. */
hox_status hox__args_parse(hox__args *args, int argc, char **argv, bool until_word, int *used,
                           hox_error *err);

/* Values of HOX_<FLAG> for options not given; `get` is the environment. */
hox_status hox__args_environment(hox__args *args, const char *(*get)(const char *name),
                                 hox_error *err);

/* HOX_KEEP_GOING for keep-going; out[40]. */
void hox__option_variable(const hox__option *option, char out[40]);

/* By name; the name must be in a table. */
const hox__option_value *hox__args_get(const hox__args *args, const char *name);
bool hox__args_has(const hox__args *args, const char *name); /* is it in a table? */
bool hox__args_flag(const hox__args *args, const char *name);
const char *hox__args_text(const hox__args *args, const char *name, const char *fallback);
int64_t hox__args_int(const hox__args *args, const char *name, int64_t fallback);
double hox__args_real(const hox__args *args, const char *name, double fallback);

#endif
