# A session in a machine's init, from its command's begin to its end, and what is told of that.

# Kills all but process 1, this shell, its feeder and the pumps, until nothing is left to kill.
sweep() {
	local self feeder child file pid keep=' 1 ' again=0
	read -r self _ _ _ feeder _ </proc/self/stat
	for pid in $_vs_pumps; do [ /proc/$pid/exe -ef $_vs_d/pump ] && keep="$keep$pid "; done
	keep="$keep$self $feeder "
	# Whose parent has ended is a child of process 1: mostly there is nobody, and no need to look at all processes.
	read -r child </proc/1/task/1/children
	for pid in $child; do
		case $keep in *" $pid "*) ;; *) again=1 ;; esac
	done
	child=
	read -r child </proc/$self/task/$self/children
	[ "$child" ] && again=1
	# A kernel of one's own may not tell whose children there are.
	[ -e /proc/1/task/1/children ] || again=1
	set +f
	while [ $again = 1 ]; do
		again=0
		for file in /proc/[0-9]*; do
			pid=${file#/proc/}
			# The kernel's own have no program.
			case $keep in *" $pid "*) continue ;; esac
			[ -e $file/exe ] && kill -9 $pid && again=1
		done
	done
	set -f
} 2>/proc/1/fd/6/null

# SESSION STREAM: whether the pump is there that will write its count. The command may have killed it, or stopped it: then it goes on.
pump_runs() {
	local pump
	eval "pump=\$_vs_$2$1"
	[ "$pump" ] && kill -CONT $pump
}

@marks@

session() {
	_vs_n=$1 _vs_tty= _vs_mark=
	. $_vs_d/$1.cmd
	if [ "$_vs_status" = 0 ]; then
		echo "found $_vs_n" >&4
		exec 2>/proc/1/fd/6/null
		(echo 0 >/proc/self/oom_score_adj; exec "$@" 2>&5 3>&- 4>&- 5>&- 6>&- 9>&-)
		_vs_status=$?
	fi
	cd /
	[ "$_vs_tty" ] || exec >/proc/1/fd/6/null
	exec 2>/proc/1/fd/6/null 5>&-
	[ $_vs_status = 0 ] || memory $_vs_n
	# At once, as a container's: what the command left behind may write for ever.
	echo "exit $_vs_n $_vs_status" >&4
	[ $_vs_n = 0 ] && sweep
	[ "$_vs_tty" ] || tell_counts $_vs_n
	: >$_vs_w/$_vs_n.told
	if [ "$_vs_tty" ]; then
		ease $_vs_tty
		echo -n "$_vs_mark" >$_vs_tty
		# Who has it open loses it, and gets it no more by its name.
		chown 0 $_vs_tty
		chmod 0 $_vs_tty
		$_vs_d/hangup <$_vs_tty
	fi
	[ "$_vs_tty" ] || [ $_vs_n = 0 ] || end_feeder
	[ $_vs_n = 0 ] || (cd $_vs_w && rm -f $_vs_n.out $_vs_n.err $_vs_n.out.count $_vs_n.err.count $_vs_n.run $_vs_n.cmd)
	exit 0
}

# What feeds this session: somebody who has the pipe, and does not read it, would have it keep the port of the next one.
end_feeder() {
	local self feeder pumps=
	read -r self _ _ _ feeder _ </proc/self/stat
	read -r pumps </proc/$feeder/task/$feeder/children
	kill -9 $feeder $pumps
}

# SESSION: how much came out of its pipes, once that is all; what the command killed has not told its count.
tell_counts() {
	local out= err= tries=0
	while ! read -r out <$_vs_d/$1.out.count || ! read -r err <$_vs_d/$1.err.count; do
		usleep 2000
		tries=$((tries + 1))
		[ $((tries % 100)) = 0 ] || continue
		# Somebody who changes process all the time may have been overlooked.
		[ $1 = 0 ] && sweep
		# And the command may have taken the files away.
		pump_runs $1 out || [ -s $_vs_d/$1.out.count ] || break
		pump_runs $1 err || [ -s $_vs_d/$1.err.count ] || break
	done
	case $out in '' | *[!0-9]*) out=- ;; esac
	case $err in '' | *[!0-9]*) err=- ;; esac
	echo "wrote $1 $out $err" >&4
} 2>/proc/1/fd/6/null

# SESSION: how many processes the kernel has killed for want of memory.
memory() {
	local key count
	while read -r key count; do
		[ "$key" = oom_kill ] || continue
		[ "$count" = 0 ] || echo "memory $1 $count" >&4
		return
	done </proc/vmstat
}

# A session that was killed cannot tell its end, or not all of it; the host takes the first of each line. What feeds its terminal has nobody to feed any more.
gone() {
	local feeder
	[ -e $_vs_d/$1.told ] || { lost $1 3>&- & }
	eval "feeder=\$_vs_in$1"
	[ "$feeder" ] && kill -9 $feeder
}

@reap@

lost() {
	local tty= mark=
	find_mark $1
	memory $1
	echo "exit $1 137" >&4
	[ "$tty" ] || { tell_counts $1; return; }
	eval "tty=\$_vs_pty$1"
	ease $tty
	echo -n "$mark" >$tty
	$_vs_d/hangup <$tty
}
