# The program that is process 1 of a machine once its root is there: a script for busybox's shell, the machine's counterpart of the
# container's init (container/init.sh, which tells why much of it is written as it is).
#
# Host to guest, on the control port: first the time, as an answer to `clock` (process-one.ts) · `spawn N PLACE LENGTH LENGTH` and a command file and the command's program of so many bytes · `signal N SIGNAL` · `resize CONSOLE ROWS COLUMNS` · `close N out|err` · `bye`.
# Guest to host: `ready N` · `found N` (the command's program) · `closed N` (nobody reads session N's input any more) · `memory N COUNT` (processes that the kernel has killed for want of it) · `exit N STATUS` · `wrote N OUTBYTES ERRBYTES` (after that, of pipes) · `left` (all is written to images) · `fatal N WORD`.
#
# Descriptors: 3 and 4 are the control port, 5 is a command's standard error or a pipe's port, 6 has all devices of the kernel, 7 and 8 are ports, 9 is the
# init's own directory, to write to (process-one.ts). 20 and on are the images that are mounted, then those and the disks as devices, as far as they may be written to.
#
# What is the machine's own:
# - PLACE is where a session's ports are: `0` the first session's, `e1` a slot's, `c2` a terminal's.
# - A port of virtio is no pipe: it can be opened once, has no end and never fails. So the command gets pipes, and a pump for each
#   stream copies between pipe and port. It writes the count when it is done, since lines on one port may overtake bytes on another.
# - When the first command has ended, all it left running is killed, so that its pipes come to their end. A pump whose reader on the
#   host has gone is killed (`close`), so that the command sees a broken pipe.
# - A terminal is a pseudo-terminal, joined to a port by two pumps: QEMU throws away what comes too fast out of a console of virtio,
#   and holds up who writes to a port. After the end mark it is hung up for all who still have it open.
# - What it runs and reads lies in a directory that is mounted read-only: a command may be root, and process 1 has all capabilities. It
#   writes there by a descriptor of its own, which no command can look at.
# - Input comes to its end when the host half-closes its socket: QEMU closes the port when it has passed on all.

@applets@
set -m -f
umask 022
cd /
_vs_d=/run/sandbox
_vs_w=/proc/1/fd/9
exec 3<&4
# When memory runs out commands go, not what would tell their status.
echo -1000 >/proc/self/oom_score_adj
_vs_live=
# Whose read a child's end breaks off has not lost its host.
trap 'reap; _vs_lost=0' CHLD

@check@

fatal() {
	echo "fatal $_vs_n $1" >&4
	# Process 1 itself must not end; the host ends a machine whose first session came to nothing.
	[ "$_vs_begun" ] && exit 1
	while :; do sleep 60; done
}

@end@

# What the command file calls.
pipes() {
	[ $1 = 0 ] || chown $1 /proc/self/fd/0 $_vs_w/$_vs_n.out $_vs_w/$_vs_n.err
	exec >$_vs_d/$_vs_n.out 2>$_vs_d/$_vs_n.err
	# Opened all the same: its pump ends with it.
	[ $2 = one ] && exec 2>&1
	begin
}

terminal() {
	_vs_tty=$_vs_pty _vs_mark=$3
	chown $2 $_vs_tty
	chmod 620 $_vs_tty
	exec <>$_vs_tty >&0 2>&0
	stty rows $4 cols $5
	# Whoever reads a terminal of exec drops what came before, of the last one there.
	[ $_vs_n -lt 2 ] || echo -n "$_vs_mark"
	begin
}

begin() {
	echo "ready $_vs_n" >&4
	exec 5>&2
}

@send@

@join@

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
		# Those of the first session are there.
		[ -p $_vs_d/$1.out ] || mkfifo -m 600 $_vs_w/$1.out $_vs_w/$1.err
		join_pipes $1 $2 || { echo "fatal $1 port" >&4; return; }
		;;
	esac
	eval "_vs_job$1=$!"
	# It may be over by now.
	_vs_live="$_vs_live $1"
	reap
}

# The host does not take the bytes any more: the command is to see a broken pipe.
close_output() {
	local job
	# One that has counted is over, and its number somebody else's.
	[ -p $_vs_d/$1.$2 ] && [ ! -s $_vs_d/$1.$2.count ] || return
	eval "job=\$_vs_$2$1"
	[ "$job" ] || return
	kill -9 -$job
	[ -s $_vs_d/$1.$2.count ] || echo 0 >$_vs_w/$1.$2.count
}

# INTERFACE: by DHCP, as the run's setup asks for it. The client stays and renews, and has nothing of process 1.
lease() {
	local name
	read -r name </proc/sys/kernel/hostname
	# In a shell of its own: busybox's tools may be functions here, whose redirections are process 1's.
	(udhcpc -n -t 8 -T 1 -A 1 -i $1 -x hostname:$name -s $_vs_d/lease) >&2 3>&- 4>&- 6>&- 9>&- && return
	echo "virt-sandbox: nobody gave an address to $1" >&2
	return 1
}

# What may be written to, open since before the first command: only who has it so is told of all that could not be written, whoever asked before.
hold_images() {
	local place disk is_readonly image=20
	while IFS= read -r place; do
		command eval "exec $image<\"\$place\""
		_vs_images="$_vs_images $image"
		image=$((image + 1))
	done <$_vs_d/images
	set +f
	for disk in /sys/block/vd*; do
		[ -e $disk ] && read -r is_readonly <$disk/ro && [ $is_readonly = 0 ] || continue
		command eval "exec $image</proc/1/fd/6/${disk##*/}"
		_vs_disks="$_vs_disks $image"
		image=$((image + 1))
	done
	set -f
}

# That all is written to the images is said last of all: whoever is ended before that has lost some of it.
leave() {
	local place image left=1
	for image in $_vs_images; do
		eval "$_vs_d/written <&$image" || left=
		eval "exec $image<&-"
	done
	while IFS= read -r place; do
		umount "$place" || mount -o remount,ro "$place" || left=
	done <$_vs_d/images
	for image in $_vs_disks; do eval "$_vs_d/flushed <&$image" || left=; done
	[ -z "$left" ] || echo left >&4
	poweroff -f
}

# LENGTH NAME: a file that comes from the host.
take() {
	dd iflag=fullblock,count_bytes bs=4096 count=$1 <&3 >$_vs_w/$2 2>/proc/1/fd/6/null 4>&-
}

_vs_pumps=
_vs_lost=0
_vs_n=0
_vs_images=
_vs_disks=
hold_images
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
	spawn | signal | resize) case $a${b#[ce]}$c$d in *[!0-9]*) continue ;; esac ;;
	close)
		case $a in '' | *[!0-9]*) continue ;; esac
		case $b in out | err) close_output $a $b ;; esac
		;;
	esac
	case $verb in
	spawn)
		await_end $a
		umask 077
		take $c $a.cmd
		take $d $a.run
		chmod 700 $_vs_w/$a.run
		umask 022
		rm -f $_vs_w/$a.told
		start $a $b
		;;
	signal)
		eval "job=\$_vs_job$a"
		[ "$job" ] && send $job "$b" 3>&- 4>&- &
		;;
	resize)
		eval "tty=\$_vs_pty_c$a"
		[ "$tty" ] && stty -F $tty rows "$b" cols "$c" 2>/proc/1/fd/6/null
		;;
	bye) leave ;;
	esac
done
