#!/bin/sh
# What goes wrong in a trial is a result of that trial: NaN, a time-out, too little memory, a killed process. The study goes on.
. "$(dirname "$0")/lib.sh"

# reasons WORD STORE: how many trials of it failed for that reason
reasons() {
    "$hox" trials -f tsv --store "$2" --columns state,reason | grep -c "^failed	$1\$"
}

# a learning rate that diverges, in one branch of two
sed 's/^train.*/train = sgd(lr: 0.1) | sgd(lr: 1000.0, decay: 10.0)/' tiny.hox >nan.hox
code 0 "$hox" search nan.hox -n 12 -j 2 --seed 3 --store nan.db -s random
nan=$(reasons nan nan.db)
[ "$nan" -ge 1 ] || fail "no trial diverged"
says err 'failed'
"$hox" trials -f tsv --store nan.db --columns reason,detail | grep -q '^nan	.*at step' || fail "a diverged trial does not say where"
[ "$("$hox" trials -f tsv --store nan.db --where state=done | wc -l)" -ge 2 ] || fail "nothing went on beside the failures"

# too little memory: known before anything is allocated
code 1 "$hox" search tiny.hox -n 3 -j 1 --seed 3 --store memory.db --memory 1Ki
[ "$(reasons memory memory.db)" = 3 ] || fail "1 KiB is enough for a network"
says err 'all failed alike'
code 1 "$hox" search tiny.hox -n 5 -j 1 --seed 3 --store going.db --memory 1Ki --keep-going
[ "$(reasons memory going.db)" = 5 ] || fail "--keep-going stops"

# a time-out: training that would take hours
sed 's/^epochs.*/epochs = 100000/' tiny.hox >long.hox
code 1 "$hox" search long.hox -n 2 -j 2 --seed 3 --store late.db --timeout 300ms
[ "$(reasons timeout late.db)" = 2 ] || fail "no time-out"

# killed from outside: the trial fails, the next one runs
"$hox" search long.hox -n 2 -j 1 --seed 3 --store killed.db --timeout 3s --retries 0 -o k.hoxm --progress=json >out 2>events &
pid=$!
tries=0
while ! grep -q '"type":"trial.report"' events && [ $tries -lt 300 ]; do # then it trains
    tries=$((tries + 1))
    sleep 0.02
done
warm=$(cut -d ' ' -f 1 "/proc/$pid/task/$pid/children")
trial=$(cut -d ' ' -f 1 "/proc/$warm/task/$warm/children")
kill -9 "$trial" || fail "no process of a trial was found"
wait $pid
"$hox" trials -f tsv --store killed.db --columns trial,state,reason,detail >list
grep -q '^0	failed	signal	signal 9' list || { fail "the killed trial is not recorded"; cat list; }
grep -q '^1	failed	timeout' list || { fail "the study did not go on after it"; cat list; }

# the process that holds the data is killed: its trials get a second chance
"$hox" search tiny.hox -n 30 -j 1 --seed 3 --store warm.db -o w.hoxm --progress=json >out 2>events &
pid=$!
tries=0
while ! grep -q '"type":"trial.end"' events && [ $tries -lt 300 ]; do
    tries=$((tries + 1))
    sleep 0.02
done
warm=$(cut -d ' ' -f 1 "/proc/$pid/task/$pid/children")
kill -9 "$warm" || fail "no warm process was found"
wait $pid || fail "the study did not survive its warm process"
[ "$("$hox" trials -f tsv --store warm.db --where state=done | wc -l)" = 31 ] || fail "a trial was lost with the warm process"
finish
