#!/bin/sh
# Shows what virt-sandbox does; on a terminal a shell in a sandbox follows.
set -u
cd "$(dirname "$0")/.." || exit 1
examples/tour.sh || exit
if [ -t 0 ] && [ -t 1 ]; then
	printf '\nNow a shell in a sandbox of its own. The host is there, read-only. "exit" ends it.\n'
	exec bin/virt-sandbox -m ram:/tmp=64M -- "${SHELL:-/bin/sh}"
fi
