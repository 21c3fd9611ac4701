import {checkFunction, sendFunction} from '../init-functions.ts';
import {portPrefix} from './port-names.ts';

/**
 * The program that is process 1 of a machine once its root is there: a script for busybox's shell, the machine's counterpart of the
 * container's init (guest/init-script.ts, which tells why much of it is written as it is).
 *
 * Host to guest, on the control port: `spawn N PLACE LENGTH [LENGTH]` and the command file of so many bytes, and the command's program, where it has one · `signal N SIGNAL` · `resize CONSOLE ROWS COLUMNS` · `hush N out|err` · `bye`.
 * Guest to host: `ready N` · `deaf N` (nobody reads session N's input any more) · `exit N STATUS OUTBYTES ERRBYTES` · `fatal N WORD`.
 *
 * What is the machine's own:
 * - PLACE is where a session's ports are: `0` the first session's, `e1` a slot's, `c2` a terminal's.
 * - A port of virtio is no pipe: it can be opened once, has no end and never fails. So the command gets pipes, and a pump for each
 *   stream copies between pipe and port. It counts what it wrote, since lines on one port may overtake bytes on another.
 * - When the first command has ended, all it left running is killed, so that its pipes come to their end. A pump whose reader on the
 *   host has gone is killed (\`hush\`), so that the command sees a broken pipe.
 * - A terminal is a pseudo-terminal, joined to a port by two pumps: QEMU throws away what comes too fast out of a console of virtio,
 *   and holds up who writes to a port. After the end mark it is hung up for all who still have it open.
 * - Input comes to its end when the host half-closes its socket: QEMU closes the port when it has passed on all.
 */
