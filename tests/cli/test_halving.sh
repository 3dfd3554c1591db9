#!/bin/sh
# Budgets shared out: trials are paused, go on and are left behind; killed or stopped and resumed is the same as never stopped.
. "$(dirname "$0")/lib.sh"
rows() { "$hox" trials "$@" -f tsv | tail -n +2; }
hash_of() { "$hox" show "$@" --json 2>err | sed 's/.*"log_hash":"\([0-9a-f]*\)".*/\1/'; }
sed 's/^epochs.*/epochs = budget 1..9/' tiny.hox >nine.hox

# one bracket of 9: 9 run 1 epoch, 3 go on to 3, the best to 9
code 0 "$hox" search nine.hox -n 9 -j 1 --seed 3 -s halving --store whole.db -o m.hoxm
[ "$(rows --store whole.db --columns state,epochs | sort | uniq -c | tr -s ' \t' ' ' | tr '\n' ';')" = \
    ' 1 done 9; 6 pruned 1; 2 pruned 3;' ] || fail "not a bracket: $(rows --store whole.db --columns state,epochs)"
whole=$(hash_of --store whole.db)
[ -z "$(find whole.db.d -name '*.hoxc')" ] || fail "a checkpoint is left: $(find whole.db.d)"
# the curve of the one that went on is in one piece, and its model is that of one never stopped
best=$(rows --store whole.db --where state=done --columns trial)
"$hox" show "@$best" --store whole.db --json | grep -q '"curve":\[\([0-9.e-]*,\)\{8\}[0-9.e-]*\]' || fail "the curve has not 9 points"
"$hox" show "@$best" --store whole.db --json | sed 's/.*"seed":"\([0-9]*\)".*/\1/' >seed
"$hox" best --store whole.db -o best.hox 2>err
code 0 "$hox" train best.hox --seed "$(cat seed)" -o again.hoxm
"$hox" predict m.hoxm --test -f tsv 2>err >one
"$hox" predict again.hoxm --test -f tsv 2>err >two
cmp -s one two || fail "paused and gone on predicts otherwise than trained in one piece"

# the model of the best is made again when it is gone
rm -rf whole.db.d
code 0 "$hox" resume --store whole.db -n 9 -o third.hoxm
"$hox" predict third.hoxm --test -f tsv 2>err >three
cmp -s one three || fail "the model that is made again predicts otherwise"

# epochs are counted once: 9 + 3 x 2 + 6 = 21, so 12 leave room for 9 and two more that go on
code 1 "$hox" search nine.hox --epochs 12 -j 1 --seed 3 -s halving --name e
[ "$(rows e --columns epochs | awk '{ n += $1 } END { print n }')" = 13 ] || fail "epochs: $(rows e --columns state,epochs)"
code 0 "$hox" resume e --epochs 21 -o m.hoxm
[ "$(rows e --columns epochs | awk '{ n += $1 } END { print n }')" = 21 ] || fail "epochs: $(rows e --columns state,epochs)"

# killed anywhere and resumed: the same log
"$hox" search nine.hox -n 9 -j 1 --seed 3 -s halving --progress=none >/dev/null 2>&1 &
pid=$!
for wait in 0.2 0.1 0.15 0.05 0.25; do
    sleep $wait
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ -e hox.db ] || continue
    "$hox" search nine.hox -n 9 -j 1 --seed 3 -s halving --progress=none >/dev/null 2>&1 &
    pid=$!
done
wait $pid
[ "$(hash_of nine)" = "$whole" ] || fail "killed and resumed differs from never killed"
code 0 "$hox" doctor hox.db

# Ctrl-C puts a training down in the middle of its epochs; it goes on from there
sed 's/^epochs.*/epochs = 400/' tiny.hox >long.hox
code 0 "$hox" search long.hox -n 1 -j 1 --seed 5 --store long.db -o one.hoxm
"$hox" search long.hox -n 1 -j 1 --seed 5 --progress=json --store cut.db -o two.hoxm >out 2>events &
pid=$!
tries=0
while ! grep -q '"trial.report"' events && [ $tries -lt 300 ]; do
    tries=$((tries + 1))
    sleep 0.02
done
kill -TERM $pid
wait $pid 2>/dev/null
if grep -q '"trial.end"' events && [ "$(rows --store cut.db --columns state)" = cancelled ]; then
    [ -s cut.db.d/long/0/training.hoxc ] || fail "nothing was put down"
fi
code 0 "$hox" resume --store cut.db -o two.hoxm
[ "$(hash_of --store long.db)" = "$(hash_of --store cut.db)" ] || fail "cut off and gone on differs"
[ -z "$(find cut.db.d -name '*.hoxc')" ] || fail "a checkpoint is left"
"$hox" predict one.hoxm --test -f tsv 2>err >one
"$hox" predict two.hoxm --test -f tsv 2>err >two
cmp -s one two || fail "cut off and gone on predicts otherwise"

# a program that keeps its own checkpoints goes on from them; one that knows nothing of them is run again
cat >keeps.sh <<'END2'
#!/bin/sh
at=0
[ "${HOX_RESUMED:-0}" = 1 ] && at=$(cat "$HOX_CHECKPOINT/at")
echo "$HOX_TRIAL $at $HOX_BUDGET" >>runs
while [ "$at" -lt "$HOX_BUDGET" ]; do
    at=$((at + 1))
    echo "step $at acc $(awk "BEGIN { print 1 - ($1 - 3) ^ 2 / 100 - 0.5 / $at }")"
done
echo "$at" >"$HOX_CHECKPOINT/at"
END2
chmod +x keeps.sh
code 0 "$hox" search --max acc -n 4 -j 1 --seed 1 -s 'asha(eta: 2)' --name k -p a='0.0 .. 6.0' -p n='budget 1..4' --params-env -- ./keeps.sh '{a}'
grep -q '^[0-9]* 1 2$' runs || fail "no trial went on from step 1 to 2: $(cat runs)"
grep -q '^[0-9]* 2 4$' runs || fail "no trial went on from step 2 to 4: $(cat runs)"
[ "$(rows k --where state=done --columns epochs)" = 4 ] || fail "none came to the end: $(rows k --columns state,epochs)"
# prints one number, of the budget it was given
code 0 "$hox" search --max acc -n 4 -j 1 --seed 1 -s 'halving(eta: 2)' --name b -p a='0.0 .. 6.0' -p n='budget 1..4' -- sh -c 'echo acc $(awk "BEGIN {{ print $1 / {n} }}")' x '{a}'
[ "$(rows b --columns state,epochs | sort | tr '\n\t' ';:')" = 'done:4;pruned:1;pruned:1;pruned:2;' ] || fail "one number: $(rows b)"

# mistakes
code 2 "$hox" search nine.hox -n 3 -s asha --prune=median --name x
says err 'already'
sed 's/^epochs.*/epochs = 2/' tiny.hox >two.hox
code 2 "$hox" search two.hox -n 3 -s hyperband --name x
says err 'budget'
finish
