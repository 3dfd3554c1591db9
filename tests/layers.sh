#!/bin/sh
# Dependencies point down: fails when a file under src/ includes a header of a room it may not see.
# usage: layers.sh SRC_DIR
cd "$1" || exit 2
allowed() {
    case $1 in
    base) echo base ;;
    lang) echo lang base ;;
    space) echo space lang base ;;
    search) echo search space lang base ;;
    tensor) echo tensor base ;;
    data) echo data space base ;; # of space, only terms: the `data` chain of a sentence
    nn) echo nn data tensor space lang base ;;
    meta) echo meta nn search data tensor space lang base ;;
    study) echo study meta nn search data tensor space lang base ;;
    cli | serve) echo "$1" study meta nn search data tensor space lang base ;;
    esac
}
status=0
for room in */; do
    room=${room%/}
    rooms=$(allowed "$room" | tr ' ' '|')
    [ -n "$rooms" ] || { echo "src/$room: not a room of the plan"; status=1; continue; }
    if grep -rnE '^#include "[a-z]+/' "$room" --include='*.[ch]' | grep -vE "\"($rooms)/"; then
        echo "src/$room may include only: $rooms"
        status=1
    fi
done
exit $status
