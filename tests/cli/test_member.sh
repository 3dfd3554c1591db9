#!/bin/sh
# hox check SENTENCE --in SPACE: the walk of a member, the reason for a stranger, the mistakes of a wrong file.
. "$(dirname "$0")/lib.sh"

printf 'use nn\nnet = unit{1..3} dense(classes)\nunit = conv(4 | 8) relu\ndata = idx("x", shape: [8, 8, 1], classes: 3)\n' >space.hox
sed 's/net.*/net = unit unit dense(classes)/; s/4 | 8/8/' space.hox >one.hox
code 0 "$hox" check one.hox --in space.hox
says out '^one.hox: a sentence of space.hox$'
says out '^walk = "2;1;1"$'
sed 's/conv(8)/conv(9)/' one.hox >other.hox
code 1 "$hox" check other.hox --in space.hox
says out '^other.hox: no sentence of space.hox: '
code 1 "$hox" check space.hox --in space.hox
says out 'is not a sentence'
code 1 "$hox" check other.hox --in space.hox --json
says out '"member":false'
sed 's/conv/convv/' one.hox >wrong.hox
code 2 "$hox" check wrong.hox --in space.hox
says err 'E0207'
"$hox" sample spaces/nas-bench-201.hox --seed 3 >cell.hox
code 0 "$hox" check cell.hox --in spaces/nas-bench-201.hox
# what a graph is made of, and its drawing
printf 'use nn\ndata = idx("x", shape: [8, 8, 1], classes: 3)\nnet = dag(nodes: 3, edge: [relu, none, id], node: conv(2), ends: free, first: tanh) concat(dag(nodes: 3, edge: id), id) dense(classes)\n' >graph.hox
code 0 "$hox" show graph.hox
says out '^  - edge 1-2: relu$'
says out '^  - first: tanh$'
code 0 "$hox" show graph.hox --dot
says out 'label="add"'
finish
