#!/bin/sh
# Killed at system calls that change something, spread over a whole study, and resumed: what was shown as finished is in the
# store, and a one-job study ends with the log hash of the one that was never killed; so does one whose trials are paused, put
# down in files and go on. HOX_TEST_KILLS is how many places.
. "$(dirname "$0")/lib.sh"
fault=$(dirname "$hox")/libfault-kill.so
[ -e "$fault" ] || { echo "skipped: $fault is not built (sanitizers)"; exit 77; }
sed 's/^epochs.*/epochs = 1/; s/population: 4/population: 2/' tiny.hox >small.hox
sed 's/^epochs.*/epochs = budget 1..3/; s/^search.*/search = halving(eta: 3)/' tiny.hox >halving.hox
# study STORE: the study of this test; its events are in ./events.
study() {
    "$hox" search $kind.hox -n $trials -j 1 --seed 9 --store "$1" -o small.hoxm --progress=json >out 2>events </dev/null
}
hash_of() {
    "$hox" show --store "$1" --json 2>err | sed 's/.*"log_hash":"\([0-9a-f]*\)".*/\1/'
}

# kills KIND TRIALS PLACES
kills() {
    kind=$1 trials=$2 places=$3
    rm -rf whole.db* count
    export HOX_KILL_COUNT="$work/count"
    LD_PRELOAD=$fault study whole.db || fail "$kind: the study that is not killed fails"
    unset HOX_KILL_COUNT
    whole=$(hash_of whole.db)
    calls=$(cat count)
    [ "${#whole}" = 64 ] || fail "no log hash: $whole"
    [ "$calls" -gt 100 ] || fail "a study of $trials trials makes $calls calls"

    killed=0
    k=0
    while [ $k -lt "$places" ]; do
        k=$((k + 1))
        at=$((1 + (k - 1) * calls / places))
        rm -rf hox.db*
        # in a shell of its own, whose word about the kill is not wanted
        (HOX_KILL_AT=$at LD_PRELOAD=$fault; export HOX_KILL_AT LD_PRELOAD; study hox.db) 2>said
        [ $? = 0 ] || killed=$((killed + 1))
        shown=$(grep '"type":"trial.end".*"state":"done".*}$' events | sed 's/.*"trial":\([0-9]*\).*/\1/')
        if [ -n "$shown" ]; then
            stored=$("$hox" trials -f tsv --where state=done --columns trial 2>err)
            for trial in $shown; do
                echo "$stored" | grep -qx "$trial" || fail "$kind, call $at: trial $trial was shown as finished and is not in the store"
            done
            "$hox" resume -o small.hoxm -q >out 2>err </dev/null || { fail "$kind, call $at: cannot be resumed"; head -n 3 err; }
        else
            study hox.db || { fail "$kind, call $at: cannot be begun again"; head -n 3 events; }
        fi
        [ "$(hash_of hox.db)" = "$whole" ] || fail "$kind, call $at: killed and resumed differs from never killed"
        "$hox" doctor hox.db >out 2>err </dev/null || { fail "$kind, call $at: the store is not whole"; grep -i damaged out err; }
    done
    [ $killed -ge $((places * 9 / 10)) ] || fail "$kind: only $killed of $places were killed"
    echo "$kind: killed $killed times at $places of $calls calls"
}
kills small 4 $((${HOX_TEST_KILLS:-25} * 3 / 5))
kills halving 3 $((${HOX_TEST_KILLS:-25} * 2 / 5))

# ---- commands that own a store for a moment: killed at each call that changes something
printf 'x = 0.0 .. 1.0\nobjective = maximize y\nsearch = random\n' >asked.hox
"$hox" ask asked.hox --seed 1 --store asked.db -q >out 2>err || fail "cannot begin a study to ask"
# at_each WORD...: the command on a fresh copy of asked.db, killed at call 1, 2, ... until one comes through; each that said
# something, and the last, has done it
at_each() {
    k=0
    code=137
    while [ $code = 137 ] && [ $k -lt 200 ]; do
        k=$((k + 1))
        rm -rf hox.db*
        for end in "" -wal; do [ ! -e asked.db$end ] || cp asked.db$end hox.db$end; done
        (HOX_KILL_AT=$k LD_PRELOAD=$fault; export HOX_KILL_AT LD_PRELOAD; "$hox" "$@" >out 2>err </dev/null; exit $?) 2>said
        code=$?
        cp hox.db alone.db
        stored=$("$hox" trials -f tsv --columns trial,state 2>err | tail -n 1)
        case $code$(test -s out && echo said) in
        137) [ "$stored" = "$before" ] || [ "$stored" = "$after" ] || fail "$1, call $k: half done: $stored" ;;
        *) [ "$stored" = "$after" ] || fail "$1, call $k: it ended with $code and is not done: $stored" ;;
        esac
        "$hox" doctor hox.db >out 2>err </dev/null || { fail "$1, call $k: the store is not whole"; grep -i damaged out err; }
    done
    [ $code = 0 ] || fail "$1 never came through: $code"
    [ $k -gt 8 ] || fail "$1 made $k calls that change something"
    stored=$("$hox" trials -f tsv --columns trial,state --store alone.db 2>err | tail -n 1)
    [ "$stored" = "$after" ] || fail "$1 leaves something outside of the store's file: $stored"
    echo "$1: killed at each of $((k - 1)) calls"
}
before='0	running' after='1	running'
at_each ask asked
after='0	done'
at_each tell asked@0 y=0.5
# now beside an emptied log
"$hox" ask asked --store asked.db -q >out 2>err || fail "cannot ask"
[ -s asked.db-wal ] || fail "no log stays"
before='1	running' after='1	failed'
at_each tell asked@1 --failed why
finish
