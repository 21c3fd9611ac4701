#!/bin/sh
# A few commands in sandboxes, with what they print and how they end.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
PATH=$here/../bin:$PATH
faults=0

# show STATUS ARGUMENT…: runs virt-sandbox and counts a fault when it does not end with this status.
show() {
	expected=$1
	shift
	printf '$ virt-sandbox'
	for word in "$@"; do
		case $word in
			*[!A-Za-z0-9_/.:=,+-]*) printf " '%s'" "$word" ;;
			*) printf ' %s' "$word" ;;
		esac
	done
	printf '\n'
	timeout -k 5 60 virt-sandbox "$@"
	status=$?
	printf '(status %s)\n\n' "$status"
	if [ "$status" != "$expected" ]; then
		printf 'tour: expected status %s\n' "$expected" >&2
		faults=$((faults + 1))
	fi
}

echo '# The command sees the files of the host, runs as you, and its output and status come back.'
show 0 sh -c 'echo "Hello from $(uname -s), process $$"' </dev/null
show 42 sh -c 'echo "to standard error" >&2; exit 42' </dev/null

echo '# What it reads may come through a pipe.'
show 0 sort -r <<END
one
two
three
END

echo '# It cannot write to the host.'
show 1 sh -c 'touch /usr/new-file' </dev/null

echo '# But to memory of its own, which is gone afterwards.'
show 0 -m ram:/scratch=16M sh -c 'echo kept for a while >/scratch/note; cat /scratch/note' </dev/null

echo '# It has no network unless it gets one, and sees no process of the host.'
show 0 sh -c 'ls /sys/class/net; ps -e | wc -l' </dev/null

[ "$faults" = 0 ]
