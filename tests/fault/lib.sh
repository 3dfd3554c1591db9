# Sourced by the tests of this folder as tests/cli/lib.sh is by those there. In memory where that can be: tens of thousands of syncs.
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$(dirname "$0")/../cli/lib.sh"

# What several tests do in a copy of the folder `template`, whose store has the study lab, and what holds once it has been done.
do_ask() { "$hox" ask lab; }
done_tell() { "$hox" trials lab -f tsv --where state=done --columns value | grep -qx 0.25; }
do_export() { "$hox" export lab -o out.jsonl; }
done_export() { cmp -s out.jsonl lab.jsonl; }
do_import() { "$hox" import lab.jsonl --name again; }
do_upgrade() { "$hox" studies --store old.db; }
done_upgrade() { "$hox" doctor old.db; }
do_search() { "$hox" search --max y -n 2 -j 1 -s random --seed 1 -p a=0.0..1.0 --params-env --name two -- sh -c 'echo y 1'; }

# fresh NAME VARIABLE=VALUE...: do_NAME in a fresh copy, under the library $fault with these settings; $rc is how it ended
fresh() {
    scene=$1
    shift
    rm -rf copy
    cp -r template copy
    cd copy || exit 2
    (
        export "$@" LD_PRELOAD="$fault"
        "do_$scene"
    ) >../out 2>../err </dev/null
    rc=$?
    cd "$work" || exit 2
}
