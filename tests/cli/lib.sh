# Sourced by the tests of the command line: `. "$(dirname "$0")/lib.sh"`, with the binary as $1. Works in a folder of its own.
set -u
here=$(cd "$(dirname "$0")/../cli" && pwd)
hox=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work" || exit 2
cp "$here"/data/*.hox .
unset NO_COLOR CLICOLOR_FORCE CI HOX_STORE HOX_PATH
export XDG_CONFIG_HOME="$work/config" LC_ALL=C.UTF-8 HOX_DATA="$here/data"

failed=0
# fail TEXT: says what is wrong and goes on, so that one run shows all.
fail() {
    echo "FAILED: $*" >&2
    failed=1
}

# code N COMMAND...: the command ends with exit code N; its output is in ./out and ./err.
code() {
    want=$1
    shift
    "$@" >out 2>err </dev/null
    got=$?
    [ "$got" = "$want" ] || { fail "exit code $got, not $want: $*"; head -n 5 err >&2; }
}

# says FILE PATTERN: a line of FILE matches.
says() {
    grep -qe "$2" "$1" || { fail "no line of $1 matches: $2"; head -n 8 "$1" >&2; }
}

# json FILE: every line, or the whole, is JSON. Says nothing where there is no python3.
json() {
    command -v python3 >/dev/null || return 0
    python3 -c 'import json, sys
text = open(sys.argv[1]).read()
try:
    json.loads(text)
except ValueError:
    for line in text.splitlines():
        json.loads(line)' "$1" 2>json.err || { fail "not JSON: $1"; tail -n 1 json.err >&2; }
}

finish() {
    [ "$failed" = 0 ] || exit 1
    exit 0
}
