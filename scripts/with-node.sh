#!/bin/sh
# Usage: scripts/with-node.sh COMMAND…: runs COMMAND with the project's own Node and tools first in PATH.
project=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$project/scripts/node-path.sh"
exec "$@"
