#!/bin/sh
# The outside is touched through src/base alone: no other room may refer to the system's own names for memory, files, time,
# randomness or processes (reliability: one place to make each of them fail).
# usage: seams.sh BUILD_DIR
cd "$1" || exit 2
forbidden='malloc|calloc|realloc|free|open|open64|fopen|fopen64|creat|rename|unlink|time|gettimeofday|clock_gettime|rand|srand|random|drand48|getrandom|fork|vfork|system|popen|execve|execvp|nanosleep|usleep|sleep'
status=0
for room in lang space search tensor data nn study; do
    [ -f "libhox-$room.a" ] || continue
    # Kernels that load a library or query the processor have their own door: dlopen, not these.
    found=$(nm -A --undefined-only "libhox-$room.a" 2>/dev/null | grep -E " U ($forbidden)(@|$)")
    [ -z "$found" ] || { echo "$found"; echo "libhox-$room.a goes around src/base"; status=1; }
done
exit $status
