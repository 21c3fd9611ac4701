#!/bin/bash
# Runs every benchmark of bench/ in the test bed, one after the other.
set -u
cd "$(dirname "$0")/.." || exit 1
project=$PWD
. scripts/node-path.sh
status=0
for file in bench/*.bench.ts; do
	[ -e "$file" ] || { echo 'bench: there is no benchmark'; exit 1; }
	VIRT_SANDBOX_TEST_LIMIT=600 scripts/test-bed.sh node --import=./scripts/text-files.mjs "$file" </dev/null || status=1
done
exit "$status"
