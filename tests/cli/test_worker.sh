#!/bin/sh
# Workers join a run: all trials once, whatever dies; nothing stays behind. HOX_TEST_WORKERS is how many.
. "$(dirname "$0")/lib.sh"
rows() { "$hox" trials "$@" -f tsv 2>/dev/null | tail -n +2; }
until_true() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 1000 ] || { fail "never: $*"; return 1; }
        sleep 0.02
    done
}
# left MARK: processes of this test that still run
left() { pgrep -f -c "^/bin/sh $work/$1" || true; }
workers=${HOX_TEST_WORKERS:-12}
budget=$((workers * 2))

# every trial says that it ran, and ends when it may
cat >once.sh <<'END'
#!/bin/sh
echo "$HOX_TRIAL" >>"$1/ran"
until [ -e "$1/go" ]; do sleep 0.02; done
echo y "$2"
END
chmod +x once.sh
# own NAME N FLAG...: a run of N trials in the background, as $owner; its first trial has begun
own() {
    name=$1 n=$2
    shift 2
    rm -f ran go events
    "$hox" search --max y -n "$n" -j 1 -s random --seed 4 -p x=0.0..1.0 --name "$name" --progress=json "$@" -- "$work/once.sh" "$work" {x} >run.out 2>events &
    owner=$!
    until_true grep -q '"type":"trial.start"' events
}
# join N FLAG...: a worker in the background, as $worker; N trials run then
join() {
    want=$1
    shift
    "$hox" worker "$name" "$@" >worker.out 2>&1 &
    worker=$!
    until_true sh -c "[ \"\$(wc -l <ran)\" = $want ]"
}

# ---- many workers, one budget
own many $budget
pids=""
for i in $(seq 1 $workers); do
    "$hox" worker many -j 1 --lease 5s >"worker.$i" 2>&1 &
    pids="$pids $!"
done
until_true sh -c "[ \"\$(cat worker.* | grep -c '^worker [0-9]* joins')\" = $workers ]" # before the run ends
touch go
wait $owner || fail "the owner fails: $(tail -n 3 events)"
for pid in $pids; do wait "$pid" || fail "a worker ends with $?: $(tail -qn 1 worker.* | sort | uniq -c)"; done
[ "$(rows many --columns state | sort | uniq -c | tr -s ' ')" = " $budget done" ] || fail "not $budget done: $(rows many --columns state | sort | uniq -c)"
[ "$(sort -n ran | uniq -d | wc -l)" = 0 ] || fail "run twice: $(sort -n ran | uniq -d | tr '\n' ' ')"
[ "$(sort -nu ran | wc -l)" = $budget ] || fail "$(sort -nu ran | wc -l) of $budget ran"
code 0 "$hox" doctor hox.db

# the log knows who ran each trial: the owner one at a time, each worker at least one; so does what was exported
here=$(uname -n)
rows many --columns worker | sort -u >who
printf '%s\n' $owner $pids | sed "s/^/$here:/" | sort >expected
cmp -s expected who || fail "those who ran trials: $(tr '\n' ' ' <who), not $(tr '\n' ' ' <expected)"
[ "$(rows many --columns trial --where "worker=$here:$owner" | wc -l)" -ge 1 ] || fail "--where knows no worker"
"$hox" export many >many.jsonl
[ "$(grep -c "\"worker\":\"$here:" many.jsonl)" = $budget ] || fail "not in the export: $(grep -m 1 trial.start many.jsonl)"
"$hox" import many.jsonl --name copied -q || fail "import fails"
rows copied --columns trial,worker >copied
rows many --columns trial,worker | cmp -s - copied || fail "import forgets who ran a trial"

# ---- killed workers: their trials are run again, once by --retries, and nothing of them stays
own killed 4
join 3 -j 2 --lease 1s
kill -9 $worker
wait $worker 2>/dev/null
until_true sh -c "[ \"\$(grep -c '\"reason\":\"lost\"' events)\" = 2 ]"
touch go
says events '"state":"cancelled","reason":"lost"'
wait $owner || fail "the owner fails: $(tail -n 3 events)"
[ "$(rows killed --columns state | sort | uniq -c | tr -s ' ')" = " 4 done" ] || fail "killed workers: $(rows killed --columns trial,state,reason,detail)"
[ "$(wc -l <ran)" = 6 ] || fail "4 trials, of them 2 again: $(tr '\n' ' ' <ran)"
[ "$(left once.sh)" = 0 ] || fail "$(left once.sh) processes stay behind"

