#!/bin/sh
# Streams: closed, full, cut off. Data go to stdout, everything else to stderr; what cannot be written is exit 3.
. "$(dirname "$0")/lib.sh"
code 0 "$hox" search tiny.hox -n 3 -j 1 --seed 1 -q

set -- "version" "help" "explain" "strategies" "best" "best --json" "trials" "trials --json" "show" "show @best" \
    "check tiny.hox" "sample tiny.hox -n 300 --seed 1" "doctor" "completion bash" "predict tiny.hoxm --test" "search --help"
for command in "$@"; do
    "$hox" $command >/dev/full 2>err </dev/null
    [ $? = 3 ] || fail "$command >/dev/full"
    says err 'No space left on device'
    "$hox" $command >&- 2>err </dev/null
    [ $? = 3 ] || fail "$command with stdout closed"
    says err 'error: the result is incomplete'
    "$hox" $command >out 2>&- </dev/null || fail "$command with stderr closed"
    "$hox" $command >out 2>err <&- || fail "$command with stdin closed"
    "$hox" $command 2>err </dev/null | head -n 1 >first
    grep -qi 'error\|pipe' err && fail "$command | head -n 1 complains: $(cat err)"
    [ -s first ] || fail "$command | head -n 1 prints nothing"
done
(ulimit -n 20; "$hox" best >out 2>err) || fail "20 descriptors are too few"
env -i "$hox" trials >out 2>err || fail "an empty environment"
env HOME=/nonexistent LC_ALL=xx_YY.nonsense "$hox" trials >out 2>err || fail "no home, an odd locale"
(umask 077; "$hox" sample tiny.hox -o dir --seed 1 >out 2>err) || fail "an odd umask"

# no colour and no control bytes in a pipe, whatever the terminal
for variable in "CLICOLOR_FORCE=1 NO_COLOR=1" "TERM=xterm-256color" "TERM=dumb" "CLICOLOR_FORCE=0"; do
    env $variable "$hox" check wrong.hox >out 2>err
    grep -q "$(printf '\033')" out err && fail "colour with $variable"
done
env CLICOLOR_FORCE=1 "$hox" check wrong.hox >out 2>err
grep -q "$(printf '\033')" err || fail "CLICOLOR_FORCE=1 gives no colour"
"$hox" check wrong.hox --color=always >out 2>err
grep -q "$(printf '\033')" err || fail "--color=always gives no colour"
finish
