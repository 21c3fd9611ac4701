import type {Probe} from '../probe.ts';
import {refuseCalls} from '../system-calls.ts';

/** Asks for a user namespace in every way, keeping the user (an exec would lose what it gives), then for the control groups. */
const takeNamespace = `perl -e '
	$| = 1;
	my $user = 0x10000000;
	print "open: unshare gives users\\n" if syscall(272, $user | 0x02020000) == 0;
	my $child = syscall(56, $user | 17, 0, 0, 0, 0);
	if ($child == 0) { print "open: clone gives users\\n"; exit }
	waitpid($child, 0) if $child > 0;
	my $arguments = pack("Q11", $user, (0) x 3, 17, (0) x 6);
	my $other = syscall(435, $arguments, 88);
	if ($other == 0) { print "open: clone3 gives users\\n"; exit }
	waitpid($other, 0) if $other > 0;
	my ($source, $target, $type, $data) = ("none", "/tmp/groups", "cgroup2", "");
	mkdir $target;
	print "open: the control groups are mounted\\n" if syscall(165, $source, $target, $type, 0, $data) == 0;
	print "held\\n"'`;

const namespaces = {mounts: 0x0002_0000, groups: 0x0200_0000, names: 0x0400_0000, ipc: 0x0800_0000, processes: 0x2000_0000, network: 0x4000_0000, time: 0x80};

/** Capabilities and namespaces. */
export const namespaceProbes: readonly Probe[] = [
	{id: 'users-of-root', wall: 'Root gets no user namespace, so no capabilities and no control groups', script: takeNamespace},
	{
		id: 'users-of-nobody',
		wall: 'Another user gets no user namespace, so no capabilities and no control groups',
		script: takeNamespace,
		user: 'nobody',
	},
	{
		id: 'namespaces',
		wall: 'Root gets no namespace of any other kind',
		script: refuseCalls(Object.entries(namespaces).map(([name, flag]) => [`unshare of ${name}`, 272, flag] as const)),
	},
	{
		id: 'setns',
		wall: 'Root enters the namespaces of no other process',
		script: `for kind in mnt pid net ipc uts cgroup user; do
				perl -e 'open(my $at, "<", "/proc/1/ns/$ARGV[0]") or exit; print "open: setns of $ARGV[0]\\n" if syscall(308, fileno($at), 0) == 0' $kind
			done
			perl -e 'my $fd = syscall(434, 1, 0); exit if $fd < 0; print "open: setns by a pidfd\\n" if syscall(308, $fd, 0x00020000) == 0'
			echo held`,
	},
	{
		id: 'capabilities',
		wall: 'Root has a short list of capabilities, and no way to more',
		script: `for line in "$(grep CapBnd /proc/self/status)" "$(setpriv --bounding-set +sys_admin grep CapBnd /proc/self/status 2>/dev/null)"; do
				case $line in ''|*00000000000005fb) ;; *) echo "open: $line" ;; esac
			done
			case $(grep CapEff /proc/self/status) in *00000000000005fb) ;; *) echo "open: $(grep CapEff /proc/self/status)" ;; esac
			setpriv --inh-caps +sys_admin true 2>/dev/null && echo 'open: sys_admin is inherited'
			perl -e '
				my ($head, $all) = (pack("II", 0x20080522, 0), pack("I6", (0xffffffff) x 6));
				print "open: capset gives all\\n" if syscall(126, $head, $all) == 0;
				print "open: sys_admin is ambient\\n" if syscall(157, 47, 2, 21, 0, 0) == 0;'
			echo held`,
	},
	{
		id: 'capabilities-of-nobody',
		wall: 'Another user has no capability, and no program gives one',
		user: 'nobody',
		script: `for set in CapPrm CapEff CapBnd; do
				case $(grep $set /proc/self/status) in *0000000000000000) ;; *) echo "open: $(grep $set /proc/self/status)" ;; esac
			done
			grep -q 'NoNewPrivs:.1' /proc/self/status || echo 'open: programs may give privileges'
			echo held`,
	},
	{
		id: 'filtered',
		wall: 'Every command runs under a filter of system calls',
		script: `grep -q 'Seccomp:.2' /proc/self/status || echo "open: $(grep Seccomp: /proc/self/status)"; echo held`,
	},
	{
		id: 'init-filtered',
		wall: 'Process 1 runs under the filter too, so that tracing it does not lift it',
		script: `grep -q 'Seccomp:.2' /proc/1/status || echo "open: process 1 has $(grep Seccomp: /proc/1/status)"; echo held`,
		ways: {
			machine: {notApplicable: 'process 1 boots the machine; that nobody traces it is a wall of its own'},
			session: {notApplicable: 'process 1 boots the machine; that nobody traces it is a wall of its own'},
		},
	},
	{
		id: 'mounts',
		wall: 'Root mounts nothing, and takes no mount away',
		script: `mkdir /tmp/a
			mount -t tmpfs none /tmp/a 2>/dev/null && echo 'open: a tmpfs is mounted'
			mount --bind /etc /tmp/a 2>/dev/null && echo 'open: a directory is bound'
			mount -t proc none /tmp/a 2>/dev/null && echo 'open: /proc is mounted'
			umount /etc 2>/dev/null && echo 'open: /etc is unmounted'
			umount -l /sys/fs/cgroup 2>/dev/null && echo 'open: the control groups are laid bare'
			umount -l $MINE 2>/dev/null && echo 'open: a mount is taken away'
			unshare -m true 2>/dev/null && echo 'open: mounts of its own'
			unshare -U -r true 2>/dev/null && echo 'open: users of its own'
			rmdir /tmp/a; echo held`,
	},
	{
		id: 'mount-calls',
		wall: 'No call of the newer way to mount, nor chroot or pivot_root, is let through',
		script: refuseCalls([
			['fsopen', 430, 0, 0],
			['open_tree', 428, -100, 0, 1],
			['move_mount', 429, -1, 0, -1, 0, 0],
			['fsmount', 432, -1, 0, 0],
			['fspick', 433, -100, 0, 0],
			['mount_setattr', 442, -100, '"/"', 0, 'pack("Q4", 0, 0, 0, 0)', 32],
			['pivot_root', 155, 0, 0],
			['chroot', 161, '"/"'],
		]),
	},
	{
		id: 'groups',
		wall: "The host's control groups cannot be reached",
		script: `ls -A /sys/fs/cgroup 2>/dev/null | sed 's/^/open: there is /'
			mkdir /sys/fs/cgroup/mine 2>/dev/null && ls -A /sys/fs/cgroup/mine | sed 's/^/open: a new group has /'
			rmdir /sys/fs/cgroup/mine 2>/dev/null
			grep -E ' cgroup2? ' /proc/self/mountinfo | grep -v '/sys/fs/cgroup' | sed 's/^/open: mounted /'
			find /sys /tmp /run -xdev -name release_agent 2>/dev/null | sed 's/^/open: there is /'
			echo held`,
	},
];
