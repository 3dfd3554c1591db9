/* Ask and tell through include/hox/client.h.
 * usage: client STORE STUDY TRIALS PROCESSES     prints seconds, trials told, errors
 */
#include <hox/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Until nothing is left to ask or `most` are told. Returns how many, -1 after an error. */
static long work(const char *store, const char *study, long most)
{
    hox_client *c;
    hox_ticket ticket;
    hox_error err = {0};
    long told = 0;
    hox_status status = hox_client_open(store, study, &c, &err);
    if (status != HOX_OK) {
        fprintf(stderr, "open: %s\n", err.message);
        return -1;
    }
    while (told < most) {
        status = hox_client_ask(c, 60, &ticket, &err);
        if (status == HOX_WAIT) { /* all that is left is under way elsewhere */
            usleep(1000);
            continue;
        }
        if (status != HOX_OK)
            break;
        status = hox_client_tell(c, ticket.trial, hox_client_number(c, "a", 0), &err);
        if (status != HOX_OK)
            break;
        told++;
    }
    if (status < 0)
        fprintf(stderr, "trial: %s\n", err.message);
    hox_client_close(c);
    return status < 0 ? -1 : told;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    const long trials = atol(argv[3]), processes = atol(argv[4]);
    long told = 0, errors = 0;
    int pipes[2];
    const double began = now();
    if (processes == 1) {
        told = work(argv[1], argv[2], trials);
        errors = told < 0;
    } else {
        if (pipe(pipes) != 0)
            return 3;
        for (long i = 0; i < processes; i++)
            if (fork() == 0) {
                const long n = work(argv[1], argv[2], trials);
                _exit(write(pipes[1], &n, sizeof n) != sizeof n);
            }
        for (long i = 0; i < processes; i++) {
            long n = -1;
            errors += read(pipes[0], &n, sizeof n) != sizeof n || n < 0;
            told += n > 0 ? n : 0;
        }
        while (wait(NULL) > 0)
            ;
    }
    printf("%.6f %ld %ld\n", now() - began, told, errors);
    return errors > 0;
}
