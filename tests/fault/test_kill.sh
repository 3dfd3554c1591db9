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
finish
