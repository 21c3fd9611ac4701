#!/bin/sh
# On a terminal the interactive session; elsewhere a tour of what virt-sandbox does.
set -u
cd "$(dirname "$0")/.." || exit 1
if [ -t 0 ] && [ -t 1 ]; then exec bin/virt-sandbox-shell; fi
exec examples/tour.sh
