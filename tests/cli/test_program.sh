#!/bin/sh
# Programs as objectives: values in, metrics out, mistakes said before or at the first trial.
. "$(dirname "$0")/lib.sh"

# rows: the trials as tab-separated values, without the header
rows() { "$hox" trials "$@" -f tsv | tail -n +2; }

cat >curve.sh <<'END'
#!/bin/sh
# curve.sh A B: a quadratic with its best at a = 3, better with every step
for step in 1 2 3; do
    echo "step $step loss $(awk "BEGIN { print 2 - $step / 10 }") acc $(awk "BEGIN { print 1 - ($1 - 3) ^ 2 / 100 + $step / 1000 }")"
done
END
chmod +x curve.sh

# three lines of the user's, nothing else
code 0 "$hox" search --max acc -n 6 -j 2 --seed 1 -p a=1..6 -p b='x | y' -- ./curve.sh {a} {b}
says err 'study curve.sh (new)'
says out '^study	trial	value	best_of	metric	command'
says out '^curve.sh	[0-9]*	[01]\.[0-9]*	6	acc	./curve.sh [0-9] [xy]$'
[ "$(rows | awk -F'\t' '$2 == "done"' | wc -l)" = 6 ] || fail "6 trials were not done: $(rows)"
[ "$(cat hox.db.d/curve.sh/0/log | wc -l)" = 3 ] || fail "the log has not the 3 lines of the output"
code 0 "$hox" search --max acc -n 6 --seed 1 -p a=1..6 -p b='x | y' --print-spec -- ./curve.sh {a} {b}
mv out spec.hox
code 0 "$hox" check spec.hox
says out 'spec.hox: '

# the same study again goes on; the same file and seed give the same trials
code 0 "$hox" search --max acc -n 6 -j 1 --seed 1 -p a=1..6 -p b='x | y' --store s1.db -- ./curve.sh {a} {b}
code 0 "$hox" search --max acc -n 3 -j 1 --seed 1 -p a=1..6 -p b='x | y' --store s2.db -- ./curve.sh {a} {b}
code 0 "$hox" resume -n 6 -j 1 --store s2.db
rows --store s1.db --columns trial,state,value,network >a
rows --store s2.db --columns trial,state,value,network >b
cmp -s a b || fail "a resumed study differs: $(diff a b)"

# goals: small ones, reductions, several
code 0 "$hox" search --min loss --reduce mean:2 -n 1 -s random --no-default -p a=3..3 -p c=1..2 --name mean -- ./curve.sh {a} {c}
[ "$(rows mean --columns value)" = 1.75 ] || fail "the mean of the last two losses is 1.75: $(rows mean)"
code 0 "$hox" search --max acc --reduce best -n 1 -p a=3..3 -p c=1..2 --name best -- ./curve.sh {a} {c}
[ "$(rows best --columns value)" = 1.003 ] || fail "the best accuracy is 1.003: $(rows best)"

# several goals and a bound: a = 4 is cheapest, 6 the best that is not too large; 5 lies between
code 0 "$hox" search --max acc --min cost --bound 'size <= 6' -n 9 -j 2 -s grid -p a='1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9' --params-env --name front -- \
    sh -c 'echo acc 0.$HOX_P_a cost $(((HOX_P_a - 4) * (HOX_P_a - 4))) size $HOX_P_a'
