#include "cli/trust.h"
#include "base/alloc.h"
#include "base/digest.h"
#include "base/io.h"
#include "cli/terminal.h"
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096, FILE_BYTES = 1 << 24 };

/* False: neither XDG_CONFIG_HOME nor HOME says where. */
static bool place(const char *file, char out[PATH_BYTES])
{
    const char *config = hox__environment("XDG_CONFIG_HOME"), *home = hox__environment("HOME");
    const bool xdg = config && *config == '/';
    if (!xdg && !(home && *home == '/'))
        return false;
    const int n =
        snprintf(out, PATH_BYTES, "%s%s/hox%s", xdg ? config : home, xdg ? "" : "/.config", file);
    return n > 0 && n < PATH_BYTES;
}

static void hash_of(const char *text, char hex[HOX__DIGEST_HEX])
{
    uint8_t digest[HOX__DIGEST_BYTES];
    hox__digest_of(text, strlen(text), digest);
    hox__digest_hex(digest, hex);
}

static bool is_trusted(const char *text)
{
    char path[PATH_BYTES], hex[HOX__DIGEST_HEX];
    char *list;
    size_t n;
    if (!place("/trusted", path) || !hox__file_exists(path) ||
        hox__file_read(path, FILE_BYTES, &list, &n, NULL) != HOX_OK)
        return false;
    hash_of(text, hex);
    bool found = false;
    for (const char *p = list; p && !found; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
        found = strncmp(p, hex, 64) == 0 && p[64] == ' ';
    hox__free(list);
    return found;
}

hox_status hox__trust_check(hox__cli *cli, const char *name, const char *text,
                            const hox_space *space)
{
    if (!hox_space_has(space, "command") || is_trusted(text) ||
        (hox__args_has(&cli->args, "allow-run") && hox__args_flag(&cli->args, "allow-run")))
        return HOX_OK;
    const hox_term *command = hox_space_constant(space, "command");
    const hox_term *first = command && command->kind == HOX_TERM_CHAIN ? command->part[0] : command;
    return hox_fail_code(
        &cli->error, HOX_ERR_ARGUMENT, "E0810",
        "%s runs a program, and is not trusted: `%.100s`\nread it, then `hox trust "
        "%s`, which holds until it changes\nor --allow-run, for this once",
        name, first && first->name ? first->name : "", name);
}

hox_status hox__trust_add(const char *name, const char *text, hox_error *err)
{
    char path[PATH_BYTES], folder[PATH_BYTES], hex[HOX__DIGEST_HEX];
    char *list = NULL;
    size_t n = 0;
    hox__text out = {0};
    if (is_trusted(text))
        return HOX_OK;
    if (!place("/trusted", path) || !place("", folder))
        return hox_fail(
            err, HOX_ERR_IO,
            "there is no place to remember it: neither XDG_CONFIG_HOME nor HOME is set");
    hox_status status = hox__make_directories(folder, err);
    if (status == HOX_OK && hox__file_exists(path))
        status = hox__file_read(path, FILE_BYTES, &list, &n, err);
    if (status == HOX_OK) {
        hash_of(text, hex);
        hox__text_add(&out, list ? list : "", n);
        hox__text_printf(&out, "%s  ", hex);
        hox__text_escaped(&out, name, strlen(name));
        hox__text_putc(&out, '\n');
        status = out.failed ? hox_fail(err, HOX_ERR_MEMORY, "no memory to trust %s", name)
                            : hox__file_write(path, out.data, out.len, err);
    }
    hox__text_deinit(&out);
    hox__free(list);
    return status;
}
