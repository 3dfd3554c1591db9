#!/bin/sh
# Ctrl-C, SIGTERM and SIGUSR1: finished trials are kept, the last line says how to go on, and the process ends by the signal.
. "$(dirname "$0")/lib.sh"

# started: a search without end runs as $pid, and its first trial has finished.
started() {
    rm -rf hox.db* events
    # a shell without job control lets its background jobs ignore SIGINT
    env --default-signal=INT "$hox" search tiny.hox -t 10m -j 1 --seed 4 --progress=json >out 2>events &
    pid=$!
    tries=0
    while ! grep -q '"type":"trial.end"' events && [ $tries -lt 500 ]; do
        tries=$((tries + 1))
        sleep 0.02
    done
}

for signal in INT TERM HUP; do
    started
    kill -s $signal $pid
    wait $pid
    got=$?
    [ "$(kill -l "$got")" = "$signal" ] || fail "SIG$signal ended it with $got"
    says events 'hox resume tiny$'
    [ "$("$hox" trials -f tsv --where state=done | wc -l)" -ge 2 ] || fail "SIG$signal: a finished trial is lost"
done

# twice: at once
started
kill -s INT $pid
kill -s INT $pid
wait $pid
says events 'hox resume tiny$'

# status
rm -rf hox.db*
"$hox" search tiny.hox -n 400 -t 10m -j 1 --seed 4 --progress=none >out 2>status &
pid=$!
tries=0
while [ "$("$hox" trials -f tsv 2>/dev/null | wc -l)" -lt 3 ] && [ $tries -lt 300 ]; do # until it runs
    tries=$((tries + 1))
    sleep 0.05
done
tries=0
while ! grep -q 'done  ' status && [ $tries -lt 300 ]; do
    kill -s USR1 $pid 2>/dev/null
    tries=$((tries + 1))
    sleep 0.05
done
kill -s TERM $pid
wait $pid
says status '[0-9]*:[0-9]* / 10:00   [0-9]* / 400 done'
finish
