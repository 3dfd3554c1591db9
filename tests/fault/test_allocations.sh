#!/bin/sh
# Allocations that fail, whoever makes them, at places spread over whole commands: exit 3 with a word, or the work is done; never
# a crash, a store that is not whole, or a success that is none (reliability P28). HOX_TEST_ALLOCATIONS is how many places a command.
. "$(dirname "$0")/lib.sh"
fault=$(dirname "$hox")/libfault-alloc.so
[ -e "$fault" ] || { echo "skipped: $fault is not built (sanitizers)"; exit 77; }
places=${HOX_TEST_ALLOCATIONS:-6}

printf 'x = -2.0 .. 2.0\nobjective = maximize y\nsearch = tpe\n' >lab.hox
mkdir template
for i in 0 1 2 3; do "$hox" ask lab.hox --seed 3 --store template/hox.db -qq; "$hox" tell lab@$i y=0.$i --store template/hox.db; done
"$hox" ask lab --store template/hox.db -qq
"$hox" export lab --store template/hox.db >template/lab.jsonl
cp "$here/data/v1.db" template/old.db
cp lab.hox template

# a trial that memory was short for has failed, and the study went on
done_search() { [ "$("$hox" trials two -f tsv --columns state | grep -cE '^(done|failed)$')" = 2 ]; }
done_ask() { [ "$("$hox" trials lab -f tsv --columns trial | wc -l)" = 7 ]; }
do_tell() { "$hox" tell lab@4 y=0.25; }
do_best() { "$hox" best lab --json >best.out; }
done_best() { grep -q '"trial":3,"value":0.3' best.out; }
do_trials() { "$hox" trials lab -f tsv --columns trial,value,x >trials.out; }
done_trials() { [ "$(wc -l <trials.out)" = 6 ]; }
do_show() { "$hox" show lab@3 >show.out; }
done_show() { grep -q 'lab@3, done' show.out; }
do_plot() { "$hox" plot history lab >plot.out; }
done_plot() { [ -s plot.out ]; }
done_import() { [ "$("$hox" trials again -f tsv --columns trial | wc -l)" = 6 ]; }
do_amend() { "$hox" ask --amend -p x=-3.0..2.0 --max y --name lab; }
done_amend() { "$hox" show lab --json | grep -q '"amended":\[{"trials":5'; }
do_doctor() { "$hox" doctor hox.db; }
done_doctor() { :; }
do_check() { "$hox" check lab.hox; }
done_check() { :; }

# try COMMAND PLACE STAY: once, in a fresh copy; $rc is how it ended
try() {
    stays=$3
    set -- "$1" HOX_ALLOC_AT="$2" HOX_ALLOC_COUNT="$work/count"
    [ "$stays" = 0 ] || set -- "$@" HOX_ALLOC_STAY=1
    fresh "$@"
}

runs=0 noticed=0
for command in ${HOX_TEST_COMMANDS:-search ask tell best trials show plot export import amend doctor check upgrade}; do
    try $command 0 0
    [ $rc = 0 ] && (cd copy && "done_$command") >seen 2>&1 || fail "$command without faults: exit $rc: $(head -n 3 err)"
    calls=$(cat count)
    k=0
    while [ $k -lt "$places" ] && [ $k -lt "$calls" ]; do
        at=$((1 + (k * calls / places + (runs * 7) % (calls / places + 1)) % calls))
        k=$((k + 1))
        for stay in 0 1; do
            try $command $at $stay
            runs=$((runs + 1))
            what="$command, allocation $at of $calls, stay $stay"
            case $rc in
            0) (cd copy && "done_$command") >seen 2>&1 || fail "$what: it ends well and is not done" ;;
            # a search whose trials could not be run has the answer no
            2) [ $command = check ] && [ $stay = 1 ] || fail "$what: exit 2: $(head -n 3 err)" ;; # it cannot even say so
            1) [ $command = search ] || fail "$what: exit 1: $(head -n 3 err)" ;;
            3) [ $stay = 1 ] || grep -q . err || fail "$what: exit 3 without a word" ;;
            *) fail "$what: exit $rc: $(head -n 3 err)" ;;
            esac
            [ $rc = 0 ] || noticed=$((noticed + 1))
            [ $command = upgrade ] && continue
            (cd copy && "$hox" doctor hox.db) >seen 2>&1 || fail "$what: the store is not whole: $(grep -i damaged seen)"
        done
    done
done
[ $noticed -gt $((runs / 2)) ] || fail "of $runs failures only $noticed were noticed"
echo "$runs allocations failed, $noticed of them ended the command"
finish
