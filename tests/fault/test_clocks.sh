#!/bin/sh
# A clock on the wall that jumps by years changes no result, lease, limit or bound; only the times that are shown
# (reliability P30). HOX_TEST_CLOCKS is how many ways of jumping.
. "$(dirname "$0")/lib.sh"
fault=$(dirname "$hox")/libfault-clock.so
[ -e "$fault" ] || { echo "skipped: $fault is not built (sanitizers)"; exit 77; }
jumping() { LD_PRELOAD=$fault "$@"; }
hash_of() { "$hox" show --store "$1" --json 2>err | sed 's/.*"log_hash":"\([0-9a-f]*\)".*/\1/'; }
rows() { "$hox" trials "$@" -f tsv | tail -n +2; }

# the same study, of networks and of a program that reports and has limits
study() {
    "$hox" search tiny.hox -n 4 -j 1 --seed 9 --timeout 1h --store "$1.db" -o "$1.hoxm"
    "$hox" search --max acc -n 6 -j 1 --seed 4 -s random --timeout 1h --cpu 1h -t 1h -p a=0.0..1.0 --store "p$1.db" -- \
        sh -c 'for i in 1 2 3; do echo "step $i acc 0.$i{a}"; done'
}
study whole >out 2>err || fail "the studies whose clock is right fail"
for seed in $(seq 1 "${HOX_TEST_CLOCKS:-2}"); do
    export HOX_CLOCK_SEED=$seed
    rm -rf jumps.db* pjumps.db*
    (export LD_PRELOAD="$fault"; study jumps) >out 2>err || { fail "seed $seed: a study ends badly: $(head -n 3 err)"; }
    for p in '' p; do
        [ "$(hash_of ${p}jumps.db)" = "$(hash_of ${p}whole.db)" ] || fail "seed $seed: ${p}jumps.db is another study"
        code 0 jumping "$hox" doctor ${p}jumps.db
    done
    code 0 jumping "$hox" trials --store jumps.db --json
    json out
done
unset HOX_CLOCK_SEED

# a lease is of the clock that only goes forward: years later on the wall it holds, years earlier it has not begun anew
printf 'x = -2.0 .. 2.0\nobjective = maximize y\n' >lab.hox
code 0 "$hox" ask lab.hox --seed 3 --lease-time 10m --json
lease=$(sed 's/.*"lease":"\([0-9a-f]*\)".*/\1/' out)
for ahead in 400000000 -400000000 2200000000; do # 2200000000: behind 2038
    export HOX_CLOCK_AHEAD=$ahead
    code 0 jumping "$hox" ask lab --lease-time 10m --json
    says out '"trial":[123],'
done
code 0 jumping "$hox" tell lab@0 y=0.5 --lease "$lease"
unset HOX_CLOCK_AHEAD
[ "$(rows lab --where state=done --columns trial,value)" = "0	0.5" ] || fail "told: $(rows lab)"
code 0 "$hox" doctor hox.db

# a limit holds while the clock stands in the past
export HOX_CLOCK_AHEAD=-400000000
code 0 jumping "$hox" search --max acc -n 2 -j 1 --seed 4 -s grid --timeout 300ms --grace 100ms -p a=0..1 --name slow -- \
    sh -c 'echo acc {a}; [ {a} = 0 ] || exec sleep 60'
[ "$(rows slow --columns state,reason | sort | tr '\n' ' ')" = "done	 failed	timeout " ] || fail "slow: $(rows slow)"
finish
