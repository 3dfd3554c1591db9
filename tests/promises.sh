#!/bin/sh
# docs/promises.tsv names tests that exist, and each promise once. Run by ctest in its build folder.
# usage: tests/promises.sh ROOT BUILD
root=$1 build=$2
failed=0
complain() { echo "docs/promises.tsv: $1" && failed=1; }
known=$(cd "$build" && ctest -N | sed -n 's/.*Test *#[0-9]*: //p')
[ -n "$known" ] || { echo "ctest knows no tests in $build" && exit 1; }
tab=$(printf '\t')
lines=$(grep -v '^#' "$root/docs/promises.tsv")
[ "$(echo "$lines" | head -n 1)" = "id${tab}promise${tab}tests${tab}tried" ] || complain "its columns are not id, promise, tests, tried"
lines=$(echo "$lines" | tail -n +2)
expected=$(seq -f 'P%g' 1 48)
[ "$(echo "$lines" | cut -f 1)" = "$expected" ] || complain "the promises are not P1 to P48, each once and in order"
echo "$lines" | awk -F '\t' 'NF != 4 || $2 == "" || $3 == "" || $4 == "" { print $1 }' | grep . && complain "these lines have not four fields that say something"
for test in $(echo "$lines" | cut -f 3 | tr ' ' '\n' | grep -vx -- - | sort -u); do
    case $test in
    scripts/*) [ -x "$root/$test" ] || complain "there is no script $test" ;;
    *) echo "$known" | grep -qxF "$test" || complain "there is no test $test" ;;
    esac
done
[ $failed = 0 ] && echo "$(echo "$lines" | cut -f 3 | grep -cvx -- -) of 48 promises have tests, $(echo "$lines" | cut -f 3 | grep -cx -- -) have none"
exit $failed
