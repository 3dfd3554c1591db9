/* hox check FILE.hox: every finding, not the first; then how much the space holds. */
#include "base/alloc.h"
#include "base/io.h"
#include "cli/check_in.h"
#include "cli/cli.h"
#include "cli/quantity.h"
#include "cli/spec.h"
#include "space/accept.h"
#include "study/command_check.h"
#include <string.h>

static const hox__option options[] = {
    {"warnings", 'W', HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL, "exit 1 when there are warnings",
     NULL, NULL},
    {"fix", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, NULL,
     "apply the replacements that cannot change the meaning", NULL, NULL},
    {"in", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "SPACE",
     "is the sentence one of this space? and by which answers", NULL, "file"},
    {0},
};

/* ---- --fix ---- */

/* From the back, so that earlier places stay where they are. */
static int apply_fixes(hox__text *out, const char *text, size_t n, const hox_diagnostics *list)
{
    int count = 0, applied = 0;
    while (hox_diagnostics_get(list, count))
        count++;
    hox__text_add(out, text, n);
    size_t limit = n;
    for (int i = count - 1; i >= 0; i--) {
        const hox_diagnostic *d = hox_diagnostics_get(list, i);
        const size_t end = d->span.byte + d->span.length;
        if (!d->replacement || !d->safe || end > limit || out->failed)
            continue;
        hox__text tail = {0};
        hox__text_puts(&tail, d->replacement);
        hox__text_add(&tail, out->data + end, out->len - end);
        out->len = d->span.byte;
        hox__text_add(out, hox__text_get(&tail), tail.len);
        out->failed |= tail.failed;
        hox__text_deinit(&tail);
        limit = d->span.byte;
        applied++;
    }
    return applied;
}

static hox_status fix(hox__cli *cli, const char *path, const char *text, size_t n,
                      const hox_diagnostics *list, int *applied)
{
    hox__text fixed = {0};
    hox_status status = HOX_OK;
    *applied = apply_fixes(&fixed, text, n, list);
    if (fixed.failed)
        status = hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the mended text");
    else if (*applied)
        status = hox__file_write(path, fixed.data, fixed.len, &cli->error);
    hox__text_deinit(&fixed);
    return status;
}

/* ---- verdicts ---- */

static void put_json(hox__cli *cli, const char *path, const hox_diagnostics *list,
                     const hox_space *space, double acceptance)
{
    hox__json json = {.out = &cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "check");
    hox__json_text(&json, "file", path);
    hox__json_int(&json, "errors", hox_diagnostics_errors(list));
    hox__json_int(&json, "warnings", hox_diagnostics_warnings(list));
    if (space) {
        int reals = 0;
        hox__json_bool(&json, "sentence", hox_space_is_sentence(space));
        hox__json_number(&json, "size_log10", hox_space_size_log10(space, &reals));
        hox__json_int(&json, "reals", reals);
        hox__json_number(&json, "acceptance", acceptance);
        hox__json_text(&json, "hash", hox_space_hash(space));
    }
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

static void put_verdict(hox__cli *cli, const char *path, const hox_diagnostics *list,
                        const hox_space *space, double acceptance)
{
    const int errors = hox_diagnostics_errors(list), warnings = hox_diagnostics_warnings(list);
    hox__put_escaped(&cli->out, path);
    hox__text_puts(&cli->out.text, ": ");
    if (space)
        hox__put_size(&cli->out.text, space);
    else
        hox__put(&cli->out, "%d error%s", errors, hox__plural(errors));
    if (space && acceptance < 0.995)
        hox__put(&cli->out, ", %.2g %% of the walks are legal", 100 * acceptance);
    if (warnings)
        hox__put(&cli->out, ", %d warning%s", warnings, hox__plural(warnings));
    hox__text_putc(&cli->out.text, '\n');
}

static int verdict(hox__cli *cli, const char *path, hox_diagnostics *list, const hox_space *space)
{
    const double acceptance = space ? hox__check_acceptance(space, list) : 0;
    const int errors = hox_diagnostics_errors(list), warnings = hox_diagnostics_warnings(list);
    if (errors + warnings)
        hox__diagnostics_put(hox__wants_json(cli) ? &cli->out : &cli->err, list,
                             hox__wants_json(cli));
    if (hox__wants_json(cli))
        put_json(cli, path, list, space, acceptance);
    else
        put_verdict(cli, path, list, space, acceptance);
    if (errors || !space)
        return HOX__EXIT_INPUT;
    return warnings && hox__args_flag(&cli->args, "warnings") ? HOX__EXIT_NO : HOX__EXIT_DONE;
}

/* `fixes`: how often the file may be mended; what is found depends on what was mended before. */
static int check_text(hox__cli *cli, const char *path, const char *text, size_t n, int fixes)
{
    const hox_space_options space_options = hox__space_options(cli);
    hox_space *space = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    if (!list)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the messages"), HOX__FAILED;
    int code = HOX__FAILED, applied = 0;
    const hox_status status = hox_space_load(path, text, n, &space_options, list, &space);
    if (status != HOX_OK && !hox_diagnostics_errors(list))
        hox_fail(&cli->error, status, "%s: the space cannot be made", path);
    else if (fixes > 0 && fix(cli, path, text, n, list, &applied) != HOX_OK)
        applied = 0;
    else if (!applied && (!space || hox__check_command(space, list, &cli->error) == HOX_OK))
        code = verdict(cli, path, list, space);
    hox_space_free(space);
    hox_diagnostics_free(list);
    if (!applied)
        return code;
    hox__put(&cli->err, "%d replacement%s applied to %s\n", applied, hox__plural(applied), path);
    char *mended = NULL;
    if (hox__spec_read(cli, path, &mended, &n) == HOX_OK)
        code = check_text(cli, path, mended, n, fixes - 1);
    hox__free(mended);
    return code;
}

static int run(hox__cli *cli)
{
    const char *path = cli->args.positional[0];
    char *text = NULL;
    size_t n = 0;
    if (hox__spec_read(cli, path, &text, &n) != HOX_OK)
        return HOX__FAILED;
    const bool standard = strcmp(path, "-") == 0;
    enum { FIXES_MAX = 10 };
    const int fixes = hox__args_flag(&cli->args, "fix") && !standard ? FIXES_MAX : 0;
    const char *in = hox__args_text(&cli->args, "in", NULL), *name = standard ? "<stdin>" : path;
    const int code =
        in ? hox__check_in(cli, name, text, n, in) : check_text(cli, name, text, n, fixes);
    hox__free(text);
    return code;
}

const hox__command hox__command_check = {
    .name = "check",
    .synopsis = "FILE.hox [FLAGS]",
    .summary = "all mistakes of a file, and how many sentences its space holds",
    .example = {{"hox check fashion.hox", "errors with their places"},
                {"hox check -W fashion.hox", "warnings count too"},
                {"hox check --fix fashion.hox", "mend what is safe to mend"},
                {"hox check best.hox --in fashion.hox", "is it a sentence of that space?"}},
    .option = options,
    .positional_min = 1,
    .positional_max = 1,
    .complete = "file",
    .run = run,
};
