#!/bin/sh
# While one process runs a study, others ask and tell through it; all share its budget.
. "$(dirname "$0")/lib.sh"
rows() { "$hox" trials "$@" -f tsv 2>/dev/null | tail -n +2; }
# until COMMAND: it succeeds, within 10 s
until_true() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 500 ] || { fail "never: $*"; return 1; }
        sleep 0.02
    done
}

# a program that ends when it is let go
cat >slow.sh <<'END'
#!/bin/sh
until [ -e go ]; do sleep 0.02; done
echo y $1
END
chmod +x slow.sh
"$hox" search --max y -n 6 -j 1 -s random --seed 4 -p x=0.0..1.0 --name lab --progress=json -- ./slow.sh {x} >run.out 2>events &
owner=$!
until_true grep -q '"type":"trial.start"' events
[ "$(stat -c '%a %F' hox.db.sock)" = "600 socket" ] || fail "the socket: $(stat -c '%a %F' hox.db.sock)"

code 0 "$hox" ask lab --json
json out
says out '"trial":1,'
lease=$(sed 's/.*"lease":"\([0-9a-f]*\)".*/\1/' out)
x=$(sed 's/.*"x":\([0-9.e-]*\).*/\1/' out)
code 0 "$hox" ask
says out "^lab@2	[0-9a-f]*	x="
code 0 "$hox" report lab@1 y=0.25 --step 3 --lease "$lease"
code 0 "$hox" report lab@1 y=0.5
says events '"type":"trial.report".*"trial":1'
code 2 "$hox" tell lab@1 y=0.5 --lease 0123456789abcdef
says err 'E0805'
code 0 "$hox" tell lab@1 y="$x" --lease "$lease"
code 0 "$hox" tell lab@1 y="$x"
code 2 "$hox" tell lab@1 y=7
says err 'E0804'
code 2 "$hox" tell lab@0 y=1 # the owner's own
says err 'E0805'
code 2 "$hox" tell lab@99 y=1
code 2 "$hox" tell lab@1 z=1
says err '`y` is what study `lab` wants to know'
code 0 "$hox" tell lab@2 --failed 'the robot fell over'
code 4 "$hox" ask --name other --max y -p x=0.0..1.0 # a new study in a store that is owned
code 0 "$hox" retry lab@2
says err 'lab@2 will be tried again as @3'
code 0 "$hox" ask lab # the retried one comes first
says out '^lab@3	'
code 0 "$hox" ask lab
says out '^lab@4	'
code 0 "$hox" ask lab
says out '^lab@5	'
code 1 "$hox" ask lab # six are under way or over
says err 'tell of the trials of lab that are under way'
code 4 "$hox" resume lab
for i in 3 4 5; do code 0 "$hox" tell lab@$i y=0.$i; done
code 1 "$hox" ask lab
kill -0 $owner || fail "the owner ended before its own trial"
touch go
wait $owner || fail "the owner fails: $(tail -n 3 events)"
[ "$(rows lab --columns trial,state | tr '\n\t' ' .')" = "0.done 1.done 2.failed 3.done 4.done 5.done " ] || fail "trials: $(rows lab --columns trial,state)"
[ "$(grep -c '"type":"trial.end"' events)" = 6 ] || fail "the owner shows $(grep -c '"type":"trial.end"' events) ends"
[ -e hox.db.sock ] && fail "the socket stays behind"
code 0 "$hox" doctor hox.db

# -j 0: nothing is run here, of a space that nothing here could run; several ask and tell until the budget is spent
printf 'x = -2.0 .. 2.0\nobjective = maximize y\nsearch = random\n' >robot.hox
code 2 "$hox" search robot.hox -n 20
"$hox" search robot.hox -n 20 -j 0 --seed 3 --store robot.db --progress=json >run.out 2>events &
owner=$!
until_true [ -e robot.db.sock ]
for k in 1 2 3; do
    while "$hox" ask robot --store robot.db --json >asked.$k 2>said.$k || grep -q 'under way' said.$k; do
        [ -s asked.$k ] || continue
        "$hox" tell "robot@$(sed 's/.*"trial":\([0-9]*\).*/\1/' asked.$k)" y=0.5 --store robot.db
    done &
    asker="${asker:-} $!"
done
wait $owner || fail "an owner of told trials fails: $(tail -n 2 events)"
kill $asker 2>/dev/null
# whoever asks after its end is an owner himself
[ "$(grep -c '"type":"trial.end"' events)" = 20 ] || fail "$(grep -c '"type":"trial.end"' events) of 20 told"

# a dead owner's socket is nobody's; the store's name and folder may be long
rm go
long=$(printf 'a%.0s' $(seq 1 90))
mkdir -p "$long/$long"
"$hox" search --max y -n 3 -j 1 -s random --seed 4 -p x=0.0..1.0 --name lab --store "$long/$long/$long.db" -qq -- ./slow.sh {x} &
owner=$!
until_true "$hox" ask lab --store "$long/$long/$long.db"
kill -9 $owner
wait $owner 2>/dev/null
code 0 "$hox" ask lab --store "$long/$long/$long.db" --json
touch go
code 0 "$hox" resume lab --store "$long/$long/$long.db" -n 4
finish
