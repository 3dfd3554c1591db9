#!/bin/sh
# Driving a study from outside: ask, tell, report, leases; and reports of programs that hox runs.
. "$(dirname "$0")/lib.sh"
PATH=$(dirname "$hox"):$PATH
rows() { "$hox" trials "$@" -f tsv | tail -n +2; }

cat >lab.hox <<'END'
x = -2.0 .. 2.0
kind = warm(rate: 1..5) | cold
objective = maximize y
search = random
END

# a study begins with its first question, and goes on with the next
code 0 "$hox" ask lab.hox --seed 3 --json
json out
says out '"type":"trial","study":"lab","trial":0,"seed":"[0-9]*","lease":"[0-9a-f]*"'
says out '"params":{"x":0,"kind":"warm","kind.rate":3}'
code 0 "$hox" ask lab
says out '^lab@1	[0-9a-f]*	x='
code 0 "$hox" tell lab@0 y=0.5
code 0 "$hox" tell lab@0 y=0.5
code 2 "$hox" tell lab@0 y=0.6
says err 'E0804'
code 2 "$hox" tell lab@1 z=1
says err '`y` is what study `lab` wants to know'
code 2 "$hox" tell lab@7 y=1
code 2 "$hox" tell lab y=1
code 0 "$hox" tell lab@1 --failed 'the robot fell over'
[ "$(rows lab --columns state,reason,value)" = "done		0.5
failed	exit	" ] || fail "told: $(rows lab --columns state,reason,value)"
code 0 "$hox" best lab --json
says out '"trial":0,"value":0.5'

# nobody runs it here
code 2 "$hox" search lab.hox -n 3
says err 'hox ask'

# the same seed and the same answers give the same questions
ask_and_tell() { for i in 1 2 3 4; do "$hox" ask lab.hox --seed 9 --store "$1" >>"$1.txt"; "$hox" tell --store "$1" lab@$((i - 1)) y=0.$i; done; }
ask_and_tell a.db
ask_and_tell b.db
cut -f 1,3 a.db.txt >a
cut -f 1,3 b.db.txt >b
cmp -s a b || fail "two studies of one seed ask differently"

# a lease that ends: the trial goes to the next, and the late result is refused
code 0 "$hox" ask lab --lease-time 1ms --json
first=$(sed 's/.*"lease":"\([0-9a-f]*\)".*/\1/' out)
sleep 0.05
code 0 "$hox" ask lab --json
says out '"trial":2,'
second=$(sed 's/.*"lease":"\([0-9a-f]*\)".*/\1/' out)
code 2 "$hox" tell lab@2 y=1 --lease "$first"
says err 'E0805'
code 0 "$hox" tell lab@2 y=0.25 --lease "$second"
[ "$(rows lab --columns worker --where trial=2)" = "$second" ] || fail "who had it: $(rows lab --columns trial,worker)"
code 0 "$hox" doctor hox.db

# no trial: exit 1, and the reason for programs
printf 'x = 1..2\nobjective = maximize y\nsearch = grid\n' >two.hox
code 0 "$hox" ask two.hox --seed 1
code 0 "$hox" ask two
code 1 "$hox" ask two --json
json out
says out '"type":"none","study":"two","why":"done"'
code 2 "$hox" ask nowhere

# an import says one thing of each trial
code 0 "$hox" export lab -o lab.jsonl
grep '"type":"trial.end"' lab.jsonl | head -n 1 | sed 's/"value":[0-9.]*/"value":9/' | cat lab.jsonl - >twice.jsonl
code 2 "$hox" import twice.jsonl --name twice
says err 'line [0-9]*: a trial that has ended before'
sed '/"type":"trial.ask"/d' lab.jsonl >never.jsonl
code 2 "$hox" import never.jsonl --name never
says err 'line [0-9]*: a trial that was never asked'

# reports with a stopping rule
code 0 "$hox" ask lab.hox --name pruned --prune='threshold(bound: 0.5)' --seed 1
code 0 "$hox" report pruned@0 y=0.7 --step 1
code 10 "$hox" report pruned@0 y=0.4 --step 2
code 0 "$hox" tell pruned@0 y=0.4
[ "$(rows pruned --columns state,epochs)" = "pruned	2" ] || fail "not pruned: $(rows pruned)"

# 20 at once: each trial is given once
for i in $(seq 1 20); do "$hox" ask lab --json >ask.$i & done
wait
[ "$(cat ask.* | sed 's/.*"trial":\([0-9]*\),.*/\1/' | sort -u | wc -l)" = 20 ] || fail "20 asked, $(cat ask.* | sed 's/.*"trial":\([0-9]*\),.*/\1/' | sort | uniq -c)"

# a shell script that reports and is told to stop
cat >steps.sh <<'END'
#!/bin/sh
for step in 1 2 3 4 5; do
    hox report acc=$(awk "BEGIN { print $1 / 10 + $step / 100 }") --step $step || exit 0
done
echo survived >"$HOX_DIR/survived"
END
chmod +x steps.sh
code 0 "$hox" search --max acc -n 5 -j 1 -s grid --prune='threshold(bound: 0.35, from: 2)' -p a=1..5 --seed 1 -- ./steps.sh {a}
[ "$(rows steps.sh --columns state | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = ' 2 done; 3 pruned;' ] ||
    fail "2 of 5 are above the bound: $(rows steps.sh --columns trial,state,reason,value)"
[ "$(ls hox.db.d/steps.sh/*/survived | wc -l)" = 2 ] || fail "stopped scripts went on"
[ "$(rows steps.sh --columns state,epochs | grep -c 'pruned	2')" = 3 ] || fail "not stopped at step 2"

# one that only prints is stopped too
cat >prints.sh <<'END'
#!/bin/sh
for step in 1 2 3; do echo "step $step acc 0.$1"; done
[ "$1" -lt 5 ] && exec sleep 100
exit 0
END
chmod +x prints.sh
code 0 "$hox" search --max acc -n 4 -j 2 -s grid --prune='threshold(bound: 0.5)' -p a=4..7 --seed 1 --grace 1s -- ./prints.sh {a}
[ "$(rows prints.sh --columns state | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = ' 3 done; 1 pruned;' ] ||
    fail "the one below the bound is pruned: $(rows prints.sh --columns trial,state,reason,value,detail)"

# trust
cat >run.hox <<'END'
command = "sh -c 'echo ran >>ran; echo score {a}'"
a = 1..3
objective = maximize score
END
code 2 "$hox" search run.hox -n 1
says err 'E0810.*is not trusted'
[ -e ran ] && fail "it ran all the same"
code 0 "$hox" search run.hox -n 1 --allow-run --seed 1
code 2 "$hox" resume run -n 2
says err 'E0810'
code 0 "$hox" trust run.hox
code 0 "$hox" resume run -n 2
echo '# another' >>run.hox
code 2 "$hox" search run.hox -n 3 --name other
says err 'E0810'
[ "$(wc -l <ran)" = 2 ] || fail "it ran $(wc -l <ran) times, not 2"

command -v python3 >/dev/null || finish
export PYTHONPATH=$here/../../bindings/python HOX=$hox
cat >train.py <<'END'
import sys
import hox
a = hox.params()["a"]
assert isinstance(a, int), a
for step in range(1, 6):
    if not hox.report(step, acc=a / 10 + step / 100):
        sys.exit(1)
END
code 0 "$hox" search --max acc -n 5 -j 2 -s grid --prune='threshold(bound: 0.35, from: 2)' -p a=1..5 --params-env --seed 1 -- python3 train.py
[ "$(rows train.py --columns state | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = ' 2 done; 3 pruned;' ] ||
    fail "python: $(rows train.py --columns trial,state,reason,value,detail)"
cat >drive.py <<'END'
import hox
for i in range(5):
    trial = hox.ask("lab.hox", "--name", "py") if i == 0 else hox.ask("py")
    assert trial.report(1, y=0.0)
    trial.tell(y=-(trial.params["x"] - 1) ** 2)
trial = hox.ask("py")
trial.fail("no more")
END
code 0 python3 drive.py
[ "$(rows py --columns state | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = ' 5 done; 1 failed;' ] || fail "python: $(rows py)"

python=""
for one in python3 /usr/bin/python3; do $one -c 'import sklearn' 2>/dev/null && python=$one && break; done
if [ -n "$python" ]; then
    cat >digits.py <<'END'
import sys
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC
x, y = load_digits(return_X_y=True)
print("accuracy", cross_val_score(SVC(C=float(sys.argv[1]), gamma=float(sys.argv[2])), x[:400], y[:400], cv=3).mean())
END
    code 0 "$hox" search --max accuracy -n 5 -j 2 -s random --seed 2 -p c='log 1e-2 .. 1e2' -p g='log 1e-5 .. 1e-1' -- "$python" digits.py {c} {g}
    [ "$(rows digits.py --columns state | grep -c done)" = 5 ] || fail "sklearn: $(rows digits.py)"
else
    echo "scikit-learn is not here: its client was not tested"
fi
finish
