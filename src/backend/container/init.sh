# The program that is PID 1 of a container: a script for busybox's shell, begun by begin-program.ts. No program of the root runs before
# the command.
#
# Host to guest, on ctl.in: `go`, once, when the FIFOs have lost their names · `spawn N` · `signal N SIGNAL` · `resize TTY ROWS COLUMNS` · `bye`.
# Guest to host, on ctl.out: `here`, once, when both are open · `ready N` · `found N` (the command's program) · `exit N STATUS` · `fatal N WORD` ·
# `leaving` (what was written to images is written out) and `left` (all of it is).
# What ends while there is no owner is told to nobody: `exit N 137` is also the answer to a `signal` to what does not run.
#
# Descriptors: 3 and 4 are ctl.in and ctl.out, 5 is a command's standard error, 6 leads nowhere and is open before there is a command, 7 and 8
# hold a session's FIFOs, 9 is the standard input that begin-program.ts was given, and 20 and on are the images to which it may write: only who
# has one open since before the first command is told of all that could not be written, whoever asked before, and by whatever name it goes.
#
# Why it is written as it is:
# - `set -m`: without job control a shell's background children have SIGINT and SIGQUIT ignored, which nothing undoes.
#   It needs a controlling terminal, which a session leader gets by opening one.
# - The command file of a session brings directory and program; environment and words are in the program, which takes them on last.
# - The command is a child of a subshell that leads its own process group: there setsid does not fork, and the
#   subshell's wait gives the status. The subshell's own stderr leads nowhere, or the shell would say `Killed` on the command's.
# - Standard input goes through one more pipe: whoever opens a FIFO anew (/dev/stdin) after its writer has gone waits for ever;
#   a pipe without a name does not do that. Output needs none, its reader is always there.
# - A pipe of the caller's own may come by libvirt in place of all that: nothing reads ahead of the command then.
# - What is kept has readers of its output in its session as well: while nobody else reads it the command waits, and is not ended by SIGPIPE.
# - It begins only when the host says `go`: then the limit of processes holds, for it and for all that it starts.
# - A fork that fails ends the shell, but not one in `command eval`: a sandbox at its limit of processes still hears its host. A session
#   that ends so says it by its trap of EXIT.
# - libvirt ends a container with TERM and then waits 1.6 s for those who do not listen; PID 1 listens only if it says so.
# - Every FIFO is opened read-write first, which never blocks: whoever has the other end may have been killed meanwhile, and PID 1
#   would take no more lines, or end at the next SIGCHLD, which breaks the open off.
# - Reading ctl.in read-write means it never ends; PID 1 is told to go by a line, because a signal between two reads could be missed.
# - The host says `bye` when session 0 has ended; with a terminal only when it has seen the end mark there. SIGPIPE is ignored from
#   libvirtd down, so a write to a host that has gone fails: then the init goes by itself.

@applets@
exec </dev/tty1 6>/dev/null
set -m -f
umask 022
_vs_d=/run/sandbox
_vs_live=
_vs_images=

@check@

fatal() {
	trap - EXIT
	echo "fatal ${_vs_n:-0} $1" >&4
	[ "${_vs_n:-0}" = 0 ] && echo bye >&3
	exit 1
}

session() {
	_vs_n=$1 _vs_tty= _vs_mark=
	trap 'fatal processes' EXIT
	. $_vs_d/$1.cmd
	if [ "$_vs_status" = 0 ]; then
		echo "found $_vs_n" >&4
		exec 2>&6
		# A subshell, since the shell does a plain command's redirections to itself while it waits, and would say "Killed" there.
		# When memory runs out the command goes, not what would tell its status.
		(echo 500 >/proc/self/oom_score_adj; exec "$@" 2>&5 3>&- 4>&- 5>&- 7<&- 8<&-)
		_vs_status=$?
	fi
	# The sticky bit: whoever finds it need not write the mark.
	[ "$_vs_tty" ] && command eval 'ease $_vs_tty; chmod +t $_vs_tty'
	# Without a reader nobody will say bye.
	echo "exit $_vs_n $_vs_status" >&4 || { [ "$_vs_n" = 0 ] && echo bye >&3; }
	[ "$_vs_tty" ] && echo -n "$_vs_mark" >&0
	trap - EXIT
	exit 0
}

# A session that was killed cannot tell its end; the host takes the first line that comes, so one too many does no harm. Its files go with that line.
gone() {
	local tty= mark=
	find_mark $1
	[ "$tty" ] && tty=/dev/tty$tty
	[ -k "$tty" ] && tty=
	echo "exit $1 137" >&4 || { [ $1 = 0 ] && echo bye >&3; }
	[ "$tty" ] && command eval '{ ease $tty; echo -n "$mark" >$tty; } 3>&- 4>&- &'
}

@marks@

@reap@

