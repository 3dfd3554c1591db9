#!/bin/sh
# A C program as users write it: built from include/ and libhox alone, run by hox and stopped by a rule; and one that asks and
# tells by itself. Shell and Python are in test_ask.sh.
. "$(dirname "$0")/lib.sh"
library=$(dirname "$hox")
[ -e "$library/libhox.so" ] && command -v cc >/dev/null || { echo "skipped: no compiler, or libhox.so is not built"; exit 77; }
nm -D "$library/libhox.so" 2>/dev/null | grep -q __asan && { echo "skipped: libhox.so wants a sanitizer"; exit 77; }
rows() { "$hox" trials "$@" -f tsv | tail -n +2; }
build() { cc -std=c11 -Wall -Wextra -Werror "$1.c" -o "$1" -I"$here/../../include" -L"$library" -lhox -lm -Wl,-rpath,"$library" 2>cc.err || fail "$1: $(head -n 5 cc.err)"; }

cat >train.c <<'END'
#include <hox/client.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    const char *fd = getenv("HOX_FD");
    const double a = argc > 1 ? atof(argv[1]) : 0;
    for (int step = 1; step <= 5; step++)
        if (hox_report(fd ? atoi(fd) : -1, step, "acc", a / 10 + step / 100.0) == HOX_STOP)
            return 0;
    return fclose(fopen("survived", "w"));
}
END
build train
code 0 "$hox" search --max acc -n 5 -j 2 -s grid --prune='threshold(bound: 0.35, from: 2)' -p a=1..5 --seed 1 -- "$work/train" {a}
[ "$(rows train --columns state | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = ' 2 done; 3 pruned;' ] ||
    fail "2 of 5 are above the bound: $(rows train --columns trial,state,reason,value)"
[ "$(rows train --where state=pruned --columns epochs | sort -u)" = 2 ] || fail "not stopped at step 2"
code 0 ./train 3 # without hox it goes on

cat >drive.c <<'END'
#include <hox/client.h>
#include <stdio.h>

int main(void)
{
    hox_client *c;
    hox_ticket ticket;
    hox_error err = {0};
    if (hox_client_open("hox.db", "lab", &c, &err) != HOX_OK)
        return fprintf(stderr, "%s\n", err.message), 1;
    for (int i = 0; i < 10; i++) {
        if (hox_client_ask(c, 60, &ticket, &err) != HOX_OK)
            return fprintf(stderr, "%s\n", err.message), 1;
        const double x = hox_client_number(c, "x", 0);
        if (hox_client_tell(c, ticket.trial, -(x - 1) * (x - 1), &err) != HOX_OK)
            return fprintf(stderr, "%s\n", err.message), 1;
    }
    hox_client_close(c);
    return 0;
}
END
build drive
printf 'x = -2.0 .. 2.0\nobjective = maximize y\nsearch = tpe\n' >lab.hox
code 0 "$hox" ask lab.hox --seed 3
code 0 "$hox" tell lab@0 y=0
code 0 ./drive
[ "$(rows lab --where state=done --columns trial | wc -l)" = 11 ] || fail "driven: $(rows lab)"
code 0 "$hox" replay lab
code 0 "$hox" doctor hox.db
finish
