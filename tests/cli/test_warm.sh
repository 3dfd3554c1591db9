#!/bin/sh
# --warm: a study begins with what an earlier one found, and remembers it by itself.
. "$(dirname "$0")/lib.sh"
code 0 "$hox" search branin -n 60 --seed 1 -s gp -j 1 --name old -q
old=$("$hox" best old --json | sed 's/.*"value":\([-0-9.e]*\).*/\1/')

# The best old trial is the second one here, whatever the strategy.
code 0 "$hox" search branin -n 2 --seed 2 -s random -j 1 --name new --warm old -f tsv
says err '^warm    old: 60 of 60 finished trials'
new=$("$hox" trials new -f tsv --where trial=1 --columns value | tail -n 1)
[ "$old" = "$new" ] || fail "the second trial is $new, the best old one is $old"

# Resumed, in any pieces, it is the study that was never cut off; the old one may be gone.
code 0 "$hox" rm old -y
code 0 "$hox" resume new -n 12 -j 1 -q
code 0 "$hox" resume new -n 30 -j 1 -q
"$hox" trials new -f tsv --columns trial,value,walk >pieces
code 0 "$hox" search branin -n 60 --seed 1 -s gp -j 1 --name old -q --store whole.db
code 0 "$hox" search branin -n 30 --seed 2 -s random -j 1 --name new --warm old -q --store whole.db
"$hox" trials new -f tsv --columns trial,value,walk --store whole.db >whole
diff pieces whole || fail "resumed differs from never cut off"
code 0 "$hox" doctor -q

# From another store, into a space that has one parameter more and a narrower range.
code 0 "$hox" search branin --print-spec
{ sed 's/^x1 = .*/x1 = -4.0 .. 10.0/' out; echo 'colour = red | green'; } >more.hox
code 0 "$hox" search more.hox -n 3 --seed 3 -j 1 --warm whole.db:old -f tsv
says err '^warm    whole.db:old: 5[0-9] of 60 finished trials are sentences of this space; the best are'

# What cannot be.
code 2 "$hox" search branin -n 3 --seed 3 --name none --warm nothing -q
code 2 "$hox" search more.hox -n 9 --warm whole.db:old -q
code 2 "$hox" search mixed -n 3 --seed 3 --name none --warm whole.db:old -q
finish
