import {askDaemon, watchSpin} from './embedded-asking.ts';
import {logBytes, trimLogs} from './embedded-logs.ts';
import {defaultNetwork, watchNetwork} from './embedded-network.ts';
import {takeUsualLimits, takeUsualTraits} from './embedded-limits.ts';

/** Seconds that libvirtd may go on without its socket before it is killed. A start waits a little longer. */
const endSeconds = 7;

/**
 * A POSIX shell script that becomes the embedded libvirtd. It runs as root in a mount namespace of its own, and takes the
 * directory of the daemon's state, the idle time in seconds, the path of libvirtd and the number of the system call prctl
 * (0: unknown) as $1 to $4.
 *
 * It begins when its input ends: until then it may be moved to a cgroup where it is safe from the end of the caller's service.
 *
 * The caller's descriptors are none of the daemon's: a lock or a pipe that the caller has would stay held for as long as it runs.
 *
 * It ends at once with status 75 when such a daemon lives already: the lock on ../libvirtd.lock is libvirtd's from its start to
 * its end, however it ends. A child of the child subreaper, libvirtd finds its guests reaped at once: it waits for that with
 * locks held, and on some hosts process 1 is slow.
 */
export const embeddedLibvirtdScript = `set -eu
directory=$1 idle=$2 program=$3 prctl=$4
read -r _ || :
exec </dev/null 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
${takeUsualLimits}
(umask 077; : >>"$directory.lock")
exec 9>"$directory.lock"
flock -n 9 || exit 75

cd "$directory"
: >libvirtd.out
mkdir -p run etc/qemu/networks lib cache logs sock
for file in lxc.conf qemu.conf network.conf; do
	if [ -r "/etc/libvirt/$file" ]; then cp "/etc/libvirt/$file" "etc/$file"; fi
done
echo 'stdio_handler = "file"' >>etc/qemu.conf
# A network and a bridge that the host does not have. The first ones are those of libvirt's own default, and left to a libvirtd of the host.
subnet=122
if [ -e /etc/libvirt/qemu/networks/default.xml ]; then subnet=123; fi
taken=$(ip -4 route show 2>/dev/null) || :
while [ "$subnet" -lt 254 ]; do
	bridge=$((subnet - 122))
	case $taken in *"192.168.$subnet."*) ;; *) [ -e "/sys/class/net/virbr$bridge" ] || break ;; esac
	subnet=$((subnet + 1))
done
cat >etc/qemu/networks/default.xml <<END
${defaultNetwork}END
cat >libvirtd.conf <<END
unix_sock_dir = "$directory/sock"
unix_sock_rw_perms = "0700"
auth_unix_rw = "none"
log_level = 3
log_outputs = "3:file:$directory/libvirtd.log"
END
rm -f libvirtd.log

bind() {
	mkdir -p "$2"
	mount --bind "$1" "$2"
}
bind run /run/libvirt
bind etc /etc/libvirt
bind lib /var/lib/libvirt
bind cache /var/cache/libvirt
# In a file system of their own, which ends with the daemon. The host sees them by a link to the process that this becomes.
mount -t tmpfs -o "size=${logBytes.all},mode=700" tmpfs logs
bind logs /var/log/libvirt
rm -rf log
ln -s "/proc/$$/root/var/log/libvirt" log
# LXC does not start beside cgroup v1 while version 2 is mounted there as well.
if [ -d /sys/fs/cgroup/unified ] && mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi
# Of control groups that are mounted twice it takes the last, and mounts them at that place in containers. The way there may be led elsewhere
# meanwhile: what was opened is to be that very mount, and goes by its descriptor.
take_away() {
	timeout -s KILL 5 sh -c 'exec 8<"$1" && grep -qx "mnt_id:[[:blank:]]*$2" /proc/self/fdinfo/8 && exec umount -c -l /proc/self/fd/8' take-away "$@" || :
}
if mountpoint -q /sys/fs/cgroup; then
	while read -r id _ _ _ place rest; do
		case $place in /sys/fs/cgroup|/sys/fs/cgroup/*) continue ;; esac
		case $rest in *" - cgroup "*|*" - cgroup2 "*) ;; *) continue ;; esac
		# The kernel has blanks as \\040, which printf knows as \\0040.
		take_away "$(printf %b "$(printf %s "$place" | sed 's/\\\\\\([0-7]\\{3\\}\\)/\\\\0\\1/g')")" "$id"
	done </proc/self/mountinfo
fi

set -- "$program" --config "$directory/libvirtd.conf" --pid-file "$directory/libvirtd.pid" --timeout "$idle"
cd /
if [ "$prctl" = 0 ] || ! command -v perl >/dev/null; then exec "$@"; fi
exec perl -e '
	opendir my $descriptors, "/proc/self/fd" or die "/proc/self/fd: $!";
	my @inherited = grep { /^\\d+$/ && $_ > 2 && $_ != 9 } readdir $descriptors;
	closedir $descriptors;
	for (@inherited) {
		open my $handle, "<&=", $_ or next;
		close $handle;
	}
	my $prctl = shift(@ARGV);
	syscall 0 + $prctl, 36, 1, 0, 0, 0; # PR_SET_CHILD_SUBREAPER
	${takeUsualTraits}
	my ($directory, $step) = splice @ARGV, 0, 2;
	my $child = fork // die "fork: $!";
	exec {$ARGV[0]} @ARGV or die "$ARGV[0]: $!" if $child == 0;
	open my $lock, "<&=", 9;
	close $lock;
	${askDaemon}
	${watchNetwork}
	${trimLogs}
	local $SIG{PIPE} = "IGNORE";
	my $lives = 1;
	${watchSpin}
	# libvirtd takes its socket away as it ends, and now and then never does: nobody could have another one.
	my ($was_there, $gone) = (0, 0);
	my $watch_end = sub {
		return $was_there = 1, $gone = 0 if -S "$directory/sock/libvirt-sock";
		kill "KILL", $child if $lives && $was_there && ++$gone == ${endSeconds};
	};
	my $seconds = 0;
	local $SIG{ALRM} = sub {
		trim_logs();
		$watch_end->();
		watch_spin();
		watch_network() if ++$seconds % $step == 0;
		alarm 1;
	};
	alarm 1;
	my $status = 1;
	while (1) {
		my $ended = wait;
		if ($ended == -1) {
			next if $! == 4; # EINTR
			last;
		}
		next if $ended != $child;
		# From now on its number may be that of another process. Guests may still be there.
		$lives = 0;
		$status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	}
	# By then it may be that of the next daemon.
	unlink "$directory/log" if (readlink("$directory/log") // "") eq "/proc/$$/root/var/log/libvirt";
	exit $status;
' "$prctl" "$directory" "$((idle / 8 > 0 ? idle / 8 : 1))" "$@"
`;
