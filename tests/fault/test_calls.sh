#!/bin/sh
# System calls that fail at every kind of place (reliability P4, P5): an error is said or absorbed, the store is whole, what was
# said to be done is done, and what failed can be done again. HOX_TEST_FAULTS is how many places of each kind.
. "$(dirname "$0")/lib.sh"
fault=$(dirname "$hox")/libfault-inject.so
[ -e "$fault" ] || { echo "skipped: $fault is not built (sanitizers)"; exit 77; }
places=${HOX_TEST_FAULTS:-1}

printf 'x = -2.0 .. 2.0\nobjective = maximize y\nsearch = random\n' >lab.hox
mkdir template
for i in 0 1 2; do "$hox" ask lab.hox --seed 3 --store template/hox.db --name lab -qq >out; done
"$hox" tell lab@0 y=0.5 --store template/hox.db
"$hox" export lab --store template/hox.db >template/lab.jsonl
cp "$here/data/v1.db" template/old.db

# What a scenario does in a copy of the template, and what holds once it has been done.
done_search() { [ "$("$hox" trials two -f tsv --where state=done --columns trial | wc -l)" = 3 ]; }
done_ask() { [ "$("$hox" trials lab -f tsv --columns trial | wc -l)" -ge 5 ]; }
do_tell() { "$hox" tell lab@1 y=0.25; }
done_import() { [ "$("$hox" trials again -f tsv --columns trial | wc -l)" = 4 ]; }
do_rename() { "$hox" rename lab new; }
done_rename() { [ "$("$hox" trials new -f tsv --columns trial | wc -l)" -ge 4 ]; }
do_rm() { "$hox" rm lab -y; }
done_rm() { ! "$hox" studies -f tsv | grep -q '^lab'; }

# try SCENARIO FAULT PLACE STAY SYNC: once, in a fresh copy; $rc is how it ended
try() {
    stays=$4 syncs_only=$5
    set -- "$1" HOX_FAULT="$2" HOX_FAULT_AT="$3" HOX_FAULT_COUNT="$work/count"
    [ "$stays" = 0 ] || set -- "$@" HOX_FAULT_STAY=1
    [ "$syncs_only" = 0 ] || set -- "$@" HOX_FAULT_SYNC=1
    fresh "$@"
}

# judge WHAT SCENARIO: the end was one of the documented ones, and what is on the disk agrees with it
judge() {
    case $rc in
    0) (cd copy && "done_$2") >seen 2>&1 || fail "$1: it ends well and is not done" ;;
    3 | 1) grep -q . err || fail "$1: exit $rc without a word" ;;
    2 | 4) said_other="${said_other:-}$1: exit $rc: $(head -n 1 err)
" ;;
    *) fail "$1: exit $rc: $(head -n 3 err)" ;;
    esac
    [ $rc = 2 ] && grep -qi damaged err && fail "$1: a whole store is called damaged: $(head -n 1 err)"
    [ "$2" = upgrade ] || (cd copy && "$hox" doctor hox.db) >seen 2>&1 || fail "$1: the store is not whole: $(grep -i damaged seen)"
    [ $rc = 0 ] || [ "$2" = search ] || (cd copy && "done_$2" || "do_$2" && "done_$2") >seen 2>&1 || fail "$1: it cannot be done again: $(tail -n 2 seen)"
}

runs=0 failures=0
for scenario in ${HOX_TEST_SCENARIOS:-ask tell export import rename rm upgrade search}; do
    try $scenario none 0 0 0
    [ $rc = 0 ] && (cd copy && "done_$scenario") >seen || fail "$scenario without faults: exit $rc"
    calls=$(cut -d ' ' -f 1 count)
    [ "$calls" -gt 5 ] || fail "$scenario makes $calls calls"
    for fault_name in enospc eio eintr emfile erofs short; do
        k=0
        while [ $k -lt "$places" ]; do
            # places differ from fault to fault, so that few of each still cover many
            at=$((1 + (k * calls / places + runs * 7) % calls))
            k=$((k + 1))
            for stay in 0 1; do
                [ "$fault_name$stay" = eintr1 ] && continue # for ever is not a signal
                try $scenario $fault_name $at $stay 0
                runs=$((runs + 1))
                [ $rc = 0 ] || failures=$((failures + 1))
                judge "$scenario, $fault_name at $at of $calls, stay $stay" $scenario
            done
        done
    done
done
[ $failures -gt $((runs / 10)) ] || fail "of $runs faults only $failures were noticed"

# A sync that failed is not tried again into success: what ends badly when the disk stays broken from some sync on, ends badly
# when only that sync failed.
for scenario in tell ask rename; do
    try $scenario none 0 0 1
    syncs=$(cut -d ' ' -f 1 count)
    [ "$syncs" -ge 1 ] || fail "$scenario syncs $syncs times"
    at=1
    while [ $at -le "$syncs" ]; do
        try $scenario eio $at 0 1
        once=$rc
        try $scenario eio $at 1 1
        [ $once = $rc ] || fail "$scenario: sync $at of $syncs fails once: exit $once; from then on: exit $rc"
        [ $at -gt 1 ] || [ $once = 3 ] || fail "$scenario: its first sync fails and it ends with $once"
        judge "$scenario, sync $at of $syncs" $scenario
        at=$((at + 1))
    done
done
[ -z "${said_other:-}" ] || printf '%s' "$said_other" | sort | uniq -c | head -n 20
echo "$runs faults, $failures of them noticed"
finish
