import {ioTarget} from './root/root-plan.ts';

/** The applets that inits use, beside their shell. */
export const initApplets = [
	'cat',
	'chmod',
	'chown',
	'cp',
	'dd',
	'dirname',
	'ip',
	'ln',
	'mkdir',
	'mkfifo',
	'mktemp',
	'mount',
	'mv',
	'poweroff',
	'readlink',
	'rm',
	'rmdir',
	'sleep',
	'stat',
	'stty',
	'touch',
	'udhcpc',
	'umount',
	'usleep',
];

/**
 * Shell: applets of busybox are its own. Whether its shell looks for them in itself was chosen when it was built; else they would be
 * looked for in PATH, which in an init leads to no program of the root.
 */
export const appletLines = `PATH=${ioTarget}
command -v usleep >/dev/null || for _vs_applet in ${initApplets.join(' ')}; do
	eval "$_vs_applet() { ${ioTarget}/busybox $_vs_applet \\"\\$@\\"; }"
done`;

/** Shell, WORD PATH: whether a word names a program that can be run; else the message and status that a shell has for it. */
export const checkFunction = `check() {
	case $1 in
	*/*)
		[ -e "$1" ] || { echo "virt-sandbox: $1: not found" >&2; return 127; }
		[ -f "$1" ] && [ -x "$1" ] && return 0
		;;
	'')
		echo "virt-sandbox: '': not found" >&2
		return 127
		;;
	*)
		local IFS=: dir seen=
		for dir in $2; do
			[ -f "\${dir:-.}/$1" ] || continue
			seen=1
			[ -x "\${dir:-.}/$1" ] && return 0
		done
		[ "$seen" ] || { echo "virt-sandbox: $1: not found" >&2; return 127; }
		;;
	esac
	echo "virt-sandbox: $1: not executable" >&2
	return 126
}`;

/**
 * Shell, JOB SIGNAL: `hit` sends a signal to the process group of a job's child, if there is one, and needs no process for that; `send` waits
 * for one. The file of children has no line's end, so read's status says nothing.
 *
 * `nowhere` is where a redirection of an init leads for nothing: by its name `/dev/null` is whatever a command that is root has put there,
 * and process 1 would wait for the other end of a named pipe.
 */
export const sendFunction = (nowhere: string): string => `hit() {
	local child=
	[ -e /proc/$1/task/$1/children ] || return 0
	read -r child _ </proc/$1/task/$1/children
	[ "$child" ] && kill -$2 -$child
} 2>${nowhere}

send() {
	local tries=0
	while [ $tries -lt 200 ]; do
		hit $1 $2 && return 0
		usleep 5000
		tries=$((tries + 1))
	done
} 2>${nowhere}`;

/**
 * Shell, for CHLD: calls `gone SESSION`, which each init has of its own, for sessions that have ended. By a value, not by a status: this
 * runs in a trap, and a second signal in it leaves statuses of before the first one.
 */
export const reapFunction = (nowhere: string): string => `reap() {
	jobs >${nowhere}
	local n job comm left=
	for n in $_vs_live; do
		comm=
		eval "job=\\$_vs_job$n"
		read -r comm </proc/$job/comm
		case $comm in
		'') gone $n ;;
		*) left="$left $n" ;;
		esac
	done 2>${nowhere}
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
}`;

/**
 * Shell, SESSION: `find_mark` sets `tty` and `mark` as its command file has them, for a session that was killed; `tty` is empty where it has
 * none. Shell, TERMINAL: `ease` lets one go on that was stopped, and pass on bytes as they are, the mark's too.
 */
export const markFunctions = (nowhere: string): string => `find_mark() {
	local verb
	read -r verb tty _ mark _ <$_vs_d/$1.cmd
	mark=\${mark#?}
	mark=\${mark%?}
	[ "$verb" = terminal ] || tty=
} 2>${nowhere}

ease() {
	stty -F $1 -ixon -opost
} 2>${nowhere}`;
