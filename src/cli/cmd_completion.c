/* hox completion SHELL: a script for bash, zsh or fish, made from the tables of options. What only
 * a store knows (studies, trials) is asked of `hox __complete`, which is silent when it cannot say.
 */
#include "cli/cli.h"
#include <string.h>

/* The words of "table|tsv|csv" with another separator. */
static void put_words(hox__text *out, const char *words, char separator)
{
    for (; *words; words++)
        hox__text_putc(out, *words == '|' ? separator : *words);
}

static bool has_value(const hox__option *o)
{
    return o->kind != HOX__OPTION_FLAG && o->kind != HOX__OPTION_COUNT;
}

static bool is_dynamic(const char *kind)
{
    static const char *const words[] = {"study", "strategy",   "code",   "command",
                                        "shell", "vocabulary", "starter"};
    for (size_t i = 0; kind && i < sizeof words / sizeof *words; i++)
        if (!strcmp(kind, words[i]))
            return true;
    return false;
}

/* ---- bash ---- */

static void bash_flags(hox__text *out, const hox__option *o)
{
    for (; o && o->name; o++) {
        hox__text_printf(out, " --%s", o->name);
        if (o->kind == HOX__OPTION_FLAG && !(o->flags & HOX__OPTION_NO_ENV))
            hox__text_printf(out, " --no-%s", o->name);
        if (o->letter)
            hox__text_printf(out, " -%c", o->letter);
    }
}

/* case arms `COMMAND:--flag)`: what may follow. */
static void bash_values(hox__text *out, const char *command, const hox__option *o)
{
    for (; o && o->name; o++) {
        if (!has_value(o))
            continue;
        hox__text_printf(out, "    %s:--%s", command, o->name);
        if (o->letter)
            hox__text_printf(out, " | %s:-%c", command, o->letter);
        hox__text_puts(out, ") ");
        if (o->kind == HOX__OPTION_WORD) {
            hox__text_puts(out, "COMPREPLY=($(compgen -W \"");
            put_words(out, o->value, ' ');
            hox__text_puts(out, "\" -- \"$cur\"))");
        } else if (is_dynamic(o->complete)) {
            hox__text_printf(out,
                             "COMPREPLY=($(compgen -W \"$(hox __complete %s 2>/dev/null)\" -- "
                             "\"$cur\"))",
                             o->complete);
        } else if (o->complete && strcmp(o->complete, "folder") == 0) {
            hox__text_puts(out, "COMPREPLY=($(compgen -d -- \"$cur\"))");
        } else if (o->complete) {
            hox__text_puts(out, "COMPREPLY=($(compgen -f -- \"$cur\"))");
        } else {
            hox__text_puts(out, ":");
        }
        hox__text_puts(out, "; return ;;\n");
    }
}

static void bash_script(hox__text *out)
{
    hox__text_puts(out,
                   "# hox completion bash > /etc/bash_completion.d/hox, or source it\n"
                   "_hox() {\n"
                   "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                   "    local command=${COMP_WORDS[1]} flags= kind=file\n"
                   "    COMPREPLY=()\n"
                   "    if ((COMP_CWORD == 1)); then\n"
                   "        COMPREPLY=($(compgen -W \"$(hox __complete command)\" -- \"$cur\"))\n"
                   "        return\n"
                   "    fi\n"
                   "    if [[ $cur == @ || $prev == @ ]]; then\n"
                   "        COMPREPLY=($(compgen -W \"$(hox __complete trial 2>/dev/null)\" -- "
                   "\"${cur#@}\"))\n"
                   "        return\n"
                   "    fi\n"
                   "    case $command:$prev in\n");
    for (int i = 0; hox__command_at(i); i++)
        bash_values(out, hox__command_at(i)->name, hox__command_at(i)->option);
    bash_values(out, "*", hox__common_options);
    hox__text_puts(out, "    esac\n    case $command in\n");
    for (int i = 0; hox__command_at(i); i++) {
        const hox__command *c = hox__command_at(i);
        hox__text_printf(out, "    %s) kind=%s flags=\"", c->name,
                         c->complete ? c->complete : "none");
        bash_flags(out, c->option);
        hox__text_puts(out, "\" ;;\n");
    }
    hox__text_puts(out, "    esac\n    flags+=\"");
    bash_flags(out, hox__common_options);
    hox__text_puts(out,
                   "\"\n"
                   "    case $cur:$kind in\n"
                   "    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\")) ;;\n"
                   "    *:none) ;;\n"
                   "    *:file) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
                   "    *) COMPREPLY=($(compgen -W \"$(hox __complete \"$kind\" 2>/dev/null)\" "
                   "-- \"$cur\")) ;;\n"
                   "    esac\n"
                   "}\n"
                   "complete -o filenames -F _hox hox\n");
}

/* ---- zsh ---- */

/* Inside '…[…]': quotes and brackets would end the description. */
static void zsh_text(hox__text *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '\'')
            hox__text_puts(out, "'\\''");
        else if (*s == '[' || *s == ']' || *s == ':')
            hox__text_printf(out, "\\%c", *s);
        else
            hox__text_putc(out, *s);
    }
}

