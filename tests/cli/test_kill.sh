#!/bin/sh
# Killed at system calls that change something, spread over a whole study, and resumed: what was shown as finished is in the
# store, and a one-job study ends with the log hash of the one that was never killed. HOX_TEST_KILLS is how many places.
. "$(dirname "$0")/lib.sh"
fault=$(dirname "$hox")/libfault-kill.so
[ -e "$fault" ] || { echo "skipped: $fault is not built (sanitizers)"; exit 77; }
sed 's/^epochs.*/epochs = 1/; s/population: 4/population: 2/' tiny.hox >small.hox
# study STORE: the study of this test; its events are in ./events.
study() {
    "$hox" search small.hox -n 4 -j 1 --seed 9 --store "$1" -o small.hoxm --progress=json >out 2>events </dev/null
}
hash_of() {
    "$hox" show --store "$1" --json 2>err | sed 's/.*"log_hash":"\([0-9a-f]*\)".*/\1/'
}

export HOX_KILL_COUNT="$work/count"
LD_PRELOAD=$fault study whole.db || fail "the study that is not killed fails"
unset HOX_KILL_COUNT
whole=$(hash_of whole.db)
calls=$(cat count)
[ "${#whole}" = 64 ] || fail "no log hash: $whole"
[ "$calls" -gt 100 ] || fail "a study of 4 trials makes $calls calls"

places=${HOX_TEST_KILLS:-50}
killed=0
k=0
while [ $k -lt "$places" ]; do
    k=$((k + 1))
    at=$((1 + (k - 1) * calls / places))
    rm -rf hox.db*
    # in a shell of its own, whose word about the kill is not wanted
    (HOX_KILL_AT=$at LD_PRELOAD=$fault; export HOX_KILL_AT LD_PRELOAD; study hox.db) 2>said
    [ $? = 0 ] || killed=$((killed + 1))
    shown=$(grep '"type":"trial.end".*}$' events | sed 's/.*"trial":\([0-9]*\).*/\1/')
    if [ -n "$shown" ]; then
        stored=$("$hox" trials -f tsv --where state=done --columns trial 2>err)
        for trial in $shown; do
            echo "$stored" | grep -qx "$trial" || fail "call $at: trial $trial was shown as finished and is not in the store"
        done
        "$hox" resume -o small.hoxm -q >out 2>err </dev/null || { fail "call $at: cannot be resumed"; head -n 3 err; }
    else
        study hox.db || { fail "call $at: cannot be begun again"; head -n 3 events; }
    fi
    [ "$(hash_of hox.db)" = "$whole" ] || fail "call $at: killed and resumed differs from never killed"
    "$hox" doctor hox.db >out 2>err </dev/null || { fail "call $at: the store is not whole"; grep -i damaged out err; }
done
[ $killed -ge $((places * 9 / 10)) ] || fail "only $killed of $places were killed"
echo "killed $killed times at $places of $calls calls"
finish
