#!/bin/sh
# hox fmt: in place, from standard input, --check; what it wrote it would not change again; what does not parse stays; all that is
# shipped is laid out so.
. "$(dirname "$0")/lib.sh"

printf '# above\nuse nn\nnet=dense( classes )# behind\n' >a.hox
code 1 "$hox" fmt --check a.hox
[ "$(cat out)" = a.hox ] || fail "--check names the file"
says a.hox '^net=dense'
code 0 "$hox" fmt a.hox
printf '# above\nuse nn\nnet = dense(classes)  # behind\n' | cmp -s - a.hox || fail "a.hox is not as it should be"
code 0 "$hox" fmt --check a.hox
[ -s out ] && fail "--check of a canonical file says something"

[ "$(printf 'net=a|b' | "$hox" fmt -)" = 'net = a | b' ] || fail "standard input"
printf 'net=a|b' | "$hox" fmt --check - >/dev/null
[ $? = 1 ] || fail "--check of standard input"

cp a.hox b.hox
printf 'net = (a\n' >wrong.hox
cp wrong.hox kept.hox
code 2 "$hox" fmt wrong.hox tiny.hox
says err 'wrong.hox:'
cmp -s wrong.hox kept.hox || fail "a file that does not parse was changed"
code 0 "$hox" fmt --check tiny.hox
code 2 "$hox" fmt none.hox
code 2 "$hox" fmt

printf 'net=a' >c.hox
code 1 "$hox" fmt --check c.hox --json
json out
says out '"changed":true'

# what is shipped is an example of it
for shipped in "$here"/../../spaces/*.hox "$here"/../../vocab/*.hox "$here"/../../starters/*.hox; do
    code 0 "$hox" fmt --check "$shipped"
done

# a sentence is canonical as it is printed
"$hox" sample tiny.hox -n 1 --seed 3 -o some -q 2>/dev/null
code 0 "$hox" fmt --check some/1.hox
finish
