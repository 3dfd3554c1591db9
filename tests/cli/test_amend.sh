#!/bin/sh
# A study that goes on with other ranges, constants, choices and budgets (docs/decisions/0014): what was tried stays, what is
# outside is said to be, the change is in the log and goes wherever the log goes.
. "$(dirname "$0")/lib.sh"
rows() { "$hox" trials "$@" -f tsv | tail -n +2; }

cat >t.sh <<'END'
#!/bin/sh
awk "BEGIN { print \"acc\", 1 - ($1 - 0.3) ^ 2 }"
END
chmod +x t.sh
code 0 "$hox" search --max acc -n 6 -j 1 --seed 1 -s random -p lr='0.0 .. 1.0' -p opt='sgd(m: 0.0 .. 0.9) | adam' -- \
    ./t.sh {lr} {opt} [{opt.m}]
rows t.sh --columns trial,value >six

# a range, by hox resume: the old trials stay, and two of them are outside
code 0 "$hox" resume t.sh -p lr='0.2 .. 0.7' -n 10
says err 'amended [45] of 6 trials are sentences of the changed space; the other'
rows t.sh --columns trial,value | head -n 6 | cmp -s - six || fail "old trials changed"
[ "$(rows t.sh --where outside=yes --columns lr | awk '$1 >= 0.2 && $1 <= 0.7' | wc -l)" = 0 ] || fail "outside, and not"
[ "$(rows t.sh --where outside=no --columns lr | awk '$1 < 0.2 || $1 > 0.7' | wc -l)" = 0 ] || fail "not outside, and it is"
[ "$(rows t.sh --columns trial | wc -l)" = 10 ] || fail "the old trials count in the bounds"
code 0 "$hox" show t.sh
says out 'amended after 6 trials: lr: 0.0 .. 1.0 -> 0.2 .. 0.7'
code 0 "$hox" show t.sh --spec
says out '^lr = 0.2 .. 0.7'
code 0 "$hox" show t.sh --json
json out
says out '"amended":\[{"trials":6,"what":"lr: '

# a choice that comes, in front: words, not places, say what a trial was
code 0 "$hox" resume t.sh -p opt='rms | adam | sgd(m: 0.0 .. 0.5)' -n 16
"$hox" show t.sh@2 --command >now
"$hox" show t.sh@1 --command >>now
rows t.sh --where outside=no --columns opt | grep -q rms || fail "the new choice is not taken"
[ "$(rows t.sh --columns opt | sort -u | tr "\n" " ")" = "adam rms sgd " ] || fail "choices are shown as $(rows t.sh --columns opt | sort -u)"
rows t.sh --where opt=sgd --columns opt.m | grep -qv "^0" && fail "a value of a branch is not shown"
for plot in slice importance parallel history; do code 0 "$hox" plot $plot t.sh; done

# all suggestions of all three spaces follow from the log; so do they when it was somewhere else
code 0 "$hox" replay t.sh
says out 'all 16 suggestions are the same'
code 0 "$hox" replay t.sh@1
code 0 "$hox" replay t.sh@15
code 0 "$hox" doctor hox.db
code 0 "$hox" export t.sh -o t.jsonl
code 0 "$hox" import t.jsonl --store other.db
rows t.sh --columns trial,value,lr,opt,outside >here
rows t.sh --columns trial,value,lr,opt,outside --store other.db >there
cmp -s here there || fail "an import is another study"
code 0 "$hox" replay t.sh --store other.db
code 0 "$hox" doctor other.db
code 0 "$hox" resume t.sh -n 18
code 0 "$hox" resume t.sh -n 18 --store other.db --allow-run
[ "$(rows t.sh --columns lr,opt)" = "$(rows t.sh --columns lr,opt --store other.db)" ] || fail "an import goes on in another way"

# a file that was edited is another space, until that is wanted
cat >f.hox <<'END'
x = 0.0 .. 1.0
objective = maximize y
END
for i in 0 1 2 3; do "$hox" ask f.hox --seed 3 -s random -qq; "$hox" tell f@$i y=0.$i; done
sed -i 's/0.0 .. 1.0/0.0 .. 8.0/' f.hox
code 2 "$hox" ask f.hox
says err '--amend with this one'
code 0 "$hox" ask f.hox --amend
code 0 "$hox" ask f.hox
code 0 "$hox" tell f@4 y=1
[ "$(rows f --where outside=yes --columns trial | wc -l)" = 0 ] || fail "a wider range leaves something out"

# what cannot be is said, and nothing is changed
sum=$("$hox" show t.sh --json | sed 's/.*"log_hash":"\([0-9a-f]*\)".*/\1/')
for bad in 'lr=1..5 another.kind' 'lr=2.0..3.0 none.of.its' 'other=1..2 no.rule'; do
    code 2 "$hox" resume t.sh -p "${bad% *}" -n 30
    says err "E0610.*${bad#* }"
done
[ "$("$hox" show t.sh --json | sed 's/.*"log_hash":"\([0-9a-f]*\)".*/\1/')" = "$sum" ] || fail "a change that cannot be changed something"

# a network's constant, and its budget while trials are paused
code 0 "$hox" search tiny.hox -n 2 -j 1 --seed 2
code 0 "$hox" resume tiny -p epochs=1 -n 4
[ "$(rows tiny --columns epochs | tr '\n' ' ')" = "$(rows tiny --columns epochs | head -n 2 | tr '\n' ' ')1 1 " ] ||
    fail "epochs: $(rows tiny --columns epochs)"
code 0 "$hox" best tiny -o best.hox
code 0 "$hox" replay tiny@0
code 0 "$hox" replay tiny@3
sed 's/^epochs.*/epochs = budget 1..9/; s/^search.*/search = halving(eta: 3)/' tiny.hox >halving.hox
code 0 "$hox" search halving.hox -n 5 -j 1 --seed 9
code 0 "$hox" resume halving -p epochs='budget 1..3' -n 8
code 0 "$hox" doctor hox.db
finish
