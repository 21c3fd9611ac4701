#!/bin/sh
# Draws the pictures of docs/pictures by the program's own screen: it is driven on a pseudo-terminal beside a libvirtd of its own.
cd "$(dirname "$0")/.." || exit 1
scripts/with-node.sh tsc -p . && scripts/build.sh || exit 1
VIRT_SANDBOX_TEST_LIMIT=120 timeout -k 5 150 scripts/test-bed.sh scripts/with-node.sh node scripts/pictures.mjs
