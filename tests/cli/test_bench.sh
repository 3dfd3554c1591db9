#!/bin/sh
# Strategies side by side: hox bench makes the studies, hox compare says what they show.
. "$(dirname "$0")/lib.sh"

code 0 "$hox" bench sphere-2 -s 'random,again=random,best=cmaes(sigma: 0.2)' -n 40 --repeats 7 -q -f tsv
says out '^random	7	40	'
[ "$(wc -l <out)" = 4 ] || fail "a header and three groups: $(cat out)"
code 0 "$hox" studies -f tsv
[ "$(grep -c '^sphere-2+' out)" = 21 ] || fail "21 studies"
says out '^sphere-2+best+7	done	40'

# The mean of a group is the mean of its studies' bests.
for seed in 1 2 3 4 5 6 7; do
    "$hox" best sphere-2+random+$seed --json | sed 's/.*"value":\([-0-9.e]*\).*/\1/'
done >bests
"$hox" compare sphere-2 -f tsv | awk -F '\t' '$1 == "random" { print $4 }' >mean
awk 'NR == FNR { want = $1; next } { sum += $1 }
     END { d = sum / FNR - want; exit !(d * d < 1e-12 * want * want && FNR == 7) }' mean bests ||
    fail "mean $(cat mean) of $(cat bests)"

# The same under two names is not different; the better one is better, and both directions say so.
code 0 "$hox" compare sphere-2/random sphere-2/again -f tsv --show pairs --fail-if different
says out '^random	again	7	0	0	0	0	0	1	1	1	0.5	no difference shown$'
code 1 "$hox" compare sphere-2/random sphere-2/best -f tsv --show pairs --fail-if better
says out '^random	best	7	7	0	-.*	better$'
code 1 "$hox" compare sphere-2/best sphere-2/random -f tsv --show pairs --fail-if worse
says out '^best	random	7	0	7	[0-9].*	worse$'
code 0 "$hox" compare sphere-2/best sphere-2/random --fail-if better -q
code 0 "$hox" compare sphere-2/random sphere-2/best -f table
says out 'verdict  best is better than random on this space at 40 trials'
says out '^7 seed pairs, 40 trials each, value (minimize)$'

# Twice the trials: at 20 trials each the second is where the first is at 40.
code 0 "$hox" bench sphere-2 -s 'random,random*2' -n 20 --repeats 7 -q -f tsv --show anytime
code 0 "$hox" studies -f tsv
says out '^sphere-2+random\*2+3	done	40'
"$hox" compare sphere-2/random -f tsv | cut -f 4 | tail -n 1 >forty
"$hox" compare 'sphere-2/random*2' -f tsv | cut -f 4 | tail -n 1 >twenty
cmp -s forty twenty || fail "twice 20 trials are 40: $(cat twenty), $(cat forty)"

# A study that is named twice counts once.
code 0 "$hox" compare sphere-2/random sphere-2 sphere-2+again+1 -f tsv
says out '^random	7	20	'
says out '^again	7	20	'

# Few pairs are said to be few; studies of other seeds are paired by chance, and that is said.
code 0 "$hox" compare sphere-2+random+1 sphere-2+best+1 -f table
says out 'too few pairs to say'
code 0 "$hox" search branin -n 5 --seed 11 -s random --name one -q
code 0 "$hox" search branin -n 5 --seed 12 -s random --name two -q
code 0 "$hox" compare one two -f table
says out 'no two studies share a seed'

# Several problems: regrets, ranks; what is there is not done again.
code 0 "$hox" bench sphere-2 levy-2 mixed -s 'random,again=random,best=cmaes(sigma: 0.2)' -n 12 --repeats 6 -f table
says out 'regret over 3 problems'
says out 'Friedman chi2'
says out 'posterior of worse, within 1 %, better'
code 0 "$hox" bench sphere-2 levy-2 mixed -s 'random,again=random,best=cmaes(sigma: 0.2)' -n 12 --repeats 6 --json
json out
code 0 "$hox" compare sphere-2 levy-2 -f tsv --show problems
[ "$(grep -c '	10	' out)" -ge 6 ] || fail "a reading for each problem and group: $(cat out)"

# Mistakes.
code 2 "$hox" bench sphere-2 -s random
code 2 "$hox" bench sphere-2 -s rendom -n 5
says err 'did you mean `random`'
code 2 "$hox" bench sphere-2 -s 'random*0' -n 5
says err '`random\*0` has no trials'
code 2 "$hox" bench sphere-2 -s bohb -n 5 # a scheme, for spaces with a budget
says err 'shares out a budget, and the space has none'
code 2 "$hox" bench sphere-2 -s random,random -n 5
code 2 "$hox" bench nothing-here.hox -n 5
code 2 "$hox" compare nothing
code 2 "$hox" compare --store none.db
finish
