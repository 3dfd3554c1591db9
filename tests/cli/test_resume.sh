#!/bin/sh
# Killed by signal 9 and resumed: no finished trial is lost, none is done twice, and the bounds of the first run hold.
. "$(dirname "$0")/lib.sh"
code 0 "$hox" search tiny.hox -n 8 -j 1 --seed 9 --store whole.db -o whole.hoxm

"$hox" search tiny.hox -n 8 -j 1 --seed 9 --progress=json >out 2>events &
pid=$!
tries=0
while [ "$(grep -c '"type":"trial.end"' events)" -lt 3 ] && [ $tries -lt 300 ] && kill -0 $pid 2>/dev/null; do
    tries=$((tries + 1))
    sleep 0.02
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
before=$("$hox" trials -f tsv --where state=done 2>err | wc -l)
[ "$before" -ge 3 ] || fail "of 3 finished trials $((before - 1)) are in the store"
code 0 "$hox" resume
says err 'resume  [0-9]* trials are safe'
columns=trial,state,value,walk
"$hox" trials -f tsv --columns $columns >resumed
"$hox" trials -f tsv --columns $columns --store whole.db >whole
diff whole resumed || fail "killed and resumed differs from never killed"
code 0 "$hox" resume tiny -n 9
[ "$("$hox" trials -f tsv | wc -l)" = 10 ] || fail "resume -n 9 does not make it 9 trials"
code 2 "$hox" resume tiny@3
code 2 "$hox" resume nothing
finish
