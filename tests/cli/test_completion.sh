#!/bin/bash
# Completion scripts: valid in their shells, and bash really completes commands, flags, words, studies and trials.
. "$(dirname "$0")/lib.sh"
code 0 "$hox" search tiny.hox -n 3 -j 1 --seed 1 -q
hox_dir=$(mktemp -d -p .)
ln -s "$hox" "$hox_dir/hox"
PATH=$PWD/$hox_dir:$PATH
hox completion bash >bash.sh
hox completion zsh >zsh.sh
hox completion fish >fish.sh
command -v zsh >/dev/null && { zsh -n zsh.sh || fail "zsh does not read it"; }
command -v fish >/dev/null && { fish -n fish.sh || fail "fish does not read it"; }
. ./bash.sh

# completes WORDS... : what the last word may become, one line
completes() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _hox
    echo "${COMPREPLY[*]}"
}
[ "$(completes hox se)" = search ] || fail "hox se"
[ "$(completes hox search --tri)" = --trials ] || fail "hox search --tri"
[ "$(completes hox best -f j)" = "json jsonl" ] || fail "hox best -f j"
[ "$(completes hox best ti)" = tiny ] || fail "hox best ti: a study"
[ "$(completes hox show tiny @)" = "0 1 2" ] || fail "hox show tiny@: trials: $(completes hox show tiny @)"
[ "$(completes hox search -s ev)" = evolution ] || fail "hox search -s ev"
[ "$(completes hox explain E0207)" = E0207 ] || fail "hox explain E0207"
[ "$(completes hox completion z)" = zsh ] || fail "hox completion z"
echo garbage >broken.db
[ -z "$(HOX_STORE=broken.db hox __complete study 2>&1)" ] || fail "__complete is not silent"

# every flag of the help is completed, and the other way round
for command in $(hox __complete command); do
    known=$(completes hox "$command" --)
    for flag in $(hox "$command" --help-all 2>/dev/null | grep -o '^ *\(-., \)\?--[a-z-]*' | grep -o -- '--[a-z-]*'); do
        case " $known " in *" $flag "*) ;; *) fail "$command: $flag is not completed" ;; esac
    done
done
finish
