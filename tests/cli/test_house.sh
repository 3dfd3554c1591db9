#!/bin/sh
# Keeping house: studies, try, retry, rename, rm, stop, export and import, stores of older versions.
. "$(dirname "$0")/lib.sh"
rows() { "$hox" trials "$@" -f tsv | tail -n +2; }
cat >f.sh <<'END'
#!/bin/sh
[ "$1" = 3 ] && exit 1
echo "step 1 acc 0.$1"
END
chmod +x f.sh
search() { code 0 "$hox" search --max acc -j 1 -s random --seed 4 -p a=1..9 -p o='x | y(b: 1..5)' --params-env "$@" -- sh -c './f.sh $HOX_P_a'; }

# known-good points come first, as they were said
search -n 3 --name tried --try a=7,o=y,b=2 --try 'a = 2'
[ "$(rows tried --columns trial,value -n 2)" = "0	0.7
1	0.2" ] || fail "the points were not tried first: $(rows tried)"
code 2 "$hox" search --max acc -n 1 -p a=1..9 --name bad --try a=17 -- ./f.sh {a}
says err '`a` cannot be 17'
code 2 "$hox" search --max acc -n 1 -p a=1..9 --name bad2 --try c=1 -- ./f.sh {a}
says err 'nothing asks about `c`'

# a trial again
code 1 "$hox" search --max acc -j 1 -n 1 --name again --try a=3 -p a=1..9 --params-env -- sh -c './f.sh $HOX_P_a'
[ "$(rows again --columns state)" = failed ] || fail "3 fails: $(rows again)"
code 0 "$hox" retry again@0
says err 'again@0 will be tried again as @1'
sed -i 's/= 3/= 33/' f.sh
code 0 "$hox" resume again -n 2 -j 1
[ "$(rows again --columns trial,state,value)" = "0	failed	
1	done	0.3" ] || fail "not tried again: $(rows again)"

code 0 "$hox" studies
says out '^tried	done	3	3	0\.'
code 0 "$hox" studies --json
json out

# names
code 0 "$hox" rename again other
code 2 "$hox" best again
code 0 "$hox" best other
[ -e hox.db.d/other/1/log ] || fail "the folders did not move along"
code 2 "$hox" rename other tried
says err 'already'
code 2 "$hox" rename other a/b
code 0 "$hox" resume other -n 3 -j 1

# out and in: the same study, that goes on as the first would
code 0 "$hox" export tried -o t.jsonl
json t.jsonl
code 0 "$hox" import t.jsonl --store in.db
code 0 "$hox" doctor in.db
"$hox" export tried --store in.db >back.jsonl
cmp -s t.jsonl back.jsonl || fail "exported again it differs: $(diff t.jsonl back.jsonl | head -n 4)"
code 0 "$hox" resume tried -n 8 -j 1
code 0 "$hox" resume tried -n 8 -j 1 --store in.db
rows tried --columns trial,state,value,network >a
rows tried --store in.db --columns trial,state,value,network >b
cmp -s a b || fail "the imported study goes on differently"
code 2 "$hox" import t.jsonl --store in.db
code 0 "$hox" import t.jsonl --store in.db --name copy
# nothing is half imported, and a store survives bad lines
for bad in 's/"spec":"/&(((/' '2s/.*/{/' 's/"type":"trial.ask","trial":1/"type":"trial.ask","trial":5/' 's/"walk":"[^"]*"/"walk":"77"/' '1d'; do
    sed "$bad" t.jsonl >bad.jsonl
    code 2 "$hox" import bad.jsonl --store in.db --name bad
    code 0 "$hox" doctor in.db
done
[ "$("$hox" studies in.db -f tsv | tail -n +2 | cut -f 1 | sort | tr '\n' ' ')" = 'copy tried ' ] || fail "left behind: $("$hox" studies in.db)"
head -c 3000 /dev/urandom >noise
code 2 "$hox" import noise --store in.db

# away
code 2 "$hox" rm tried
says err 'nobody is here to be asked'
code 0 "$hox" rm tried --dry-run
code 0 "$hox" best tried
code 0 "$hox" rm tried -y
code 2 "$hox" best tried
code 0 "$hox" doctor hox.db
code 0 "$hox" best other
[ -e hox.db.d/tried ] && fail "its folders are still there"

# stopped from outside
"$hox" search --max acc -n 50 -j 1 -p a=1..9 --params-env --name long -- sh -c 'sleep 0.1; echo acc 1' >out 2>err &
pid=$!
for i in $(seq 100); do [ "$("$hox" trials long -f tsv 2>/dev/null | wc -l)" -gt 2 ] && break; sleep 0.05; done
code 0 "$hox" stop long
wait $pid
[ $? = 143 ] || fail "it did not end by SIGTERM"
code 2 "$hox" stop long
says err 'no process of this machine'
code 0 "$hox" doctor hox.db

# what a program left to see
code 0 "$hox" show other@1
says out '^command sh -c'
code 0 "$hox" show other@1 --log
says out '^step 1 acc 0.3$'
code 0 "$hox" show other@1 --command
says out '^sh -c '

# a store of version 1: brought up to date, with a copy kept
cp "$here"/data/v1.db old.db
code 0 "$hox" trials --store old.db -f tsv
[ "$(tail -n +2 out | cut -f 1-2)" = "0	done
1	done" ] || fail "the old trials are not there: $(cat out)"
cmp -s "$here"/data/v1.db old.db.v1 || fail "no copy was kept, or another"
code 0 "$hox" doctor old.db
code 0 "$hox" resume --store old.db -n 3 -j 1
says err '2 trials are safe'
finish