# What the command file calls.
pipes() {
	[ $1 = 0 ] || chown $1 /proc/self/fd/0
	exec 7<>$_vs_d/$_vs_n.out 8<>$_vs_d/$_vs_n.err
	exec >$_vs_d/$_vs_n.out 2>$_vs_d/$_vs_n.err
	if [ "$3" ]; then exec 7<$_vs_d/$_vs_n.out 8<$_vs_d/$_vs_n.err; else exec 7>&- 8>&-; fi
	[ $2 = one ] && exec 2>&1
	begin
}

terminal() {
	_vs_tty=/dev/tty$1 _vs_mark=$3
	command exec <>$_vs_tty || fatal terminal
	exec >&0 2>&0
	# Of a further command: what was typed for an earlier one, and not read, is for nobody, nor for what else its next user runs.
	[ $_vs_n -lt 2 ] || $_vs_d/flush
	chown $2 $_vs_tty
	chmod 620 $_vs_tty
	stty sane rows $4 cols $5
	begin
}

begin() {
	echo "ready $_vs_n" >&4
	exec 5>&2
}

@send@

# The client stays and renews. Many tries: dnsmasq tries out each address for 3 s, one after the other. It closes all descriptors but the first three, so its script tells the host by its output.
lease() {
	local name
	read -r name </proc/sys/kernel/hostname
	udhcpc -i $1 -n -t 20 -T 1 -x hostname:$name -s $_vs_d/lease >&4 2>/dev/null 3>&-
}

start() {
	if [ -e $_vs_d/$1.in ]; then
		# Opened here, because the host takes "ready" for it.
		exec 7<>$_vs_d/$1.in
		exec 8<$_vs_d/$1.in 7>&-
		dd bs=65536 <&8 2>&6 3>&- 4>&- 8>&- | session $1 8>&- &
		exec 8>&-
	elif [ -e /proc/self/fd/9 ]; then
		session $1 <&9 9<&- &
		exec 9<&-
	else
		session $1 &
	fi
	eval "_vs_job$1=$!"
	# It may be over by now.
	_vs_live="$_vs_live $1"
	reap
}

# What a fork that failed half way has left open would keep a pipe alive. A child in which something failed comes here as well, and is no init.
try_start() {
	local pid
	command eval 'start $1' && return
	read -r pid _ </proc/self/stat
	[ $pid = 1 ] || exit 1
	exec 5>&- 7>&- 8>&-
	echo "fatal $1 processes" >&4
	[ $1 = 0 ] && echo bye >&3
}

hold_images() {
	local place image=20
	while IFS= read -r place; do
		command eval "exec $image<\"\$place\""
		_vs_images="$_vs_images $image"
		image=$((image + 1))
	done <$_vs_d/images
}

# Where there are images to which it may write. Nobody goes on writing then; those who have ended count in the limit of processes until they are waited for.
leave() {
	local image program session turn=0 left=1
	[ "$_vs_images" ] || exit 0
	echo leaving >&4
	trap - CHLD
	kill -9 -1
	for session in $_vs_live; do echo "exit $session 137" >&4; done
	while kill -0 -1 2>&6 && [ $turn -lt 100 ]; do
		jobs >&6
		command eval 'usleep 10000'
		turn=$((turn + 1))
	done
	for image in $_vs_images; do
		program=written
		[ -b /proc/1/fd/$image ] && program=flushed
		command eval "$_vs_d/$program <&$image 3>&- 4>&-" || left=
	done
	[ -z "$left" ] || echo left >&4
	exit 0
}

# The host makes them while libvirt makes us; this is the last of them.
until [ -p $_vs_d/ctl.out ]; do usleep 500; done
exec 3<>$_vs_d/ctl.in 4>$_vs_d/ctl.out
echo here >&4
# All that is above the shell has read by now: it loses no time once the host lets it go on.
until read -r verb <&3; do :; done
[ "$verb" = go ] || exit 0
trap reap CHLD
trap 'exit 0' TERM
[ -f $_vs_d/images ] && hold_images
[ -f $_vs_d/setup ] && . $_vs_d/setup
[ -f $_vs_d/0.cmd ] && try_start 0
while :; do
	read -r verb a b c _ <&3 || continue
	case $a$b$c in *[!0-9]*) continue ;; esac
	case $verb in
	spawn)
		await_end "$a"
		try_start "$a"
		;;
	signal)
		eval "job=\$_vs_job$a"
		reap
		case " $_vs_live " in
		*" $a "*) hit $job "$b" || command eval 'send $job "$b" &' ;;
		# An owner that came later asks of what ended, or never began, before it.
		*) echo "exit $a 137" >&4 ;;
		esac
		;;
	resize) command eval 'stty -F /dev/tty$a rows "$b" cols "$c" 2>&6' ;;
	bye) leave ;;
	esac
done
