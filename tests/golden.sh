#!/bin/sh
# What people see, compared with what they saw last time: each line of tests/cli/golden/cases is a name and a command; its
# output, messages and exit code are tests/cli/golden/NAME.
# usage: golden.sh [--update] HOX      --update rewrites the files: look at the difference before committing it
set -u
update=""
[ "${1:-}" != --update ] || { update=1; shift; }
hox=$(realpath "${1:-build/dev/hox}")
[ -x "$hox" ] || { echo "usage: golden.sh [--update] HOX" >&2; exit 2; }
here=$(cd "$(dirname "$0")/cli" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" && ln -s "$hox" "$work/bin/hox"
PATH=$work/bin:$PATH
unset NO_COLOR CLICOLOR_FORCE CI HOX_STORE HOX_PATH
export XDG_CONFIG_HOME="$work/config" LC_ALL=C.UTF-8 COLUMNS=80 HOX_DATA="$here/data"

status=0
# A file apart from the list: commands may read their standard input.
while IFS='	' read -r name command <&3; do
    case $name in "#"* | "") continue ;; esac
    rm -rf "$work/here" && mkdir "$work/here" && cp "$here"/data/*.hox "$work/here"
    (cd "$work/here" && sh -c "$command" >../out 2>../err </dev/null; echo "exit $?" >../rc)
    { echo "\$ $command"; cat "$work/out"; [ ! -s "$work/err" ] || { echo "--- stderr"; cat "$work/err"; }
      echo "--- $(cat "$work/rc")"; } >"$work/got"
    if [ -n "$update" ]; then
        cmp -s "$work/got" "$here/golden/$name" || { cp "$work/got" "$here/golden/$name"; echo "updated $name"; }
    elif ! diff -u "$here/golden/$name" "$work/got"; then
        echo "golden: $name differs" >&2
        status=1
    fi
done 3<"$here/golden/cases"
exit $status
