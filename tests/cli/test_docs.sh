#!/bin/bash
# The pages of docs/ hold what they say: each ```hox block is checked, each line of a ```sh block ends well. A block's second word is the
# name of the file that it is; `vocabulary` behind it: the file is used, not checked. The last block that changes what a line reads comes
# before it.
. "$(dirname "$0")/lib.sh"
mkdir -p "$work/bin" && ln -s "$hox" "$work/bin/hox"
export PATH=$work/bin:$PATH PYTHONPATH=$here/../../bindings/python

# block_ends KIND NAME ROLE
block_ends() {
    [ "$1" = hox ] || return
    blocks=$((blocks + 1))
    [ "$3" = vocabulary ] || code 0 hox check -W "$2"
    code 0 hox fmt --check "$2"
}

# page NAME BLOCKS LINES: of these at least so many are found
page() {
    local kind="" name="" role="" word blocks=0 lines=0
    mkdir "page-$1" && cd "page-$1" || exit 2
    while IFS= read -r line; do
        case $kind:$line in
        :'```'*)
            read -r word name role <<<"$line"
            kind=${word#'```'}
            [ "$kind" = hox ] && [ -z "$name" ] && fail "$1: a hox block without a name" && name=unnamed.hox
            [ "$kind" = sh ] && [ -n "$name" ] && kind=file
            [ -z "$name" ] || : >"$name"
            ;;
        *:'```')
            block_ends "$kind" "$name" "$role"
            kind="" name=""
            ;;
        sh:*)
            lines=$((lines + 1))
            bash -c "$line" >out 2>err </dev/null || { fail "$1: exit code $?: $line"; head -n 5 err >&2; }
            ;;
        ?*:*) [ -z "$name" ] || printf '%s\n' "$line" >>"$name" ;;
        esac
    done <"$here/../../docs/$1.md"
    [ "$kind" = "" ] || fail "$1: a block is not closed"
    [ "$blocks" -ge "$2" ] && [ "$lines" -ge "$3" ] || fail "$1: only $blocks blocks and $lines lines were found"
    cd ..
}
page language 10 20
if command -v python3 >/dev/null; then
    page programs 0 20
else
    echo "docs/programs.md was not tried: there is no python3"
fi
finish