export const runInitScript = `#!/run/sandbox/busybox sh
set -m -f
umask 022
cd /
_vs_d=/run/sandbox
exec 3<&4
_vs_live=
trap reap CHLD

${checkFunction}

fatal() {
	echo "fatal $_vs_n $1" >&4
	# Process 1 itself must not end; the host ends a machine whose first session came to nothing.
	[ "$_vs_begun" ] && exit 1
	while :; do sleep 60; done
}

# SESSION STREAM PORT: from the command's pipe to the host, with a count: a whole line, written at once. Nothing follows it, since
# what a pump begins while a session ends may be swept away.
pump() {
	tee $_vs_d/port/$3.$2 <$_vs_d/$1.$2 | wc -c >$_vs_d/$1.$2.count
}

# Kills all but process 1, this shell, its feeder and the pumps, until nothing is left to kill.
sweep() {
	local self feeder job child file pid keep=' 1 ' again=0
	read -r self _ _ _ feeder _ </proc/self/stat
	keep="$keep$self $feeder "
	for job in $_vs_pumps; do
		child=
		read -r child </proc/$job/task/$job/children
		keep="$keep$job $child "
	done
	# Whose parent has ended is a child of process 1: mostly there is nobody, and no need to look at all processes.
	read -r child </proc/1/task/1/children
	for pid in $child; do
		case $keep in *" $pid "*) ;; *) again=1 ;; esac
	done
	child=
	read -r child </proc/$self/task/$self/children
	[ "$child" ] && again=1
	set +f
	while [ $again = 1 ]; do
		again=0
		for file in /proc/[0-9]*; do
			pid=\${file#/proc/}
			# The kernel's own have no program.
			case $keep in *" $pid "*) continue ;; esac
			[ -e $file/exe ] && kill -9 $pid && again=1
		done
	done
	set -f
} 2>/dev/null

session() {
	_vs_n=$1 _vs_tty= _vs_mark=
	. $_vs_d/$1.cmd
	if [ "$_vs_status" = 0 ]; then
		exec 2>/dev/null
		(exec "$@" 2>&5 3>&- 4>&- 5>&-)
		_vs_status=$?
	fi
	PATH=
	cd /
	[ "$_vs_tty" ] || exec >/dev/null
	exec 2>/dev/null 5>&-
	_vs_out=0 _vs_err=0
	[ $_vs_n = 0 ] && sweep
	if [ -z "$_vs_tty" ]; then
		local tries=0
		while ! read -r _vs_out <$_vs_d/$_vs_n.out.count || ! read -r _vs_err <$_vs_d/$_vs_n.err.count; do
			usleep 2000
			tries=$((tries + 1))
			# Somebody who changes process all the time may have been overlooked.
			[ $_vs_n = 0 ] && [ $((tries % 100)) = 0 ] && sweep
		done
	fi
	echo "exit $_vs_n $_vs_status $_vs_out $_vs_err" >&4
	: >$_vs_d/$_vs_n.told
	if [ "$_vs_tty" ]; then
		echo -n "$_vs_mark" >$_vs_tty
		$_vs_d/hangup <$_vs_tty
	fi
	[ $_vs_n = 0 ] || rm -f $_vs_d/$_vs_n.out $_vs_d/$_vs_n.err $_vs_d/$_vs_n.out.count $_vs_d/$_vs_n.err.count $_vs_d/$_vs_n.run
	exit 0
}

# A session that was killed cannot tell its end. By a value, not by a status: this runs in a trap, and a second signal in it leaves
# statuses of before the first one.
reap() {
	jobs >/dev/null
	local n job comm left=
	for n in $_vs_live; do
		comm=
		eval "job=\\$_vs_job$n"
		read -r comm </proc/$job/comm
		case $comm in
		'')
			[ -e $_vs_d/$n.told ] || { lost $n 3>&- & }
			eval "job=\\$_vs_in$n"
			[ "$job" ] && kill -9 $job
			;;
		*) left="$left $n" ;;
		esac
	done 2>/dev/null
	_vs_live=$left
}

lost() {
	local out err
	rest $1 out
	rest $1 err
	echo "exit $1 137 \${out:-0} \${err:-0}" >&4
	eval "out=\\$_vs_pty$1"
	[ "$out" ] && $_vs_d/hangup <$out
}

# SESSION STREAM: sets the variable STREAM to the count of its pump, unless that was killed too.
rest() {
	local pump
	eval "pump=\\$_vs_$2$1"
	[ "$pump" ] || return
	while [ ! -s $_vs_d/$1.$2.count ] && kill -0 $pump; do usleep 5000; done
	read -r $2 <$_vs_d/$1.$2.count
} 2>/dev/null

# What the command file calls, before it sets the command's environment.
pipes() {
	chown $1 /proc/self/fd/0 $_vs_d/$_vs_n.out $_vs_d/$_vs_n.err
	exec >$_vs_d/$_vs_n.out 2>$_vs_d/$_vs_n.err
	begin
}

terminal() {
	_vs_tty=$_vs_pty _vs_mark=$3
	chown $2 $_vs_tty
	chmod 620 $_vs_tty
	exec <>$_vs_tty >&0 2>&0
	stty rows $4 cols $5
	begin
}

hold() {
	:
}

begin() {
	echo "ready $_vs_n" >&4
	exec 5>&2
}

${sendFunction}

# Those of a slot, or of a terminal for exec, come when it is first used.
find_port() {
	local tries=0 place name
	set +f
	while [ ! -e $_vs_d/port/$1 ] && [ $tries -lt 1000 ]; do
		for place in /sys/class/virtio-ports/*; do
			name=
			read -r name 2>/dev/null <$place/name
			case $name in ${portPrefix}*) ln -sf /dev/\${place##*/} $_vs_d/port/\${name#${portPrefix}} ;; esac
		done
		tries=$((tries + 1))
		[ -e $_vs_d/port/$1 ] || usleep 5000
	done
	set -f
}

# SESSION PORT: a new pseudo-terminal, whose pumps run as long as the session. A port is opened once, and its last session's pump may be at its end.
join_terminal() {
	local tries=0 key=
	find_port $2
	{
		$_vs_d/unlock <&7 || return
		while [ "$key" != tty-index: ]; do read -r key _vs_pty || return; done </proc/self/fdinfo/7
		_vs_pty=/dev/pts/$_vs_pty
		until {
			dd bs=4096 <&8 >&7 3>&- 4>&- &
			eval "_vs_in$1=$!"
			_vs_pumps="$_vs_pumps $!"
			dd bs=4096 <&7 >&8 3>&- 4>&- &
			_vs_pumps="$_vs_pumps $!"
		} 8<>$_vs_d/port/$2; do
			tries=$((tries + 1))
			[ $tries -lt 200 ] || return
			usleep 5000
		done
	} 7<>/dev/pts/ptmx 2>/dev/null
	eval "_vs_pty$1=$_vs_pty _vs_pty_$2=$_vs_pty"
}

# SESSION PLACE
start() {
	[ -e $_vs_d/$1.cmd ] || return
	case $2 in
	c*)
		join_terminal $1 $2 || { echo "fatal $1 terminal" >&4; return; }
		session $1 &
		;;
	*)
		find_port $2.err
		mkfifo -m 600 $_vs_d/$1.out $_vs_d/$1.err
		pump $1 out $2 3>&- 4>&- &
		eval "_vs_out$1=$!"
		_vs_pumps="$_vs_pumps $!"
		pump $1 err $2 3>&- 4>&- &
		eval "_vs_err$1=$!"
		_vs_pumps="$_vs_pumps $!"
		{ dd bs=65536 <$_vs_d/port/$2.in 2>/dev/null 3>&- 4>&-; echo "deaf $1" >&4; } | session $1 &
		;;
	esac
	eval "_vs_job$1=$!"
	# It may be over by now.
	_vs_live="$_vs_live $1"
	reap
}

# The host does not take the bytes any more: the command is to see a broken pipe.
hush() {
	local job
	eval "job=\\$_vs_$2$1"
	[ "$job" ] || return
	kill -9 -$job
	[ -s $_vs_d/$1.$2.count ] || echo 0 >$_vs_d/$1.$2.count
}

# INTERFACE: by DHCP, as the run's setup asks for it.
lease() {
	udhcpc -q -n -f -t 8 -T 1 -A 1 -i $1 -s $_vs_d/lease >&2 && return
	echo "virt-sandbox: nobody gave an address to $1" >&2
	return 1
}

leave() {
	local place
	while read -r place; do umount "$place" || mount -o remount,ro "$place"; done <$_vs_d/images
	poweroff -f
}

# LENGTH NAME: a file that comes from the host.
take() {
	dd iflag=fullblock,count_bytes bs=4096 count=$1 <&3 >$_vs_d/$2 2>/dev/null 4>&-
}

_vs_pumps=
_vs_lost=0
_vs_n=0
. $_vs_d/setup
_vs_begun=1
start 0 $_vs_first
while :; do
	if ! read -r verb a b c d _ <&3; then
		# A signal, of which each child that ends sends one, or nobody at the other end: then there is nobody to live for.
		_vs_lost=$((_vs_lost + 1))
		[ $_vs_lost -lt 50 ] && continue
		usleep 10000
		[ $_vs_lost -lt 250 ] && continue
		leave
	fi
	_vs_lost=0
	case $verb in
	spawn | signal | resize) case $a\${b#[ce]}$c$d in *[!0-9]*) continue ;; esac ;;
	hush)
		case $a in '' | *[!0-9]*) continue ;; esac
		case $b in out | err) hush $a $b ;; esac
		;;
	esac
	case $verb in
	spawn)
		umask 077
		take $c $a.cmd
		if [ "$d" ]; then
			take $d $a.run
			chmod 700 $_vs_d/$a.run
		fi
		umask 022
		rm -f $_vs_d/$a.told
		start $a $b
		;;
	signal)
		eval "job=\\$_vs_job$a"
		[ "$job" ] && send $job "$b" 3>&- 4>&- &
		;;
	resize)
		eval "tty=\\$_vs_pty_c$a"
		[ "$tty" ] && stty -F $tty rows "$b" cols "$c" 2>/dev/null
		;;
	bye) leave ;;
	esac
done
`;

/** What udhcpc runs with a lease. */
export const leaseScript = `#!/run/sandbox/busybox sh
case $1 in
bound | renew)
	ip addr flush dev $interface
	ip addr add $ip/\${mask:-24} \${broadcast:+broadcast $broadcast} dev $interface
	for gateway in $router; do
		ip route add default via $gateway dev $interface
		break
	done
	[ -s /run/sandbox/resolv.conf ] || for server in $dns; do echo "nameserver $server" >>/run/sandbox/resolv.conf; done
	;;
esac
`;
