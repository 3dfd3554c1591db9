/* Lines over a socket beside a file: names, rights, clients that come, go, flood and do not read.
 */
#include "base/io.h"
#include "base/proc.h"
#include "base/socket.h"
#include "hoxtest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/hox-socket-XXXXXX";

static int make_folder(void **unused)
{
    (void)unused;
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **unused)
{
    (void)unused;
    return hox__remove_tree(folder, NULL) == HOX_OK ? 0 : -1;
}

typedef struct {
    hox__server *server;
    int lines, gone;
    int64_t last;
    char text[64];
} seen;

/* "echo X" is answered by "X"; "flood" by more than anybody reads. */
static void on_line(void *ctx, int64_t from, const char *s, size_t n)
{
    seen *x = ctx;
    x->lines++;
    x->last = from;
    snprintf(x->text, sizeof x->text, "%.*s", (int)(n < 60 ? n : 60), s);
    if (strncmp(s, "echo ", 5) == 0) {
        hox__server_say(x->server, from, s + 5, n - 5);
        hox__server_say(x->server, from, "\n", 1);
    }
    for (int i = 0; i < 100000 && strcmp(s, "flood") == 0; i++)
        hox__server_say(x->server, from, "0123456789012345678901234567890123456789\n", 41);
}

static void on_gone(void *ctx, int64_t from)
{
    seen *x = ctx;
    x->gone++;
    x->last = from;
}

static void serve(seen *x)
{
    const hox__server_handler handler = {on_line, on_gone, x};
    const int fd = hox__server_fd(x->server);
    hox__wait(&fd, 1, 0.2);
    hox__server_serve(x->server, &handler);
}

static void test_talk(void **unused)
{
    char path[128], back[16] = "";
    seen x = {0};
    (void)unused;
    snprintf(path, sizeof path, "%s/a.db.sock", folder);
    assert_int_equal(hox__socket_call(path), -1);
    assert_int_equal(hox__server_open(path, 100, &x.server, NULL), HOX_OK);
    struct stat s;
    assert_int_equal(stat(path, &s), 0);
    assert_true(S_ISSOCK(s.st_mode));
    assert_int_equal(s.st_mode & 0777, 0600);

    const int a = hox__socket_call(path), b = hox__socket_call(path);
    assert_true(a >= 0 && b >= 0);
    assert_true(hox__socket_say(a, "echo one\nhalf", 13));
    serve(&x);
    serve(&x);
    assert_int_equal(x.lines, 1);
    assert_int_equal(hox__server_pid(x.server, x.last), getpid());
    assert_int_equal(read(a, back, sizeof back), 4);
    assert_string_equal(back, "one\n");
    assert_true(hox__socket_say(a, " a line\n", 8));
    serve(&x);
    assert_string_equal(x.text, "half a line");

    char *much = malloc(5000); /* longer than a line may be: it is cut */
    memset(much, 'x', 5000);
    much[4999] = '\n';
    assert_true(hox__socket_say(b, much, 5000));
    serve(&x);
    assert_int_equal(x.lines, 3);
    hox__socket_hang_up(b);
    serve(&x);
    assert_int_equal(x.gone, 1);

    assert_true(hox__socket_say(a, "flood\n", 6)); /* and does not read */
    for (int i = 0; i < 5 && x.gone < 2; i++)
        serve(&x);
    assert_int_equal(x.gone, 2);
    free(much);
    hox__socket_hang_up(a);
    hox__server_close(x.server);
    assert_int_equal(stat(path, &s), -1);
    assert_int_equal(hox__socket_call(path), -1);
}

static void test_names(void **unused)
{
    char path[700], deep[512], name[201];
    seen x = {0};
    (void)unused;
    memset(name, 'n', 200);
    name[200] = '\0';
    snprintf(deep, sizeof deep, "%s/%s", folder, name);
    assert_int_equal(hox__make_directories(deep, NULL), HOX_OK);
    for (int i = 0; i < 2; i++) { /* two long names that begin alike are two */
        hox__server *other;
        snprintf(path, sizeof path, "%s/%.150s%d.sock", deep, name, i);
        assert_int_equal(hox__server_open(path, 100, i ? &other : &x.server, NULL), HOX_OK);
        const int fd = hox__socket_call(path);
        assert_true(fd >= 0);
        hox__socket_hang_up(fd);
        if (i)
            hox__server_close(other);
    }
    hox__server_close(x.server);

    /* the name that a dead process left is taken over */
    snprintf(path, sizeof path, "%s/dead.sock", folder);
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%.100s", path);
    const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(dead, (const struct sockaddr *)&a, sizeof a), 0);
    close(dead);
    assert_int_equal(hox__socket_call(path), -1);
    assert_int_equal(hox__server_open(path, 100, &x.server, NULL), HOX_OK);
    hox__server_close(x.server);

    hox_error err = {0};
    assert_int_equal(hox__server_open("/nowhere/at/all.sock", 100, &x.server, &err), HOX_ERR_IO);
    assert_non_null(strstr(err.message, "cannot listen"));
}

/* Many clients at a time: each is heard, and that each has gone is seen. */
static void test_many(void **unused)
{
    enum { CLIENTS = 200 };
    char path[128];
    int fd[CLIENTS];
    seen x = {0};
    (void)unused;
    snprintf(path, sizeof path, "%s/many.sock", folder);
    assert_int_equal(hox__server_open(path, 100, &x.server, NULL), HOX_OK);
    for (int i = 0; i < CLIENTS; i++) {
        fd[i] = hox__socket_call(path);
        assert_true(fd[i] >= 0);
        assert_true(hox__socket_say(fd[i], "hello\n", 6));
        serve(&x);
    }
    for (int i = 0; i < 100 && x.lines < CLIENTS; i++)
        serve(&x);
    assert_int_equal(x.lines, CLIENTS);
    hox__server_hang_up(x.server, x.last);
    for (int i = 0; i < 5 && x.gone < 1; i++)
        serve(&x);
    assert_int_equal(x.gone, 1);
    for (int i = 0; i < CLIENTS; i++)
        hox__socket_hang_up(fd[i]);
    for (int i = 0; i < 100 && x.gone < CLIENTS; i++)
        serve(&x);
    assert_int_equal(x.gone, CLIENTS);
    hox__server_close(x.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_talk),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
