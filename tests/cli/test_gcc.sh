#!/bin/sh
# examples/gcc-flags: a search over compiler flags that builds and runs a small C program. Skipped without gcc.
. "$(dirname "$0")/lib.sh"
command -v gcc >/dev/null || { echo "skipped: there is no gcc"; exit 77; }
cp "$here"/../../examples/gcc-flags/program.c "$here"/../../spaces/gcc-flags.hox .
code 2 "$hox" search gcc-flags.hox -n 3 # it runs a program: not before it is trusted
says err 'hox trust gcc-flags.hox'
code 0 "$hox" trust gcc-flags.hox
code 0 "$hox" search gcc-flags.hox -n 4 -j 1 --seed 1 -q
code 0 "$hox" trials -f tsv
[ "$(grep -c '	done	0\.[0-9]' out)" = 4 ] || { fail "4 trials with seconds were not done"; cat out >&2; }
# the first is the default sentence, and all computed the same
code 0 "$hox" show gcc-flags@0
says out 'level.*-O2'
[ "$(cat hox.db.d/gcc-flags/*/log | grep -c '^checksum 3407')" = 4 ] || fail "the programs do not agree: $(cat hox.db.d/gcc-flags/*/log)"
code 0 "$hox" best
says out 'gcc -O[123]'
finish
