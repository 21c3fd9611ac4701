# JOB SIGNAL: `hit` sends a signal to the process group of a job's child, if there is one, and needs no process for that; `send` waits for one.
# The file of children has no line's end, so read's status says nothing.

hit() {
	local child=
	[ -e /proc/$1/task/$1/children ] || return 0
	read -r child _ </proc/$1/task/$1/children
	[ "$child" ] && kill -$2 -$child
} 2>@nowhere@

send() {
	local tries=0
	while [ $tries -lt 200 ]; do
		hit $1 $2 && return 0
		usleep 5000
		tries=$((tries + 1))
	done
} 2>@nowhere@
