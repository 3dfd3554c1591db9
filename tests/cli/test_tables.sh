#!/bin/sh
# Objectives that are looked up: a table somebody measured, a test function (decisions 3.9).
. "$(dirname "$0")/lib.sh"

cat >t.tsv <<'END'
lr	opt	momentum	acc
0.1	sgd	0.9	0.5
0.1	sgd	0.5	0.6
0.01	sgd	0.9	0.7
0.01	sgd	0.5	0.8
0.1	adam		0.55
END
cat >exact.hox <<'END'
objective = table("t.tsv", value: acc, maximize)
lr = 0.1 | 0.01
opt = sgd | adam
momentum = 0.9 | 0.5
END
# Words and numbers find rows; what the table has not is infeasible.
code 0 "$hox" search exact.hox -n 20 -s grid -j 1 --seed 1 -q -f tsv --keep-going
code 0 "$hox" trials exact -f tsv --columns value,reason
[ "$(grep -c infeasible out)" = 4 ] || fail "misses are not infeasible: $(cat out)"
[ "$("$hox" best exact --json | sed 's/.*"value":\([0-9.]*\).*/\1/')" = 0.8 ] || fail "best is not 0.8"

# The file is part of the study: another one of that name is refused.
sed 's/0.8$/0.9/' t.tsv >t2.tsv && mv t2.tsv t.tsv
code 2 "$hox" resume exact -n 20
grep -q "not those" err || fail "another table went unnoticed: $(cat err)"

# A curve up to the budget, at the nearest row; means of columns; codes.
cat >c.tsv <<'END'
x,y,acc1,acc2,acc3
0,0,1,2,3
1,1,4,5,6
END
cat >curve.hox <<'END'
objective = table("c.tsv", value: acc, minimize, nearest)
x = 0.0 .. 0.4
y = 0.0 .. 0.4
epochs = budget 1..2
END
code 0 "$hox" search curve.hox -s random -n 3 --seed 1 -q -f tsv
code 0 "$hox" trials curve -f tsv --columns value,epochs
[ "$(sed 1d out | sort -u)" = "2	2" ] || fail "not the second step of the first row: $(cat out)"
printf 'code\ta\tb\n00\t1\t3\n01\t2\t4\n10\t5\t5\n11\t0\t1\n' >k.tsv
cat >code.hox <<'END'
objective = table("k.tsv", value: [a, b], maximize, code: code)
first = p | q
second = p | q
END
code 0 "$hox" search code.hox -s grid -n 10 --seed 1 -q -f tsv
[ "$(cut -f 3 out | sed 1d)" = 5 ] || fail "the best mean is 5: $(cat out)"

# A column that is not there, a file that is not there.
sed 's/value: acc/value: ac/' exact.hox >bad.hox
code 2 "$hox" search bad.hox -n 1 -q
grep -q "no column ac" err || fail "$(cat err)"
sed 's/t.tsv/u.tsv/' exact.hox >bad.hox
code 3 "$hox" search bad.hox -n 1 -q

# Test functions are spaces that are always there.
code 0 "$hox" search branin -n 30 -s gp --seed 1 -j 1 -q -f tsv --name b
code 0 "$hox" search ackley-7 --print-spec
[ "$(grep -c '^x' out)" = 7 ] || fail "ackley-7 has 7 numbers: $(cat out)"
finish