static void zsh_action(hox__text *out, const hox__option *o)
{
    if (!has_value(o))
        return;
    hox__text_printf(out, ":%s:", o->name);
    if (o->kind == HOX__OPTION_WORD) {
        hox__text_putc(out, '(');
        put_words(out, o->value, ' ');
        hox__text_putc(out, ')');
    } else if (is_dynamic(o->complete)) {
        hox__text_printf(out, "($(hox __complete %s 2>/dev/null))", o->complete);
    } else if (o->complete) {
        hox__text_puts(out, strcmp(o->complete, "folder") == 0 ? "_files -/" : "_files");
    }
}

static void zsh_options(hox__text *out, const hox__option *o)
{
    for (; o && o->name; o++) {
        hox__text_printf(out, "        '--%s[", o->name);
        zsh_text(out, o->help);
        hox__text_putc(out, ']');
        zsh_action(out, o);
        hox__text_puts(out, "' \\\n");
        if (!o->letter)
            continue;
        hox__text_printf(out, "        '-%c[", o->letter);
        zsh_text(out, o->help);
        hox__text_putc(out, ']');
        zsh_action(out, o);
        hox__text_puts(out, "' \\\n");
    }
}

static void zsh_script(hox__text *out)
{
    hox__text_puts(out, "#compdef hox\n# hox completion zsh > a folder of $fpath, as _hox\n"
                        "_hox() {\n"
                        "    if ((CURRENT == 2)); then\n"
                        "        local -a commands\n        commands=(\n");
    for (int i = 0; hox__command_at(i); i++) {
        hox__text_printf(out, "            '%s:", hox__command_at(i)->name);
        zsh_text(out, hox__command_at(i)->summary);
        hox__text_puts(out, "'\n");
    }
    hox__text_puts(out, "        )\n        _describe command commands\n        return\n    fi\n"
                        "    case $words[2] in\n");
    for (int i = 0; hox__command_at(i); i++) {
        const hox__command *c = hox__command_at(i);
        hox__text_printf(out, "    %s) shift words; ((CURRENT--)); _arguments \\\n", c->name);
        zsh_options(out, c->option);
        zsh_options(out, hox__common_options);
        if (is_dynamic(c->complete))
            hox__text_printf(out, "        '*:%s:($(hox __complete %s 2>/dev/null))' ;;\n",
                             c->complete, c->complete);
        else
            hox__text_printf(out, "        '*:%s' ;;\n", c->complete ? "file:_files" : "word: ");
    }
    hox__text_puts(out, "    esac\n}\n_hox \"$@\"\n");
}

/* ---- fish ---- */

static void fish_text(hox__text *out, const char *s)
{
    for (; *s; s++)
        hox__text_printf(out, *s == '\'' || *s == '\\' ? "\\%c" : "%c", *s);
}

static void fish_options(hox__text *out, const char *condition, const hox__option *o)
{
    for (; o && o->name; o++) {
        hox__text_printf(out, "complete -c hox%s -l %s", condition, o->name);
        if (o->letter)
            hox__text_printf(out, " -s %c", o->letter);
        if (has_value(o))
            hox__text_puts(out, o->complete && !is_dynamic(o->complete) ? " -rF" : " -rf");
        if (o->kind == HOX__OPTION_WORD) {
            hox__text_puts(out, " -a '");
            put_words(out, o->value, ' ');
            hox__text_putc(out, '\'');
        } else if (is_dynamic(o->complete)) {
            hox__text_printf(out, " -a '(hox __complete %s 2>/dev/null)'", o->complete);
        }
        hox__text_puts(out, " -d '");
        fish_text(out, o->help);
        hox__text_puts(out, "'\n");
    }
}

static void fish_script(hox__text *out)
{
    hox__text_puts(out, "# hox completion fish > ~/.config/fish/completions/hox.fish\n");
    for (int i = 0; hox__command_at(i); i++) {
        const hox__command *c = hox__command_at(i);
        hox__text_printf(out, "complete -c hox -n __fish_use_subcommand -f -a %s -d '", c->name);
        fish_text(out, c->summary);
        hox__text_puts(out, "'\n");
        hox__text condition = {0};
        hox__text_printf(&condition, " -n '__fish_seen_subcommand_from %s'", c->name);
        fish_options(out, hox__text_get(&condition), c->option);
        if (is_dynamic(c->complete))
            hox__text_printf(out, "complete -c hox%s -f -a '(hox __complete %s 2>/dev/null)'\n",
                             hox__text_get(&condition), c->complete);
        hox__text_deinit(&condition);
    }
    fish_options(out, "", hox__common_options);
}

static int run(hox__cli *cli)
{
    const char *shell = cli->args.positional[0];
    if (strcmp(shell, "bash") == 0)
        bash_script(&cli->out.text);
    else if (strcmp(shell, "zsh") == 0)
        zsh_script(&cli->out.text);
    else if (strcmp(shell, "fish") == 0)
        fish_script(&cli->out.text);
    else
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "there is no completion for `%s`\nwrite bash, zsh or fish", shell),
               HOX__FAILED;
    return HOX__EXIT_DONE;
}

const hox__command hox__command_completion = {
    .name = "completion",
    .synopsis = "bash|zsh|fish",
    .summary = "a script that completes commands, flags, studies and trials in a shell",
    .example = {{"source <(hox completion bash)", "for this shell"},
                {"hox completion fish > ~/.config/fish/completions/hox.fish", ""}},
    .positional_min = 1,
    .positional_max = 1,
    .complete = "shell",
    .run = run,
};
