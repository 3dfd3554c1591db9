#!/bin/sh
# --threads: equal numbers give equal weights, in `train` and in `search`.
. "$(dirname "$0")/lib.sh"
cat >net.hox <<'H'
use nn
data  = idx("tiny") split(validation: 0.2)
net   = conv(16) norm relu maxpool conv(32) norm relu maxpool dense(64) relu dense(classes)
train = adam(lr: 0.01)
batch = 64
epochs = 2
objective = maximize accuracy
H
code 2 "$hox" train net.hox --threads 0
says err '--threads: from 1 to [0-9]*, the cores'
cores=$(nproc)
[ "$cores" -ge 2 ] || { echo "skipped: one core"; finish; }
for run in a b; do
    "$hox" train net.hox --threads 2 --seed 1 -o $run.hoxm -q >/dev/null 2>err || { cat err >&2; fail "two threads do not train"; }
done
[ -s a.hoxm ] || fail "no model"
cmp -s a.hoxm b.hoxm || fail "two runs of two threads differ"

code 0 "$hox" search tiny.hox -n 2 --threads 2 --seed 1
says err '2 trials\|1 job$'
finish
