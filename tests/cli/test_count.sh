#!/bin/sh
# hox count, sample --prior --stats --dedup, and the share of legal walks in check.
. "$(dirname "$0")/lib.sh"
printf 'use nn\nnet = (relu | tanh){1..3}\n' >a.hox
code 0 "$hox" count a.hox -f table
says out '^a.hox: 14 sentences, exactly$'
code 0 "$hox" count a.hox
says out '^a.hox	14	yes	'
code 0 "$hox" count a.hox --json
json out
says out '"exact":true,"count":"14"'
code 0 "$hox" count a.hox --work 1 -f table
says out 'about 14 sentences (95 %'
says err 'not counted exactly: it has too many states'
printf 'use nn\nnet = (relu | tanh){200}\n' >b.hox
code 0 "$hox" count b.hox -f table
says out '^b.hox: 1.606e60 sentences, exactly$'
code 0 "$hox" count b.hox --json
says out '"count":"1606938044258990275541962092341162602522202993782792835301376"'
printf 'use nn\nnet = relu @2 | relu net\n' >c.hox
code 0 "$hox" count c.hox -f table
says out 'infinitely many'
code 2 "$hox" sample c.hox --prior sentences
says err 'cannot be counted'

# every sentence once, and then it is dry
code 0 "$hox" sample a.hox -n 100 --dedup --stats --seed 1
[ "$(grep -c '^net' out)" = 14 ] || fail "$(grep -c '^net' out) different sentences, not 14"
says err 'only 14 different'
says err '^walks .* 100 % were legal'
code 0 "$hox" sample a.hox -n 1400 --prior sentences --seed 1 -q
short=$(grep -c '^net = [a-z]*$' out)
[ "$short" -gt 140 ] && [ "$short" -lt 260 ] || fail "2 of 14 sentences have one layer, drawn $short times of 1400"

printf 'use nn\nnet = dense(3)\nbatch = 1..100\nrequire batch == 50\n' >d.hox
code 0 "$hox" check d.hox
says err 'W0305'
says err 'd.hox:4:9'
code 1 "$hox" check -W d.hox
finish
