#!/bin/bash
# docs/language.md holds what it says: each ```hox block is checked, each line of a ```sh block ends well. A block's second word is the
# name of its file; `vocabulary` behind it: the file is used, not checked. A ```c block is the file it names. The last block that changes
# what a line reads comes before it.
. "$(dirname "$0")/lib.sh"
page="$here/../../docs/language.md"
mkdir -p "$work/bin" && ln -s "$hox" "$work/bin/hox"
PATH=$work/bin:$PATH
kind="" name="" blocks=0 lines=0
while IFS= read -r line; do
    case $kind:$line in
    :'```hox'*)
        read -r _ name role <<<"$line"
        kind=hox
        [ -n "$name" ] || { fail "a hox block without a name"; name=unnamed.hox; }
        : >"$name"
        ;;
    :'```c '*)
        read -r _ name <<<"$line"
        kind=c
        : >"$name"
        ;;
    :'```sh'*) kind=sh ;;
    :'```'*) kind=other ;;
    *:'```')
        if [ "$kind" = hox ]; then
            blocks=$((blocks + 1))
            [ "$role" = vocabulary ] || code 0 hox check -W "$name"
            code 0 hox fmt --check "$name"
        fi
        kind=""
        ;;
    hox:* | c:*) printf '%s\n' "$line" >>"$name" ;;
    sh:*)
        lines=$((lines + 1))
        bash -c "$line" >out 2>err </dev/null || { fail "exit code $?: $line"; head -n 5 err >&2; }
        ;;
    esac
done <"$page"
[ "$kind" = "" ] || fail "a block is not closed"
[ "$blocks" -ge 10 ] && [ "$lines" -ge 20 ] || fail "only $blocks blocks and $lines lines were found"
finish
