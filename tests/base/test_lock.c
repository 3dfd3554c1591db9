/* One owner of a file (reliability P8): raced, killed, and with the side file of somebody else.
 * HOX_TEST_RACES says how many races. */
#include "base/lock.h"
#include "base/proc.h"
#include "hoxtest.h"
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/hox-lock-XXXXXX", path[64];

static int make_folder(void **unused)
{
    (void)unused;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/s.db.lock", folder);
    return 0;
}

static int drop_folder(void **unused)
{
    (void)unused;
    unlink(path);
    return rmdir(folder);
}

/* A process that takes the lock when `start` closes, says whether it has it, and holds it until
 * `hold` closes. */
static pid_t contender(const int start[2], const int hold[2], int say)
{
    const pid_t pid = fork();
    if (pid != 0)
        return pid;
    char byte;
    hox__lock *lock;
    close(start[1]);
    close(hold[1]);
    while (read(start[0], &byte, 1) > 0)
        ;
    byte = hox__lock_open(path, &lock, NULL) == HOX_OK ? 'y' : 'n';
    (void)!write(say, &byte, 1);
    while (read(hold[0], &byte, 1) > 0)
        ;
    _exit(0);
}

/* Many at once: one has it, the others are told. */
static void test_race(void **unused)
{
    enum { CONTENDERS = 4 };
    const char *many = getenv("HOX_TEST_RACES");
    const int races = many ? atoi(many) : 40;
    (void)unused;
    for (int i = 0; i < races; i++) {
        int start[2], hold[2], said[2], owners = 0;
        pid_t pid[CONTENDERS];
        assert_int_equal(pipe(start) | pipe(hold) | pipe(said), 0);
        for (int k = 0; k < CONTENDERS; k++)
            pid[k] = contender(start, hold, said[1]);
        close(start[1]);
        for (int k = 0; k < CONTENDERS; k++) {
            char byte = 0;
            assert_int_equal(read(said[0], &byte, 1), 1);
            owners += byte == 'y';
        }
        assert_int_equal(owners, 1);
        close(hold[1]);
        for (int k = 0; k < CONTENDERS; k++)
            waitpid(pid[k], NULL, 0);
        const int all[] = {start[0], hold[0], said[0], said[1]};
        for (int k = 0; k < 4; k++)
            close(all[k]);
    }
}

/* A killed owner owns nothing, whoever has its number now. */
static void test_killed(void **unused)
{
    int ready[2];
    char byte;
    hox__lock *lock;
    (void)unused;
    assert_int_equal(pipe(ready), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        const bool mine = hox__lock_open(path, &lock, NULL) == HOX_OK;
        (void)!write(ready[1], mine ? "y" : "n", 1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(hox__lock_owner(path), pid);
    hox_error err = {0};
    assert_int_equal(hox__lock_open(path, &lock, &err), HOX_ERR_BUSY);
    assert_non_null(strstr(err.message, "owns it since"));
    kill(pid, SIGSTOP); /* one that is stopped is alive */
    assert_int_equal(hox__lock_open(path, &lock, NULL), HOX_ERR_BUSY);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(hox__lock_owner(path), 0);
    assert_int_equal(hox__lock_open(path, &lock, NULL), HOX_OK);
    assert_int_equal(hox__lock_owner(path), getpid());
    hox__lock_close(lock);
    close(ready[0]);
    close(ready[1]);
}

/* What stands in the side file is believed only of a process that started then, here, since this
 * boot; and only while the lock is held. */
static void test_side_file(void **unused)
{
    char host[64], boot[40], text[256];
    hox__host_name(host);
    hox__boot_id(boot);
    const int64_t pid = hox__pid(), start = hox__process_start(pid);
    const struct {
        int64_t start;
        const char *host, *boot;
        bool owner;
    } known[] = {
        {start, host, boot, true},
        {start + 1, host, boot, false}, /* the number was given to another process */
        {start, "elsewhere", boot, false},
        {start, host, "another-boot", false},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
        assert_true(fd >= 0);
        const int n = snprintf(text, sizeof text, "%" PRId64 " %" PRId64 " 1 %s %s\n", pid,
                               known[i].start, known[i].host, known[i].boot);
        assert_int_equal(write(fd, text, (size_t)n), n);
        assert_int_equal(hox__lock_owner(path), 0);
        assert_int_equal(flock(fd, LOCK_EX), 0);
        assert_int_equal(hox__lock_owner(path), known[i].owner ? pid : 0);
        close(fd);
        hox__lock *lock; /* nobody holds it: it is free, whatever it says */
        assert_int_equal(hox__lock_open(path, &lock, NULL), HOX_OK);
        hox__lock_close(lock);
    }
    struct stat s;
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_race),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_side_file),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
