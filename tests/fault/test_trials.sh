#!/bin/sh
# A trial for each bad thing that a program can do (tests/fault/hostile.c): it alone fails, the study goes on, nothing stays.
# HOX_TEST_HOSTILE is how many rounds.
. "$(dirname "$0")/lib.sh"
program=$(dirname "$hox")/fault-hostile
[ -e "$program" ] || { echo "skipped: $program is not built (sanitizers)"; exit 77; }
cp "$program" "$work/hostile"
PATH=$(dirname "$hox"):$PATH
"$work/hostile" list >modes
last=$(($(wc -l <modes) - 1))
rows() { "$hox" trials "$@" -f tsv 2>/dev/null | tail -n +2; }

for round in $(seq 1 "${HOX_TEST_HOSTILE:-1}"); do
    rm -rf hox.db*
    code 0 "$hox" search --max y -n $((last + 1)) -j 6 -s "grid(levels: 100)" --seed 1 -p "mode=0..$last" --keep-going --retries 0 --prune=none \
        --timeout 20s --grace 300ms --memory 150Mi --name hostile -- "$work/hostile" {mode}
    rows hostile --columns mode,state,reason | sort -n >became
    [ "$(wc -l <became)" = $((last + 1)) ] || fail "$(wc -l <became) of $((last + 1)) modes were tried"
    while read -r number name want; do
        got=$(sed -n "s/^$number	\([a-z]*\)	\([a-z]*\)\$/\1.\2/p" became)
        [ "$got" = "$want" ] || fail "mode $number, $name: $got, not $want: $("$hox" trials hostile --where "mode=$number" --columns detail -f tsv | tail -n 1)"
    done <modes
    [ "$(pgrep -f -c "^$work/hostile")" = 0 ] || fail "processes stay behind: $(pgrep -f -a "^$work/hostile" | head -n 5)"
    code 0 "$hox" doctor hox.db
    bytes=$(stat -c %s hox.db)
    [ "$bytes" -le $((4 << 20)) ] || fail "the store has $bytes bytes"
    for log in hox.db.d/hostile/*/log; do
        [ "$(stat -c %s "$log")" -le $((300 << 10)) ] || fail "$log has $(stat -c %s "$log") bytes"
    done
    LC_ALL=C tr -d '\n\t\040-\176\200-\377' <err | grep -q . && fail "control bytes of a trial are shown"
done
finish
