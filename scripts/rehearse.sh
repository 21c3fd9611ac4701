#!/bin/sh
# Runs each program, the shell on a terminal too, and so writes V8's code cache of what a run needs (scripts/loader.cjs). A
# sandbox is started in the test bed where one can be made; elsewhere the programs get as far as they can. A rehearsal that fails
# costs speed only.
cd "$(dirname "$0")/.." || exit 1

perform() {
	export VIRT_SANDBOX_CODE_CACHE=write
	bin/virt-sandbox -c "$1" -- true
	if [ -e dist/virt-sandbox-shell.js ]; then
		bin/virt-sandbox-shell -c "$1" 'help; list'
		rehearsal=$(mktemp -d)
		HOME=$rehearsal XDG_STATE_HOME=$rehearsal XDG_CONFIG_HOME=$rehearsal scripts/with-node.sh node scripts/rehearse-screen.mjs "$1"
		rm -rf "$rehearsal"
	fi
	true
}

case ${1:-} in
	--inside) perform "${VIRT_SANDBOX_TEST_URI:-lxc:///system?socket=/nowhere}" ;;
	*) CI='' VIRT_SANDBOX_TEST_LIMIT=30 timeout -k 5 60 scripts/test-bed.sh scripts/rehearse.sh --inside ;;
esac </dev/null >/dev/null 2>&1
true
