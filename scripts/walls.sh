#!/bin/bash
# Usage: scripts/walls.sh [WAY…] [PROBE…]
#
# Without words: runs the probes of test/walls in bubblewrap, firejail and podman, those that are installed, and prints the table of
# walls of docs/security.md. With words: runs these probes (all) in these ways, and prints what each found.
set -u
cd "$(dirname "$0")/.." || exit 1
project=$PWD
. scripts/node-path.sh

tsc -p . && scripts/build.sh || exit
VIRT_SANDBOX_TEST_LIMIT=${VIRT_SANDBOX_TEST_LIMIT:-900} exec scripts/test-bed.sh node --import=./scripts/text-files.mjs build/test/walls/print-walls.js "$@"
