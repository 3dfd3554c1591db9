#!/bin/sh
# Replays: what was recorded happens again, bit for bit, and where it does not, the first difference is named (P12, P14).
. "$(dirname "$0")/lib.sh"

cat >f.sh <<'END'
#!/bin/sh
awk -v lr="$1" -v w="$2" 'BEGIN { for (i = 1; i <= 4; i++) printf "epoch %d acc %.6f loss %.6f\n", i, 0.9 - (lr - 0.01) ^ 2 - w / 1e4 - 0.4 / i / i, 0.1 / i }'
END
chmod +x f.sh
search() { name=$1; shift; "$hox" search -q --seed 5 --name "$name" "$@" --max acc -p lr='log 1e-4 .. 1e-1' -p width='log 16 .. 256' -- ./f.sh {lr} {width} >/dev/null 2>err || { fail "search $name"; cat err >&2; }; }
# changed NAME SED: study `one` with a changed log, as NAME.
changed() { "$hox" export one | sed "$2" >changed.jsonl; "$hox" import -q changed.jsonl --name "$1" || fail "import $1"; }

search one -n 8 -j 1 --prune=median -s tpe
code 0 "$hox" replay one@0
says out '^one@0   identical: 4 reports and the end'
code 0 "$hox" replay one@3 --json
json out
says out '"verdict":"identical"'
[ ! -e hox.db.d/one/0.replay ] || fail "a replay leaves its folder"
pruned=$("$hox" trials one --where state=pruned -f tsv --columns trial | sed -n 2p)
[ -n "$pruned" ] || fail "no trial was pruned"
code 0 "$hox" replay "one@$pruned"

# P14: an injected difference is found and named.
changed report '/"trial.report","trial":2,.*"step":3/s/"acc\\":0\.8[0-9]*/"acc\\":0.812/'
code 1 "$hox" replay report@2
says out 'different at step 3: acc was 0.812, is 0.8'
changed end '/"trial.end","trial":2,/s/"value":0\.[0-9]*/"value":0.5/'
code 1 "$hox" replay end@2 --json
says out '"verdict":"different".*"what":"value","was":"0.5"'
changed near '/"trial.report","trial":2,.*"step":4/s/\("acc\\":0\.[0-9]*\)/\1000001/'
code 1 "$hox" replay near@2
says out 'the same to 1e-6, not bit for bit; first at step 4: acc'
changed longer '/"trial.report","trial":2,.*"step":4/{p;s/"step":4/"step":5/}'
code 1 "$hox" replay longer@2
says out 'different at step 5: report was there, is not there'
changed shorter '/"trial.report","trial":2,.*"step":4/d'
code 1 "$hox" replay shorter@2
says out 'different at step 4: report was not there'
changed failed '/"trial.end","trial":2,/s/"state":"done"/"state":"failed","reason":"exit"/'
code 1 "$hox" replay failed@2
says out 'different at its end: end was exit, is nothing'

# P12: the same suggestions in the recorded order, with many jobs too; other answers are found.
for s in random tpe gp; do
    search "many-$s" -n 12 -j 3 -s $s
    code 0 "$hox" replay "many-$s"
    says out 'all 12 suggestions are the same'
done
code 0 "$hox" replay --study one@3
changed walk '/"trial.ask","trial":5,/s/"walk":"[^;]*/"walk":"0.0123/'
code 1 "$hox" replay walk
says out 'different at trial 5: walk was 0.0123'
changed seed 's/"seed":"5"/"seed":"6"/'
code 1 "$hox" replay seed --json
says out '"verdict":"different"'
search tried -n 4 -j 1 -s random --try lr=0.01,width=32
code 0 "$hox" replay tried
says out 'all 3 suggestions are the same; 1 were the user'

# Who proposed each trial, and how long that took, is in the log, its export and the table.
code 0 "$hox" trials tried --columns trial,proposed_by,suggest_seconds -f tsv
grep -q "$(printf '\tuser\t')" out && grep -q "$(printf '\trandom\t[0-9.e-]')" out || { fail "nobody proposed"; cat out >&2; }
code 0 "$hox" export tried
says out '"by":"user"'
says out '"by":"random".*"suggest_s":[0-9]'
mv out tried.jsonl
code 0 "$hox" import -q tried.jsonl --name again
"$hox" export again | sed 's/"name":"again"/"name":"tried"/' | cmp -s - tried.jsonl || fail "an import's export is another"

code 2 "$hox" replay one@99
code 2 "$hox" replay none

# networks: the same weights, so the same measures, bit for bit; with two threads as many are taken again
code 0 "$hox" search tiny.hox -n 2 -j 1 --seed 3 -q
code 0 "$hox" replay tiny@0
code 0 "$hox" replay tiny@1
says out 'tiny@1   identical: [1-9][0-9]* reports and the end'
"$hox" export tiny | sed '/"trial.report","trial":1,.*"step":1/s/"accuracy":[0-9.]*/"accuracy":0.123/' >changed.jsonl
code 0 "$hox" import -q changed.jsonl --name other
code 1 "$hox" replay other@1
says out 'different at step 1: accuracy was 0.123'
if [ "$(nproc)" -ge 2 ]; then
    code 0 "$hox" search tiny.hox -n 1 -j 1 --threads 2 --seed 3 -q --name two
    code 0 "$hox" replay two@0
fi
finish