# ---- many killed at once: nothing of them runs two leases later
killed=${HOX_TEST_KILLED:-6}
own mass $((killed + 1))
pids=""
for i in $(seq 1 "$killed"); do
    "$hox" worker mass -j 1 --lease 2s >"worker.$i" 2>&1 &
    pids="$pids $!"
done
until_true sh -c "[ \"\$(wc -l <ran)\" = $((killed + 1)) ]"
kill -9 $pids
began=$(date +%s)
until_true sh -c "[ \"\$(pgrep -f -c '^/bin/sh $work/once.sh')\" -le 1 ]" # the owner's own
took=$(($(date +%s) - began))
echo "programs of $killed killed workers were gone after $took s (two leases: 4 s)"
for pid in $pids; do { wait "$pid"; } 2>/dev/null; done
until_true sh -c "[ \"\$(grep -c '\"reason\":\"lost\"' events)\" = $killed ]"
touch go
wait $owner || fail "the owner fails: $(tail -n 3 events)"
[ "$(rows mass --columns state | sort | uniq -c | tr -s ' ')" = " $((killed + 1)) done" ] || fail "killed at once: $(rows mass --columns state,reason | sort | uniq -c)"

# ---- without retries a lost trial has failed
own failed 2 --retries 0
join 2 -j 1 --lease 1s
kill -9 $worker
until_true grep -q '"reason":"lost"' events
touch go
wait $owner || fail "the owner fails: $(tail -n 3 events)"
[ "$(rows failed --columns state,reason | sort | tr '\n\t' ' .')" = "done. failed.lost " ] || fail "no retries: $(rows failed --columns trial,state,reason,detail)"

# ---- one that is stopped is ended after its lease, and what it says later reaches nobody
own frozen 2
join 2 -j 1 --lease 500ms
kill -STOP $worker
until_true grep -q '"reason":"lost"' events
touch go
wait $owner || fail "the owner fails: $(tail -n 3 events)"
says events 'was not heard of'
[ "$(rows frozen --columns state | sort | uniq -c | tr -s ' ')" = " 2 done" ] || fail "a frozen worker: $(rows frozen --columns trial,state,reason,detail)"
wait $worker 2>/dev/null
[ $? = 137 ] || fail "the frozen worker was not ended"

# ---- one that is asked to stop gives back what it has
own polite 2
join 2 -j 1 --grace 50ms
kill -TERM $worker
{ wait $worker; } 2>/dev/null
[ $? = 143 ] || fail "a stopped worker does not end by its signal"
touch go
wait $owner || fail "the owner fails: $(tail -n 3 events)"
grep -q '"state":"cancelled","reason":"interrupted"' events || fail "nothing was given back"
grep -q '"reason":"lost"' events && fail "a worker that said good-bye was lost"
[ "$(rows polite --columns state | sort | uniq -c | tr -s ' ')" = " 2 done" ] || fail "given back: $(rows polite --columns trial,state,reason,detail)"

# ---- the owner is killed: workers end their trials, wait, and join the next owner
own owner 6
join 3 -j 2
kill -9 $owner
until_true grep -q 'has ended' worker.out
"$hox" resume owner -q >resume.out 2>&1 &
owner=$!
until_true sh -c "[ \"\$(grep -c joins worker.out)\" = 2 ]" # before the run ends
touch go
wait $owner || fail "the next owner fails: $(cat resume.out)"
wait $worker || fail "the worker did not join the next owner: $(cat worker.out)"
[ "$(grep -c joins worker.out)" = 2 ] || fail "the worker did not join twice: $(cat worker.out)"
[ "$(rows owner --columns state | sort | uniq -c | tr -s ' ')" = " 6 done" ] || fail "two owners: $(rows owner --columns trial,state,reason,detail)"
[ "$(left once.sh)" = 0 ] || fail "$(left once.sh) processes stay behind"

# ---- the next owner ends without being met: who worked for the study has nothing to do
own unmet 4
join 3 -j 2 --wait 2s
kill -STOP $worker
kill -9 $owner
touch go
code 0 "$hox" resume unmet
kill -CONT $worker
wait $worker || fail "the study is done, and its worker ends with $?: $(cat worker.out)"
[ "$(grep -c joins worker.out)" = 1 ] || fail "it met the next owner: $(cat worker.out)"

# ---- nobody to work for
code 2 "$hox" worker owner --wait 100ms
says err 'no process of this machine runs study `owner`'
code 0 "$hox" doctor hox.db
finish
