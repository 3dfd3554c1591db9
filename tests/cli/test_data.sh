#!/bin/sh
# hox data: sets that are there, what is in one, whether it can be read, its sum.
. "$(dirname "$0")/lib.sh"
printf 'size,colour,name,weight\n' >fruit.csv
i=0
while [ $i -lt 600 ]; do
    echo "$((i % 7)),$([ $((i % 3)) = 0 ] && echo red || echo '?'),n$i,$((i * 3)).5" >>fruit.csv
    i=$((i + 1))
done
printf 'to be or not to be that is the question, whether it is nobler in the mind to suffer the slings' >play.txt
printf 'a,b\n1,2\n3\n' >broken.csv

code 0 "$hox" data ls
says out 'fruit.csv.csv("fruit.csv").*one number'
says out 'play.txt.text("play.txt").64 tokens out of'
says out 'broken.csv.broken.broken.csv:3: 1 cells'
code 0 "$hox" data ls --json
json out

code 0 "$hox" data info fruit.csv
says err '600 to learn from, 0 to test; 3 features, one number'
says out '^size.number.0..2.99'
says out '^colour.category.400.1'
says out '^name.not used'
says out '^weight.target, a number.0..899'
code 0 "$hox" data info fruit.csv --target size --na red --json
json out
code 0 "$hox" data check fruit.csv --test fruit.csv
says err '600 to test'
code 2 "$hox" data check broken.csv
says err 'broken.csv:3: 1 cells, the first row has 2'
code 2 "$hox" data check what.bin
says err 'data set `what.bin` is not in'
code 0 "$hox" data hash fruit.csv
says out '^[0-9a-f]\{64\}  fruit.csv$'
cp out before
code 0 "$hox" data hash fruit.csv
cmp -s out before || fail "the sum is another the second time"
code 2 "$hox" data inof fruit.csv
says err 'did you mean `info`'
code 2 "$hox" data info
code 2 "$hox" data ls fruit.csv
finish
