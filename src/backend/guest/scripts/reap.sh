# For CHLD: calls `gone SESSION`, which each init has of its own, for sessions that have ended. By a value, not by a status: this runs in a
# trap, and a second signal in it leaves statuses of before the first one.

reap() {
	jobs >@nowhere@
	local n job comm left=
	for n in $_vs_live; do
		comm=
		eval "job=\$_vs_job$n"
		read -r comm </proc/$job/comm
		case $comm in
		'') gone $n ;;
		*) left="$left $n" ;;
		esac
	done 2>@nowhere@
	_vs_live=$left
}

# SESSION: waits until an earlier one with this number, the root shell's, has been cleaned up.
await_end() {
	local tries=0
	while [ $tries -lt 200 ]; do
		case " $_vs_live " in *" $1 "*) ;; *) return ;; esac
		usleep 5000
		tries=$((tries + 1))
		reap
	done
}
