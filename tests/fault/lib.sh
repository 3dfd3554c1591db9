# Sourced by the tests of this folder as tests/cli/lib.sh is by those there. In memory where that can be: tens of thousands of syncs.
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$(dirname "$0")/../cli/lib.sh"
