/* room: cli */
/* A command line from bytes, one word a line: it is parsed or refused with a message, and what was
 * parsed and is printed again in long form parses to the same values. */
#include "base/text.h"
#include "cli/options.h"
#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const hox__option own[] = {
    {"trials", 'n', HOX__OPTION_INT, 0, "N", "", NULL, NULL},
    {"time", 't', HOX__OPTION_DURATION, 0, "DUR", "", NULL, NULL},
    {"target", 0, HOX__OPTION_REAL, 0, "V", "", NULL, NULL},
    {"seed", 0, HOX__OPTION_SEED, 0, "N", "", NULL, NULL},
    {"keep-going", 0, HOX__OPTION_FLAG, 0, NULL, "", NULL, NULL},
    {"where", 0, HOX__OPTION_TEXT, HOX__OPTION_REPEAT, "TEST", "", NULL, NULL},
    {"format", 'f', HOX__OPTION_WORD, 0, "table|tsv", "", NULL, NULL},
    {"quiet", 'q', HOX__OPTION_COUNT, 0, NULL, "", NULL, NULL},
    {0},
};

enum { WORDS = 64 };

static int split(char *text, size_t n, char **argv)
{
    int argc = 0;
    for (size_t at = 0; at < n && argc < WORDS;) {
        argv[argc++] = text + at;
        while (at < n && text[at] != '\n' && text[at] != '\0')
            at++;
        text[at++] = '\0';
    }
    return argc;
}

/* The options that carry a value, as --name=value. */
static void check_again(const hox__args *args)
{
    for (int i = 0; i < args->n; i++) {
        const hox__option *option = args->option[i];
        if (!args->value[i].given || !args->value[i].text)
            continue;
        hox__text word = {0};
        hox__text_printf(&word, "--%s=%s", option->name, args->value[i].text);
        char *argv[] = {word.data};
        hox__args again;
        hox__args_init(&again, "search", own, NULL);
        assert(word.data && hox__args_parse(&again, 1, argv, false, NULL, NULL) == HOX_OK);
        assert(again.value[i].integer == args->value[i].integer);
        assert(again.value[i].seed == args->value[i].seed);
        assert(memcmp(&again.value[i].real, &args->value[i].real, sizeof(double)) == 0);
        hox__args_deinit(&again);
        hox__text_deinit(&word);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[WORDS];
    hox__text text = {0};
    hox__text_add(&text, (const char *)data, size);
    hox__text_putc(&text, '\0');
    if (text.failed)
        return 0;
    const int argc = split(text.data, size, argv);
    hox__args args;
    hox_error err = {0};
    hox__args_init(&args, "search", own, NULL);
    if (hox__args_parse(&args, argc, argv, false, NULL, &err) == HOX_OK)
        check_again(&args);
    else
        assert(err.message[0]);
    hox__args_deinit(&args);
    hox__text_deinit(&text);
    return 0;
}
