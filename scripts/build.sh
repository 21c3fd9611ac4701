#!/bin/sh
# Builds dist/ when it is older than its sources; --force: in any case.
cd "$(dirname "$0")/.." || exit 1
if [ "${1:-}" != --force ] && [ -e dist/.stamp ] &&
	[ -z "$(find src package-lock.json tsconfig.json scripts/build.mjs scripts/loader.cjs -newer dist/.stamp -print -quit)" ]; then
	exit 0
fi
timeout -k 5 120 scripts/with-node.sh node scripts/build.mjs </dev/null >&2 || { echo 'the build failed' >&2; exit 1; }
scripts/with-node.sh node scripts/make-man.ts || exit 1
scripts/rehearse.sh