code 0 "$hox" best front -f tsv
[ "$(tail -n +2 out | cut -f 2-)" = "0.4	0	a=4
0.5	1	a=5
0.6	4	a=6" ] || fail "the Pareto set is not 4, 5, 6: $(cat out)"
code 0 "$hox" best front@pareto --json
json out
says err '3 of 9 trials are beaten by none'

# metrics: patterns, JSON, files, the process itself
cat >many.sh <<'END'
#!/bin/sh
printf '{"step":1,"val":{"acc":0.25}}\n{"step":2,"val":{"acc":0.5}}\n'
echo "top-1 = 70.5%"
printf 'epoch,score\n1,10\n2,20\n' >"$HOX_DIR/log.csv"
echo '{"a":{"b":42}}' >"$HOX_DIR/m.json"
exit ${1:-0}
END
chmod +x many.sh
metric() { # metric EXPECTED SPEC [ARG]
    rm -rf m.db*
    code 0 "$hox" search --max x --metric "x=$2" -n 1 -p k=1..2 --params-env --store m.db -- ./many.sh "${3:-0}"
    [ "$(rows --store m.db --columns value)" = "$1" ] || fail "$2 gives $(rows --store m.db), not $1"
}
metric 0.5 json:val.acc
metric 70.5 're:top-1 = (?<value>[0-9.]+)%'
metric 20 file:log.csv#score
metric 42 file:m.json#a.b
metric 3 exit 3
rm -rf m.db*
code 0 "$hox" search --min t --metric t=time -n 1 -p k=1..2 --params-env --store m.db -- sleep 0.1
rows --store m.db --columns value | awk '{ exit !($1 >= 0.1 && $1 < 5) }' || fail "time: $(rows --store m.db)"
code 2 "$hox" search --max x --metric 'x=re:(' -n 1 -p k=1..2 --params-env -- ./many.sh
says err 'E0808'
code 2 "$hox" search --max x --metric 'x=rex:(' -n 1 -p k=1..2 --params-env -- ./many.sh
says err 'E0808'

# all ways in: words, environment, JSON on standard input, templates; values are never read by a shell
cat >echo.sh <<'END'
#!/bin/sh
{ printf '%s|' "$@"; echo; echo "$HOX_P_lr $HOX_P_opt $HOX_P_opt_beta $HOX_TRIAL $HOX_STUDY $HOX_SEED"; cat; cat "$HOX_DIR/conf"; } >seen
echo score 1
END
chmod +x echo.sh
echo 'rate: {lr:.2f} of {opt}' >conf.in
cat >ways.hox <<'END'
command = "./echo.sh --lr={lr:.3f} [--beta {opt.beta}] [--none {opt.gamma}] '{word} x' {{lr}} [ -f ] {parts...} t{trial}"
          template("conf.in", "conf") params("-")
lr = 0.125
opt = sgd(beta: 0.5) | sgd(gamma: 2) | sgd(beta: 0.5)
word = "a b;$(touch bad)"
parts = p 3 q
objective = maximize score
END
code 0 "$hox" search ways.hox -n 1 --seed 5 --allow-run
says seen '^--lr=0.125|--beta|0.5|a b;\$(touch bad) x|{lr}|\[|-f|\]|p|3|q|t0|$'
says seen '^0.125 sgd 0.5 0 ways [0-9]*$'
says seen '"opt":"sgd","opt.beta":0.5'
says seen '^rate: 0.12 of sgd'
[ -e bad ] && fail "a value was read by a shell"

# mistakes
code 2 "$hox" search --max acc -n 1 -p lr=0..1 --name lrr -- ./curve.sh {lrr} 1
says err 'E0806.*there is no rule `lrr`'
says err 'did you mean `{lr}`'
code 2 "$hox" search --max acc -n 1 -p lr=1..2 -p layers=1..3 --name l -- ./curve.sh {lr} 1
says err 'E0809.*never learns `layers`'
code 2 "$hox" search --max acc -n 1 -p opt='a | b(c: 1..3)' --name o -- ./curve.sh {opt} {opt.c}
says err 'E0806.*`{opt.c}` is absent'
code 2 "$hox" search --max acc -n 1 -p lr=1..2 --name n -- ./nothing {lr}
says err 'E0807.*no such program'
code 2 "$hox" search --max acc -n 1 -p 'lr=log 1e-4 ... 1' --name n -- ./curve.sh {lr}
says err '\-p lr:1:'
code 2 "$hox" search -n 1 -p lr=1..2 --name n -- ./curve.sh {lr} 1
says err '\-\-max acc'
code 2 "$hox" search --max acc -n 1
code 2 "$hox" search --max acc -n 1 -p lr=1..2 --name n -- ./curve.sh "{lr:%s}" 1
says err 'not a format'

# `hox check` finds in a file what a search of it refuses, at its place; whether the program is there is not its business
check() { # check EXIT EXPECTED COMMAND RULE...: EXPECTED is in the message of check, and its code in that of search
    ends=$1 said=$2 command=$3
    shift 3
    { printf 'command = %s\n' "$command"; printf '%s\n' "$@"; } >check.hox
    [ $ends = 0 ] || { code 2 "$hox" search check.hox -n 1 --allow-run --name check; says err "${said%%.*}"; }
    code $ends "$hox" check check.hox
    [ -z "$said" ] && [ ! -s err ] || says err "$said"
}
aim='objective = maximize acc'
check 2 'E0806.*there is no rule `lrr`' '"./curve.sh {lr} {lrr:.3g}" params("env")' 'lr = 1..2' "$aim"
says err 'check.hox:1:28'
says err 'did you mean `{lr}`'
check 2 'E0806.*`{opt.c}` is absent' '"./curve.sh {opt} {opt.c}"' 'opt = a | b(c: 1..3)' "$aim"
says err 'check.hox:1:29'
check 2 'E0809.*never learns `layers`' '"./curve.sh {lr}"' 'lr = 1..2' 'layers = 1..3' "$aim"
check 2 'E0806.*quote open' "\"./curve.sh '{lr}\"" 'lr = 1..2' "$aim"
check 2 'E0808' '"./curve.sh {lr}" metric(acc: "rex:(")' 'lr = 1..2' "$aim"
check 0 '' '"./nothing {lr}"' 'lr = 1..2 # and --max acc'
check 0 'W0806.*conf' '"./curve.sh {lr}" template("conf.not", "conf")' 'lr = 1..2' "$aim"

# nothing measured: the first trial says what was seen instead
code 1 "$hox" search --max accuracy -n 5 -j 1 -p a=1..6 --name seen -- ./curve.sh {a} 1
says err 'loss 3 times, acc 3 times.*did you mean `acc`'
[ "$(rows seen | wc -l)" = 1 ] || fail "more than one trial was tried: $(rows seen)"

# a metric may be called as a parameter is, or as a word of `objective`
for name in lr best of; do
    code 0 "$hox" search --min $name -p lr=1..3 -n 2 --seed 1 --name "called-$name" --store n.db -- echo "$name=7" {lr}
    [ "$("$hox" best "called-$name" --store n.db -f tsv 2>err | sed -n '2s/^[^	]*	[^	]*	\([^	]*\).*/\1/p')" = 7 ] || fail "a metric called $name"
done

# ends of every kind
ends() { # ends STATE REASON DETAIL COMMAND...
    want="$1	$2" detail=$3
    shift 3
    rm -rf e.db*
    "$hox" search --max acc -n 1 -j 1 -p k=1..2 --params-env --store e.db --grace 200ms "$@" >out 2>err
    [ "$(rows --store e.db --columns state,reason)" = "$want" ] || fail "$*: $(rows --store e.db), not $want"
    rows --store e.db --columns detail | grep -q "$detail" || fail "$*: $(rows --store e.db --columns detail), not $detail"
}
ends failed exit 'exit 3: what went wrong' -- sh -c 'echo acc=1; echo what went wrong >&2; exit 3'
ends failed nan 'acc is nan at step 2' -- sh -c 'echo acc=1; echo acc: nan; sleep 20'
ends failed nan 'infinite' -- sh -c 'echo acc=-inf; sleep 20'
ends failed signal 'signal 11' -- sh -c 'kill -SEGV $$'
ends failed output 'acc. was not found' -- true
ends failed timeout 'time-out' --timeout 300ms -- sleep 20
ends failed timeout 'processor time' --cpu 200ms -- sh -c 'while :; do :; done'
ends done '' '' -- sh -c 'printf "acc 0.5"'
ends done '' '' -- sh -c 'i=0; while [ $i -lt 3000 ]; do echo "a long line that says nothing at all $i ........................................................................................."; i=$((i+1)); done; echo acc 1'
[ "$(wc -c <e.db.d/sh/0/log)" -lt 270000 ] || fail "the log is not bounded: $(wc -c <e.db.d/sh/0/log)"
tail -n 1 e.db.d/sh/0/log | grep -q 'acc 1' || fail "the log has lost the end"
grep -q 'bytes are left out' e.db.d/sh/0/log || fail "the log does not say what it lost"
command -v python3 >/dev/null && ends failed memory 'MiB' --memory 60M -- python3 -c 'x = bytearray(200000000); import time; time.sleep(20)'

# nothing stays: one that ignores SIGTERM, and one that forks away from session and parent
ends failed timeout 'time-out' --timeout 300ms -- sh -c 'trap "" TERM; sleep 777'
ends done '' '' -- sh -c 'setsid sh -c "(trap \"\" TERM; sleep 778) &" & echo acc 1'
sleep 0.2
ps -eo args | grep -E '^sleep 77[78]$' && fail "processes were left behind"
finish
