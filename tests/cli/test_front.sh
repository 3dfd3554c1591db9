#!/bin/sh
# A study with two goals whose front and hypervolume are known.
. "$(dirname "$0")/lib.sh"

# (a, b) = (1, 3) (3, 2) (2, 1), a large and b small; the worst of each are 1 and 3. Above (1, -3) the second covers 2 x 1 and
# the third 1 x 2, of which they share 1: 3 in all. (5, 0) would be best, but breaks its bounds.
{
    printf '%s\n' '{"v":1,"type":"study","name":"two","spec_name":"two.hox","spec":"lr = 1 .. 9\nobjective = maximize a minimize b below(c: 1)\n","spec_hash":"","objective":"maximize a minimize b","maximize":true,"strategy":"random(prior: branches)","allocator":"","data_hash":"","seed":"7","no_default":false}'
    i=0
    for t in "1 3 0" "3 2 0" "2 1 0" "5 0 1"; do
        set -- $t
        printf '%s\n' "{\"type\":\"trial.ask\",\"trial\":$i,\"walk\":\"$((i + 1))\",\"key\":\"$i\",\"seed\":\"1\",\"repeat_of\":-1}"
        printf '%s\n' "{\"type\":\"trial.start\",\"trial\":$i}"
        printf '%s\n' "{\"type\":\"trial.end\",\"trial\":$i,\"state\":\"done\",\"value\":$1,\"scores\":\"[$1,$2]\",\"violation\":$3,\"metrics\":\"{\\\"a\\\":$1,\\\"b\\\":$2}\"}"
        i=$((i + 1))
    done
} >two.jsonl
code 0 "$hox" import -q two.jsonl
code 0 "$hox" best two -f tsv
says err '^2 of 4 trials are beaten by none'
says err '^hypervolume 3 over the worst of all (a 1, b 3)'
[ "$(wc -l <out)" = 3 ] || fail "two trials and a head make three lines"
code 0 "$hox" trials two -f table
says err '^hypervolume 3 '
says out '^ *trial  state  a  b '
code 0 "$hox" plot pareto two -f table
says out 'hypervolume 3 over'
code 0 "$hox" plot pareto two -f tsv
[ "$(cut -f 2 out | grep -c yes)" = 2 ] || fail "two trials are on the front"

# The end of a search names all goals.
cat >two.sh <<'END'
#!/bin/sh
echo "a $1 b $1"
END
chmod +x two.sh
code 0 "$hox" search --max a --min b -n 4 -j 1 --seed 1 --name run -p x='1 .. 4' -- ./two.sh {x}
says err '^front   4 of 4 trials'
says err 'hypervolume 3 over the worst of all (a 1, b 4)'
says err '@0   a 2, b 2'
code 0 "$hox" search --max a --min b -n 4 -j 1 --seed 1 --name json --json -p x='1 .. 4' -- ./two.sh {x}
json out
tail -n 1 out | grep -q '"hypervolume":3,"reference":{"a":1,"b":4}' || fail "the result names no hypervolume"

# What breaks a bound is never called the best, not while the search runs either.
code 0 "$hox" search --max a --bound 'b <= 3' -n 4 -j 1 --seed 1 --name bounded --progress line -p x='1 .. 4' -s grid -- ./two.sh {x}
says err '^4 trials, best 3.0000 @\|best 3.0000 @'
grep -q 'best 4' err && fail "a trial outside of its bound was shown as the best"
finish
