#!/bin/sh
# hox vocabulary, and vocabularies outside the binary: beside the file, in its folder vocab, on HOX_PATH.
. "$(dirname "$0")/lib.sh"
code 0 "$hox" vocabulary
says out '^nn'
code 0 "$hox" vocabulary nn
says out '^conv	native	filters	int 1..4096'
code 0 "$hox" vocabulary nn conv -f table
says out 'filters: int 1..4096'
code 0 "$hox" vocabulary nn --json
json out
says out '"name":"odd","domain":"int","default":null,"scale":"linear","unit":null,"where":"it % 2 == 1"'
code 2 "$hox" vocabulary nn cnov
says err 'did you mean `conv`'
code 2 "$hox" vocabulary nowhere

mkdir -p a/vocab b
echo 'kind speed = ordinal(slow | fast, default: fast, unit: "gear"); layer go(speed: speed) : road -> road' >a/car.hox
sed "s/go/fly/; s/speed/pace/g" a/car.hox >a/vocab/plane.hox
printf 'use car\nuse plane\nnet = go fly(slow | fast)\n' >a/trip.hox
code 0 "$hox" check a/trip.hox
code 0 "$hox" sample a/trip.hox --seed 1
says out '^net = go fly('
(cd a && code 0 "$hox" check trip.hox) || fail "from its own folder"
code 0 "$hox" -C a vocabulary car
says out 'gear'
mv a/car.hox b
code 2 "$hox" check a/trip.hox
says err 'unknown vocabulary `car`'
code 0 env HOX_PATH=b "$hox" check a/trip.hox
# what is built in is not replaced by a file that happens to lie there, only by one on HOX_PATH
echo 'net = nothing' >a/nn.hox
printf 'use nn\nnet = dense(3)\n' >a/n.hox
code 0 "$hox" check a/n.hox
code 2 env HOX_PATH=a "$hox" check a/n.hox

# a vocabulary that speaks of no network, and a grammar of activation functions that trains
code 0 "$hox" check -W spaces/gcc-flags.hox
code 0 "$hox" sample spaces/gcc-flags.hox -n 20 --seed 1
says out '^build = gcc(level: "-O[123]", machine: '
sed 's/level: /level: "-O9" | /' "$here/../../spaces/gcc-flags.hox" >flags.hox
code 2 "$hox" check flags.hox
says err 'wants level'
sed 's/"fashion-mnist"/"tiny"/; s/budget 1..3/1/' "$here/../../spaces/activation.hox" >act.hox
code 0 "$hox" check act.hox
code 0 "$hox" search act.hox -n 2 --seed 1 -j 1 -q

# check --fix: what cannot be meant otherwise
printf 'lr = log 0.1 .. .001\nopt = choice([sgd, adam])\nm = loguniform(1e-5, 1e-1)\ncommand = "x {lr} {opt} {m}"\n' >fix.hox
code 2 "$hox" check fix.hox
code 0 "$hox" check --fix fix.hox
says err 'applied to fix.hox'
says fix.hox '^lr = log 0.001 .. 0.1$'
says fix.hox '^opt = sgd | adam$'
says fix.hox '^m = log 1e-5 .. 1e-1$'
printf 'use nn\nnet = dence(3)\n' >fix.hox
cp fix.hox kept.hox
code 2 "$hox" check --fix fix.hox # a guess is no safe replacement
cmp -s fix.hox kept.hox || fail "--fix guessed"
finish
