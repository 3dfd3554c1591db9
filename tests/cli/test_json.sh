#!/bin/sh
# search --json is JSON Lines on stdout, each with "v" and "type", ending with the result.
. "$(dirname "$0")/lib.sh"
code 0 "$hox" search tiny.hox -n 4 -j 2 --seed 2 --json
json out
grep -v '^{"v":1,"type":"' out && fail "a line without version or type"
for type in study.start trial.start trial.end best study.end result; do
    says out "\"type\":\"$type\""
done
[ "$(grep -c '"type":"trial.end"' out)" = 4 ] || fail "4 trials end 4 times"
tail -n 1 out | grep -q '"type":"result".*"test":0' || fail "the last line is not the result"
code 0 "$hox" search tiny.hox -n 6 -j 1 --progress=json -f tsv
json err
code 0 "$hox" doctor --json
json out
code 0 "$hox" strategies --json
json out
code 0 "$hox" explain --json
json out
code 2 "$hox" search none.hox -n 3 --json
json err
code 2 "$hox" check wrong.hox --json
json out
says out '"code":"E0'
finish
