/* The client of include/hox/client.h: a study driven in one process, and the one line for programs
 * that hox has started. */
#include "base/io.h"
#include "hoxtest.h"
#include <hox/client.h>
#include <hox/study.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/hox-client-XXXXXX", store[64];

static int make_folder(void **unused)
{
    (void)unused;
    if (!mkdtemp(folder))
        return -1;
    snprintf(store, sizeof store, "%s/s.db", folder);
    return 0;
}

static int drop_folder(void **unused)
{
    (void)unused;
    return hox__remove_tree(folder, NULL) == HOX_OK ? 0 : -1;
}

/* A new one, or the one of that name that is there. */
static hox_study *begin(const char *name, const char *prune)
{
    hox_study *study;
    hox_error err = {0};
    const hox_study_options options = {
        .store = store,
        .name = name,
        .spec = "x = -1.0 .. 1.0\nopt = sgd(beta: 1..9) | plain\nobjective = maximize y\n",
        .strategy = "random",
        .seed = 5,
        .prune = prune,
        .told = true,
    };
    assert_int_equal(hox_study_create(&options, NULL, &study, NULL, &err), HOX_OK);
    return study;
}

static void make_study(const char *name, const char *prune)
{
    hox_study_close(begin(name, prune));
}

static void test_loop(void **unused)
{
    hox_client *c;
    hox_ticket ticket;
    hox_error err = {0};
    (void)unused;
    make_study("loop", NULL);
    assert_int_equal(hox_client_open(store, "loop", &c, &err), HOX_OK);
    double best = -HUGE_VAL;
    for (uint64_t i = 0; i < 20; i++) {
        assert_int_equal(hox_client_ask(c, 60, &ticket, &err), HOX_OK);
        assert_int_equal(ticket.trial, i);
        const double x = hox_client_number(c, "x", (double)NAN), y = 1 - (x - 0.5) * (x - 0.5);
        assert_true(x >= -1 && x <= 1);
        const char *opt = hox_client_text(c, "opt");
        assert_true(strcmp(opt, "sgd") == 0 || strcmp(opt, "plain") == 0);
        assert_true((hox_client_text(c, "opt.beta") != NULL) == (*opt == 's'));
        assert_null(hox_client_text(c, "nothing"));
        assert_int_equal(hox_client_tell(c, ticket.trial, y, &err), HOX_OK);
        best = fmax(best, y);
    }
    assert_int_equal(hox_client_tell(c, 0, 7, &err), HOX_ERR_ARGUMENT);
    assert_string_equal(err.code, "E0804");
    hox_client_close(c);

    hox_study *study;
    err = (hox_error){0};
    assert_int_equal(hox_study_resume(store, "loop", NULL, NULL, &study, &err), HOX_ERR_ARGUMENT);
    assert_non_null(strstr(err.message, "hox ask")); /* nothing here can run its trials */
    (void)best;
}

static void test_reports(void **unused)
{
    hox_client *c;
    hox_ticket ticket;
    hox_advice advice;
    hox_error err = {0};
    (void)unused;
    make_study("reports", "threshold(bound: 0.5)");
    assert_int_equal(hox_client_open(store, "reports", &c, &err), HOX_OK);
    assert_int_equal(hox_client_ask(c, 60, &ticket, &err), HOX_OK);
    assert_int_equal(hox_client_report(c, ticket.trial, 1, 0.75, &advice, &err), HOX_OK);
    assert_int_equal(advice, HOX_GO);
    assert_int_equal(hox_client_report(c, ticket.trial, 2, 0.25, &advice, &err), HOX_OK);
    assert_int_equal(advice, HOX_STOP);
    assert_int_equal(hox_client_tell(c, ticket.trial, (double)NAN, &err), HOX_OK);
    hox_client_close(c);
}

/* Two clients of one store: the second is told who has it. */
static void test_busy(void **unused)
{
    hox_client *a, *b;
    hox_error err = {0};
    (void)unused;
    make_study("busy", NULL);
    assert_int_equal(hox_client_open(store, "busy", &a, &err), HOX_OK);
    assert_int_equal(hox_client_open(store, "busy", &b, &err), HOX_ERR_BUSY);
    assert_null(b);
    hox_client_close(a);
}

/* In another process: a run of `trials` that others ask and tell. It does not outlive a test that
 * fails. */
static pid_t own(const char *name, int64_t trials)
{
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const hox_run_options options = {
            .trials = trials, .jobs = HOX_JOBS_NONE, .target = (double)NAN, .retries = -1};
        hox_study *study = begin(name, NULL);
        const bool well = hox_study_run(study, &options, &(hox_observer){0}, NULL) == HOX_OK;
        hox_study_close(study);
        _exit(well ? 0 : 1);
    }
    return pid;
}

/* A client of the run that a process was just started for: until then the study is nobody's, and
 * while that process opens it, it is busy. */
