#!/bin/sh
# Help, errors and tables look as they did.
exec "$(dirname "$0")/../golden.sh" "$1"
