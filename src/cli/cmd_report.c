/* hox report NAME=VALUE... --step N: how a trial goes; exit code 10 says that it shall stop. In a
 * program that hox has started it speaks over HOX_FD; with STUDY@TRIAL to the store. */
#include "base/io.h"
#include "base/program.h"
#include "cli/drive.h"
#include "cli/terminal.h"
#include "study/wire.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_STOP = 10 };

static const hox__option options[] = {
    {"step", 0, HOX__OPTION_INT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "N", "how far it is",
     "one more than the last", NULL},
    HOX__WAIT_OPTION,
    HOX__LEASE_OPTIONS,
    {0},
};

/* ---- over the channel ---- */

static int channel(void)
{
    const char *fd = hox__environment("HOX_FD");
    const long n = fd ? strtol(fd, NULL, 10) : -1;
    return n > 2 && n < 1 << 20 && hox__is_socket((int)n) ? (int)n : -1;
}

static int report_here(hox__cli *cli, int fd, const hox__measures *m)
{
    hox__text text = {0};
    hox__json json = {.out = &text};
    hox__json_begin_object(&json, NULL);
    if (hox__args_get(&cli->args, "step")->given)
        hox__json_int(&json, "step", hox__args_int(&cli->args, "step", 0));
    for (int i = 0; i < m->n; i++)
        if (isfinite(m->value[i]))
            hox__json_number(&json, m->name[i], m->value[i]);
        else
            hox__json_text(&json, m->name[i], isnan(m->value[i]) ? "nan" : "inf");
    hox__json_end_object(&json);
    hox__text_putc(&text, '\n');
    hox__socket_empty(fd); /* answers that nobody waited for */
    const bool go = !text.failed && hox__write_some(fd, text.data, text.len) && hox__line_go_on(fd);
    hox__text_deinit(&text);
    return go ? HOX__EXIT_DONE : EXIT_STOP;
}

/* ---- to the store ---- */

static hox_status report(hox__cli *cli, hox_study *study, const hox__subject *subject,
                         const hox__measures *measures, bool *go)
{
    hox__text scores = {0}, metrics = {0};
    hox__told told = {.trial = subject->trial, .lease = hox__args_text(&cli->args, "lease", NULL)};
    hox_status status = hox__measures_tell(measures, study, &told, &scores, &metrics, &cli->error);
    if (status == HOX_OK)
        status = hox__study_report(study, &told, hox__args_int(&cli->args, "step", -1),
                                   hox__drive_lease_s(cli), go, &cli->error);
    hox__text_deinit(&scores);
    hox__text_deinit(&metrics);
    return status;
}

static int report_there(hox__cli *cli, const hox__subject *subject, const hox__measures *measures)
{
    hox_study *study = NULL;
    bool go = true;
    hox_status status = hox__drive_join(cli, subject, HOX__STAY_TELL, &study);
    if (status == HOX_OK)
        status = report(cli, study, subject, measures, &go);
    hox_study_close(study);
    return status != HOX_OK ? HOX__FAILED : go ? HOX__EXIT_DONE : EXIT_STOP;
}

static int run(hox__cli *cli)
{
    const char *first = cli->args.positional[0];
    const bool subject_given = strchr(first, '@') && !strchr(first, '=');
    hox__subject subject = {0};
    hox__measures measures;
    if (hox__measures_read(cli, subject_given, &measures) != HOX_OK)
        return HOX__FAILED;
    if (measures.n == 0)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "nothing to report\nwrite `acc=0.81`"),
               HOX__FAILED;
    if (subject_given) {
        if (hox__subject_read(first, &subject, &cli->error) != HOX_OK)
            return HOX__FAILED;
        if (subject.which == HOX__TRIAL_NUMBER)
            return report_there(cli, &subject, &measures);
    }
    const int fd = channel();
    if (fd >= 0)
        return report_here(cli, fd, &measures);
    return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                    "which trial? hox has not started this program, or its descriptor HOX_FD was "
                    "closed on the way\nwrite STUDY@TRIAL, `hox report lab@3 acc=0.81 --step 2`"),
           HOX__FAILED;
}

const hox__command hox__command_report = {
    .name = "report",
    .synopsis = "[STUDY@TRIAL] NAME=VALUE... [--step N]",
    .summary = "how a trial goes; exit code 10 means: stop it now",
    .example = {{"hox report acc=0.81 --step 3 || exit", "in a script that `hox search` runs"},
                {"hox report lab@3 acc=0.81", "for a trial that was asked"}},
    .option = options,
    .positional_min = 1,
    .positional_max = -1,
    .complete = "study",
    .run = run,
};
