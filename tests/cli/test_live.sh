#!/bin/sh
# The live view on a pseudo-terminal: at most 8 lines repainted in place, no alternate screen, the result below it.
. "$(dirname "$0")/lib.sh"
command -v script >/dev/null || { echo "skipped: no script(1)"; exit 77; }
unset CI
export TERM=xterm

script -qec "stty cols 80 rows 24; $hox search tiny.hox -n 12 -j 2 --seed 1" /dev/null >out </dev/null || fail "search on a terminal"
tr -d '\r' <out >plain
says plain 'running'
says plain 'best .*validation .*test '
says plain '^next    hox show'
grep -q "$(printf '\033')\[?1049h" out && fail "the alternate screen"
grep -q "$(printf '\033')\[K" out || fail "nothing was repainted"
# every frame starts by going up at most 8 lines
tr '\033' '\n' <out | sed -n 's/^\[\([0-9]*\)A.*/\1/p' | awk '$1 > 8 { exit 1 }' || fail "a frame is higher than 8 lines"

for setting in "TERM=dumb" "LC_ALL=C" "CI=1"; do
    script -qec "stty cols 80 rows 24; env $setting $hox search tiny.hox -n 3 -j 2 --name x$$ --seed 1" /dev/null >out </dev/null
    grep -q "$(printf '\033')\[[0-9]*A" out && fail "frames with $setting"
    says out '^@[0-9]\|trials, best'
    rm -rf hox.db*
done
script -qec "stty cols 40 rows 10; $hox search tiny.hox -n 4 -j 2 --seed 1 -o m.hoxm" /dev/null >out </dev/null || fail "40 columns"
script -qec "stty cols 60 rows 24; $hox trials" /dev/null >out </dev/null || fail "a table on a terminal"
tr -d '\r' <out | awk 'length($0) > 60 && !/not shown/ { exit 1 }' || fail "the table is wider than the terminal"
says out 'not shown: '

# resized in the middle: the screen of a terminal that tmux keeps is whole, but for one frame a change: tmux wraps its lines
# anew before it tells the program, and what is painted in between lands on lines that are not where they were.
resized() {
    tmux -L hox$$ new-session -d -x 100 -y 30 "$hox search tiny.hox -t 2s -j 2 --store $1.db --name resized --seed 1; sleep 20" || return 2
    sleep 0.7
    tmux -L hox$$ resize-window -x 60 -y 20
    sleep 0.5
    tmux -L hox$$ resize-window -x 90 -y 30
    tries=0
    while ! tmux -L hox$$ capture-pane -p | grep -q '^next' && [ $tries -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    tmux -L hox$$ capture-pane -p >screen
    tmux -L hox$$ kill-server
    [ "$(grep -c 'running' screen)" -le 3 ] && grep -q '^next    hox show' screen
}
command -v tmux >/dev/null || finish
resized one 2>/dev/null || { fail "torn lines after resizing"; cat screen >&2; }
finish
