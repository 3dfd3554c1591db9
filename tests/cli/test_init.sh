#!/bin/sh
# hox init: each kind gives a canonical file that checks, or says which words are missing; nothing is overwritten.
. "$(dirname "$0")/lib.sh"
for kind in images table text command; do
    "$hox" init $kind >out 2>err </dev/null
    case $? in
    0)
        code 0 "$hox" check $kind.hox
        code 0 "$hox" fmt --check $kind.hox
        code 0 "$hox" sample $kind.hox -n 3 --seed 1
        code 2 "$hox" init $kind
        says err "is there already"
        ;;
    2) says err "needs words that this version has not: [a-z]" ;;
    *) fail "init $kind: exit code $?" ;;
    esac
done
[ -f images.hox ] && [ -f command.hox ] || fail "images and command need no words that may be missing"
code 0 "$hox" init images -o mine.hox --data cifar-10
says mine.hox 'idx("cifar-10")'
code 0 "$hox" init -o -
says out '^net = '
[ -f "-" ] && fail "a file called -"
code 2 "$hox" init imags
says err 'did you mean `images`'
finish
