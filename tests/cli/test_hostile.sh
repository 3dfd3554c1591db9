#!/bin/sh
# Malformed files end with one clear error and exit 2; hostile text is shown escaped.
. "$(dirname "$0")/lib.sh"
code 0 "$hox" search tiny.hox -n 2 -j 1 --seed 1 -q
sum=$(cksum <hox.db)

printf 'x' >short
printf '\000\001\002\003' >bytes.hox
printf 'use nn\nnet = "\033[31mred' >escape.hox
printf 'use nn\nnet = \342\200\256evil(3)\n' >bidi.hox
: >empty
mkdir folder
head -c 4096 hox.db >cut.db
head -c 200 tiny.hoxm >cut.hoxm
for file in short bytes.hox escape.hox bidi.hox empty folder hox.db tiny.hoxm; do
    for command in "check $file" "search $file -n 2" "sample $file --seed 1" "train $file"; do
        code 2 "$hox" $command
        [ "$(grep -c '^error' err)" -ge 1 ] || fail "$command says no error"
        LC_ALL=C tr -d '\n\t\040-\176\200-\377' <err | grep -q . && fail "$command prints control bytes"
        LC_ALL=C grep -q "$(printf '\342\200\256')" err && fail "$command prints bidirectional controls"
    done
done
for command in "best --store short" "trials --store tiny.hoxm" "resume --store cut.db" "best --store cut.db" \
    "predict cut.hoxm --test" "predict short --test" "predict tiny.hoxm short" "predict tiny.hoxm folder" \
    "predict tiny.hoxm none" "show cut.hoxm" "show none" "doctor short"; do
    code 2 "$hox" $command
done
[ "$(cksum <hox.db)" = "$sum" ] || fail "the store was changed by looking at it"

code 2 "$hox" "$(printf 'se\033[1mrch')"
says err 'x1b'
code 2 "$hox" search tiny.hox -n 2 --name 'a:b'
code 2 env HOX_DATA="$work" "$hox" search tiny.hox --name elsewhere -n 2
says err 'E0501'
code 3 "$hox" search tiny.hox -n 2 --store /nonexistent/folder/hox.db
code 2 "$hox" -C /nonexistent version
finish
