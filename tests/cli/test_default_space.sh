#!/bin/sh
# hox search DATA: a name, a table, a text or a folder goes into the space that is shipped for its kind.
. "$(dirname "$0")/lib.sh"
i=0
echo 'size,colour,weight' >fruit.csv
while [ $i -lt 40 ]; do
    echo "$((i % 7)),$([ $((i % 3)) = 0 ] && echo red || echo green),$((i * 3)).5" >>fruit.csv
    printf 'to be or not to be that is the question ' >>play.txt
    i=$((i + 1))
done

code 0 "$hox" search fruit.csv --print-spec
says out '^data *= csv("fruit.csv") split('
says out '^objective = minimize rmse'
code 0 "$hox" search fruit.csv --target colour --na none --na '-' --test fruit.csv --print-spec
says out 'csv("fruit.csv", target: "colour", test: "fruit.csv", na: \["none", "-"\]) split('
says out '^objective = maximize accuracy'
cp out fruit.hox
code 0 "$hox" check fruit.hox
code 0 "$hox" search fruit.csv --dry-run --seed 1
says out '^@0  dense'
code 0 "$hox" search play.txt --print-spec
says out '^data *= text("play.txt") split('
code 0 "$hox" search play.txt --dry-run --seed 1
says out '^@0  embed'
mkdir here && cp play.txt here/a.b.txt
code 0 "$hox" search here/a.b.txt -n 1 -j 1 --seed 1 --store here/hox.db
says err 'study a.b (new)'
rm -rf here a.b.hoxm
code 0 "$hox" check fruit.csv
code 0 "$hox" sample fruit.csv -n 1 --seed 3

# Two things called --target: a score to reach and a column.
code 0 "$hox" search fruit.csv --target 0.5 --target colour --print-spec
says out 'target: "colour"'
code 2 "$hox" search fruit.hox --target colour
says err 'is not a number'

# What is wrong with the data is said before anything runs.
code 2 "$hox" search fruit.csv --target color -n 1
says err 'did you mean "colour"?'
printf 'a,b\n1,2\n3\n4,5\n' >short.csv
code 2 "$hox" search short.csv -n 1
says err 'short.csv:3: 1 cells, the first row has 2'
printf 'ab\377c' >broken.txt
code 2 "$hox" search broken.txt -n 1
says err 'broken.txt: byte 2: no character of UTF-8'
mkdir -p photos/cat photos/dog
printf 'no picture' >photos/cat/1.png
code 2 "$hox" search photos/ -n 1
says err 'photos/cat/1.png: byte 0: neither a PNG nor a JPEG'
printf '\223NUMPY\001\000' >a.npy
code 2 "$hox" search a.npy -n 1
says err 'a.npy: byte 0'
code 2 "$hox" search no-such-set -n 1
says err 'data set `no-such-set` is not in'
[ ! -e hox.db ] || fail "a study was begun"

# And they run: one trial each, the default network.
code 0 "$hox" search fruit.csv --target colour --test fruit.csv -n 1 -j 1 --seed 1
says err '40 train, 40 test, 2 features, 2 classes'
says err 'saved as fruit.hoxm'
code 0 "$hox" search fruit.csv -n 1 -j 1 --seed 1 --name weights
says err 'features, one number'
code 0 "$hox" search play.txt -n 1 -j 1 --seed 1
says err 'tokens out of'

# A space of one's own with other data: the source changes, what is behind it stays.
cat >mine.hox <<'H'
# mine
use nn
data  = csv("nowhere.csv", target: "x") split(validation: 0.25) # kept
net   = dense(16 | 32) relu dense(classes)
train = adam(lr: 0.01)
epochs = 2
objective = maximize accuracy
H
code 0 "$hox" search mine.hox --data fruit.csv --target colour --print-spec
says out '^data  = csv("fruit.csv", target: "colour") split(validation: 0.25) # kept$'
says out '^# mine$'
code 0 "$hox" search mine.hox --data fruit.csv --target colour -n 2 -j 1 --seed 1
says err 'study mine (new)'
says err '2 classes; 29 to fit, 11 to validate'
mkdir away && mv fruit.csv away/apple.csv
code 0 env HOX_DATA="$work/away" "$hox" search --data apple.csv --target colour --print-spec
says out 'csv("apple.csv", target: "colour")'
code 2 "$hox" search mine.hox --data no-such-set -n 1
says err 'data set `no-such-set` is not in'
finish
