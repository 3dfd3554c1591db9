#include "cli/check_in.h"
#include "base/json.h"
#include "cli/spec.h"

static void put(hox__cli *cli, const char *path, const char *space, const char *walk,
                const char *why)
{
    hox__json json = {.out = &cli->out.text};
    if (hox__wants_json(cli)) {
        hox__json_begin_object(&json, NULL);
        hox__json_int(&json, "v", 1);
        hox__json_text(&json, "type", "member");
        hox__json_text(&json, "file", path);
        hox__json_text(&json, "space", space);
        hox__json_bool(&json, "member", walk != NULL);
        hox__json_text(&json, walk ? "walk" : "reason", walk ? walk : why);
        hox__json_end_object(&json);
        hox__text_putc(&cli->out.text, '\n');
        return;
    }
    hox__put_escaped(&cli->out, path);
    hox__text_puts(&cli->out.text, walk ? ": a sentence of " : ": no sentence of ");
    hox__put_escaped(&cli->out, space);
    hox__text_puts(&cli->out.text, walk ? "\nwalk = \"" : ": ");
    hox__put_escaped(&cli->out, walk ? walk : why);
    hox__text_puts(&cli->out.text, walk ? "\"\n" : "\n");
}

static int in_space(hox__cli *cli, const char *path, const char *text, size_t n, const char *file,
                    const hox_space *space, hox_diagnostics *list)
{
    const hox_space_options options = hox__space_options(cli);
    hox_walk *walk = NULL;
    hox_error err = {0};
    const hox_status status = hox_space_member(space, path, text, n, &options, list, &walk, &err);
    if (hox_diagnostics_errors(list)) {
        hox__diagnostics_put(hox__wants_json(cli) ? &cli->out : &cli->err, list,
                             hox__wants_json(cli));
        return HOX__EXIT_INPUT;
    }
    if (status != HOX_OK && status != HOX_ERR_ARGUMENT) {
        cli->error = err;
        return HOX__FAILED;
    }
    char *said = walk ? hox_walk_text(walk) : NULL;
    put(cli, path, file, walk ? said ? said : "" : NULL, err.message);
    hox_text_free(said);
    hox_walk_free(walk);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__EXIT_NO;
}

int hox__check_in(hox__cli *cli, const char *path, const char *text, size_t n, const char *file)
{
    hox__spec spec = {0};
    if (hox__spec_open(cli, file, &spec) != HOX_OK)
        return HOX__FAILED;
    hox_diagnostics *list = hox_diagnostics_new();
    int code = HOX__FAILED;
    if (list)
        code = in_space(cli, path, text, n, file, spec.space, list);
    else
        hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the messages");
    hox_diagnostics_free(list);
    hox__spec_close(&spec);
    return code;
}