static hox_client *join(const char *name)
{
    char path[80];
    hox_client *c = NULL;
    hox_status status = HOX_ERR_BUSY;
    snprintf(path, sizeof path, "%s.sock", store);
    for (int i = 0; i < 20000 && status == HOX_ERR_BUSY; i++) {
        if (access(path, F_OK) == 0)
            status = hox_client_open(store, name, &c, NULL);
        if (status == HOX_ERR_BUSY)
            usleep(1000);
    }
    assert_int_equal(status, HOX_OK);
    return c;
}

/* Whoever asks when the run has ended hears that nothing is left; one whose owner was killed hears
 * that it is gone. */
static void test_owner_ends(void **unused)
{
    hox_client *c, *idle;
    hox_ticket ticket;
    hox_error err = {0};
    int end;
    (void)unused;
    make_study("owned", NULL);
    pid_t owner = own("owned", 2);
    c = join("owned");
    idle = join("owned");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hox_client_ask(c, 60, &ticket, &err), HOX_OK);
        assert_int_equal(hox_client_tell(c, ticket.trial, 0.5, &err), HOX_OK);
    }
    assert_int_equal(waitpid(owner, &end, 0), owner);
    assert_int_equal(end, 0);
    assert_int_equal(hox_client_ask(c, 60, &ticket, &err), HOX_DONE);
    assert_int_equal(hox_client_ask(c, 60, &ticket, &err), HOX_DONE);
    assert_int_equal(hox_client_ask(idle, 60, &ticket, &err), HOX_DONE);
    assert_int_equal(hox_client_tell(idle, 0, 0.5, &err), HOX_OK); /* the same again */
    assert_int_equal(hox_client_tell(idle, 0, 0.6, &err), HOX_ERR_ARGUMENT);
    hox_client_close(c);
    hox_client_close(idle);

    owner = own("owned", 4);
    c = join("owned");
    idle = join("owned");
    assert_int_equal(hox_client_ask(c, 60, &ticket, &err), HOX_OK);
    assert_int_equal(kill(owner, SIGKILL), 0);
    assert_int_equal(waitpid(owner, &end, 0), owner);
    assert_int_equal(hox_client_ask(idle, 60, &ticket, &err), HOX_ERR_IO);
    hox_client_close(idle);
    /* what came of the trial under way is kept, nobody runs the study or not */
    hox_advice order;
    const double x = hox_client_number(c, "x", (double)NAN);
    assert_int_equal(hox_client_report(c, ticket.trial, 1, 0.2, &order, &err), HOX_OK);
    assert_true(hox_client_number(c, "x", (double)NAN) == x);
    assert_int_equal(hox_client_tell(c, ticket.trial, 0.7, &err), HOX_OK);
    hox_client_close(c);
}

/* A trial of a rung has the rung's budget, not the study's. */
static void test_budget(void **unused)
{
    hox_client *c;
    hox_study *study;
    hox_ticket ticket;
    hox_error err = {0};
    const hox_study_options options = {
        .store = store,
        .name = "rungs",
        .spec = "x = -1.0 .. 1.0\nepochs = budget 1..9\nobjective = maximize y\n",
        .strategy = "random",
        .seed = 5,
        .prune = "halving(eta: 3)",
        .told = true,
    };
    (void)unused;
    assert_int_equal(hox_study_create(&options, NULL, &study, NULL, &err), HOX_OK);
    hox_study_close(study);
    assert_int_equal(hox_client_open(store, "rungs", &c, &err), HOX_OK);
    assert_int_equal(hox_client_ask(c, 60, &ticket, &err), HOX_OK);
    assert_true(ticket.budget == 1);
    assert_true(hox_client_number(c, "epochs", 0) == 1);
    hox_client_close(c);
}

static void test_channel(void **unused)
{
    int pair[2];
    char line[128];
    static const char stale[] = "{\"go\":false}\n", yes[] = "{\"go\":true}\n";
    (void)unused;
    assert_int_equal(hox_report(-1, 1, "acc", 0.5), HOX_GO);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    if (fork() == 0) { /* the other side: an old answer, then one to what is said */
        (void)!write(pair[0], stale, sizeof stale - 1);
        const ssize_t n = read(pair[0], line, sizeof line - 1);
        line[n > 0 ? n : 0] = '\0';
        const bool right = strcmp(line, "{\"step\":3,\"acc\":0.5}\n") == 0;
        (void)!write(pair[0], right ? yes : stale, right ? sizeof yes - 1 : sizeof stale - 1);
        _exit(0);
    }
    close(pair[0]);
    while (recv(pair[1], line, 1, MSG_PEEK) != 1)
        ;
    assert_int_equal(hox_report(pair[1], 3, "acc", 0.5), HOX_GO);
    assert_int_equal(hox_report(pair[1], 4, "acc", (double)NAN), HOX_STOP); /* nobody is there */
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loop),   cmocka_unit_test(test_reports),
        cmocka_unit_test(test_busy),   cmocka_unit_test(test_owner_ends),
        cmocka_unit_test(test_budget), cmocka_unit_test(test_channel),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
