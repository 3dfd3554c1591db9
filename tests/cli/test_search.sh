#!/bin/sh
# From a space to a model that predicts: search, best, check, train, predict, sample, trials, show on the data set `tiny`.
. "$(dirname "$0")/lib.sh"

code 0 "$hox" search tiny.hox -n 6 -j 2 --seed 1
says err 'study tiny (new) in hox.db . seed 1 . 2 jobs'
says err 'the test set is read once'
says err 'best    .*validation .* (best of [0-9]*)   test 0\.[0-9]* +/- 0\.'
says out '^study	trial	value	best_of	test'
[ -s tiny.hoxm ] || fail "no model was saved"
test_accuracy=$(awk -F'\t' 'NR == 2 { printf "%.4f", $5 }' out)

# the model gives the accuracy that was printed
code 0 "$hox" predict tiny.hoxm --test
says err "accuracy $test_accuracy .*on 60 images"
says out '^class	n	recall	standard_error	as_'
[ "$(wc -l <out)" = 5 ] || fail "a confusion matrix of 3 classes has 5 lines"
code 0 "$hox" predict tiny.hoxm --test --json
json out
says out '"confusion":\[\['
code 0 "$hox" predict tiny.hoxm "$HOX_DATA/tiny/t10k-images-idx3-ubyte"
says out '^image	label	probability	p_0	p_1	p_2$'
[ "$(wc -l <out)" = 61 ] || fail "60 images give 60 rows and a header"
cp "$HOX_DATA/tiny/t10k-images-idx3-ubyte" more
code 0 "$hox" predict tiny.hoxm "$HOX_DATA/tiny/t10k-images-idx3-ubyte" more
[ "$(wc -l <out)" = 121 ] || fail "two files give one table"
[ "$(cut -f 2 out | tail -n 60 | sort -u)" = more ] || fail "which file is it? $(tail -n 1 out)"
code 0 "$hox" predict tiny.hoxm "$HOX_DATA/tiny/t10k-images-idx3-ubyte" --labels "$HOX_DATA/tiny/t10k-labels-idx1-ubyte"
says err "accuracy $test_accuracy "

# what other programs read
code 0 "$hox" best --json
json out
for key in '"v":1' '"type":"trial"' '"study":"tiny"' '"trial":' '"value":' '"sentence":' '"best_of":'; do
    says out "$key"
done
code 0 "$hox" trials -f tsv
says out '^trial	state	value	'
[ "$(wc -l <out)" = 7 ] || fail "6 trials give 7 lines"
code 0 "$hox" trials --json
json out
code 0 "$hox" trials -f tsv --sort=-value --where state=done --columns trial,value,lr -n 2
says out '^trial	value	lr$'
[ "$(wc -l <out)" = 3 ] || fail "-n 2 gives 3 lines"
awk -F'\t' 'NR == 2 { a = $2 } NR == 3 && $2 > a { exit 1 }' out || fail "--sort=-value does not descend"
[ "$("$hox" trials -f tsv --sort=-value -n 1 --columns trial | tail -n 1)" = \
  "$("$hox" best -f tsv | awk -F'\t' 'NR == 2 { print $2 }')" ] || fail "the best is not the first of the sorted"
code 0 "$hox" trials -f csv --columns all
code 0 "$hox" trials -f tsv --where 'value>2'
[ "$(wc -l <out)" = 1 ] || fail "no accuracy is above 2"
code 2 "$hox" trials --where 'value'
says err 'is not a comparison'

# the sentence as a file
code 0 "$hox" best -o best.hox
code 0 "$hox" check best.hox
says out '^best.hox: 1 sentence$'
code 0 "$hox" train best.hox --seed 5
says err 'epoch 1 / '
says out '^model	seed	validation	test'
trained=$(awk -F'\t' 'NR == 2 { printf "%.4f", $4 }' out)
code 0 "$hox" predict best.hoxm --test
says err "accuracy $trained "
code 0 "$hox" train best.hox --seed 5 -o again.hoxm
[ "$(awk -F'\t' 'NR == 2 { printf "%.4f", $4 }' out)" = "$trained" ] || fail "the same seed trains another network"
code 0 "$hox" train best.hox --refit --epochs 1 --seed 1 -o refit.hoxm --json
json out

# the trial again, from its record: the same value
code 0 "$hox" show @best --command
says out '^hox train --from tiny@[0-9]*$'
value=$("$hox" best -f tsv | awk -F'\t' 'NR == 2 { print $3 }')
again=$("$hox" train --from tiny@best -o from.hoxm 2>err | awk -F'\t' 'NR == 2 { print $3 }')
[ "$value" = "$again" ] || fail "trained from the record: $again, not $value"

# looking at it
code 0 "$hox" show
says out '^trials  6: '
code 0 "$hox" show --json
json out
code 0 "$hox" show @best
says out '^input .*8x8x1'
says out '^dense.* 3 '
code 0 "$hox" show @best --json
json out
code 0 "$hox" show tiny@best --dot
says out '^digraph'
code 0 "$hox" show tiny.hoxm
says out '^tiny.hoxm: 8x8x1 to 3 classes'
code 0 "$hox" show hox.db
says out '^tiny	'
code 2 "$hox" show tiny@999
code 2 "$hox" best nothing

# the same name again: the same space goes on, another space does not
code 0 "$hox" search tiny.hox -n 7 -j 1
says err 'study tiny (continued)'
says err 'reading 2'
sed 's/batch = 16 | 32/batch = 16/' tiny.hox >other.hox
code 2 "$hox" search other.hox -n 7 --name tiny
says err 'error\[E0606\]'
says err '= help: .*--name'
code 0 "$hox" search other.hox -n 2 -j 1 --name other -q
[ -s err ] && fail "-q says: $(cat err)"
code 0 "$hox" best tiny -qq
[ -s out ] && fail "-qq prints"

# samples: each parses back to one sentence
code 0 "$hox" sample tiny.hox -n 20 --seed 3 -o some
[ "$(ls some | wc -l)" = 20 ] || fail "20 samples make 20 files"
for file in some/*.hox; do
    "$hox" check "$file" >out 2>err || { fail "$file: $(head -n 3 err)"; break; }
    says out ': 1 sentence$'
done
code 0 "$hox" sample tiny.hox -n 3 --seed 3 --json
json out
"$hox" sample tiny.hox -n 3 --seed 3 >a && "$hox" sample tiny.hox -n 3 --seed 3 >b && cmp -s a b || fail "sample: a seed, two results"
[ "$(grep -c '^# sentence' a)" = 3 ] || fail "3 sentences have 3 heads"
code 0 "$hox" sample sentence.hox -n 5 --dedup --seed 1
[ "$(grep -c '^# sentence' out)" = 1 ] || fail "a sentence has one sample without repeats"

# A dry run reads the strategy as the run would: its settings, and the names of rules.
code 2 "$hox" search tiny.hox -s 'evolution(populatio: 4)' --dry-run --seed 1
grep -q 'did you mean `population`' err || fail "a dry run takes any setting"
code 0 "$hox" search tiny.hox -s bohb --dry-run --seed 1
grep -q '^search  kde' err || fail "a dry run of bohb names another sampler"
finish
