import {readFileSync} from 'node:fs';
import type {Probe} from '../probe.ts';

/** Opens for writing and writes nothing. */
const tryOpen = `perl -ne 'chomp; if (sysopen(my $file, $_, 1 | 2048)) { print "open: $_ can be written\\n" }'`;

function setting(id: string, wall: string, ...files: readonly string[]): Probe {
	const script = `for file in ${files.join(' ')}; do [ -e $file ] && echo $file; done | ${tryOpen}; echo held`;
	return {id, wall, script};
}

/** Settings of the kernel. */
export const settingProbes: readonly Probe[] = [
	{
		id: 'settings',
		wall: 'Settings of the kernel cannot be written',
		script: `for file in /proc/sys/kernel/core_pattern /proc/sys/vm/overcommit_memory /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/uevent_helper /sys/power/state /proc/sys/kernel/modprobe; do
				[ -e $file ] && (cat $file >/tmp/content; cat /tmp/content >$file) 2>/dev/null && echo "open: wrote $file"
			done
			rm -f /tmp/content; echo held`,
		set() {
			const read = (): string => readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
			const before = read();
			return {look: () => (read() === before ? [] : ["the host's core_pattern has changed"])};
		},
	},
	setting(
		'core-pattern',
		'Nobody says which program the kernel starts for what crashes',
		'/proc/sys/kernel/core_pattern',
		'/proc/sys/kernel/core_pipe_limit',
	),
	setting('modprobe', 'Nobody says which program the kernel starts to load a module', '/proc/sys/kernel/modprobe', '/proc/sys/kernel/modules_disabled'),
	setting('hotplug', 'Nobody says which program the kernel starts for a device', '/proc/sys/kernel/hotplug', '/sys/kernel/uevent_helper'),
	setting('sysrq', 'The keys of the system request cannot be pressed', '/proc/sysrq-trigger', '/proc/sys/kernel/sysrq'),
	setting(
		'memory-settings',
		'The memory of others is not managed',
		'/proc/sys/vm/drop_caches',
		'/proc/sys/vm/overcommit_memory',
		'/proc/sys/vm/mmap_min_addr',
	),
	setting('binfmt', 'No format of programs is registered', '/proc/sys/fs/binfmt_misc/register', '/proc/sys/fs/binfmt_misc/status'),
	{
		id: 'all-settings',
		wall: "No file below /proc and /sys that is not of the sandbox's own namespaces opens for writing",
		script: `find /proc /sys -path '/proc/[0-9]*' -prune -o -path /proc/self -prune -o -path /proc/thread-self -prune -o -path /sys/fs/cgroup -prune -o -type f -perm /222 -print 2>/dev/null |
			${tryOpen} | head -n 20; echo held`,
	},
	{
		id: 'kernel-modes',
		wall: 'Root changes neither owner nor mode of what the kernel has in /proc and /sys, which are the same for all',
		script: String.raw`{ find /proc -mindepth 1 -path '/proc/[0-9]*' -prune -o -path /proc/self -prune -o -path /proc/thread-self -prune -o -path /proc/net -prune -o -print 2>/dev/null
				find -L /sys/kernel/security -type f 2>/dev/null; find /sys/kernel -type f 2>/dev/null; } |
			perl -ne 'chomp; my @of = lstat or next; print "open: owner or mode of $_
" if !-l _ && (chmod($of[2] & 07777, $_) || chown($of[4], $of[5], $_))' |
			head -n 3; echo held`,
		ways: {machine: {notApplicable: 'a machine’s kernel is its own'}, session: {notApplicable: 'a machine’s kernel is its own'}},
	},
	{
		id: 'uevents',
		wall: 'No event of a device is made up',
		script: `find /sys/devices -name uevent 2>/dev/null | head -n 50 | ${tryOpen} | head -n 3; echo held`,
	},
	{
		id: 'autoload',
		wall: 'After the start no kind of socket has the kernel load anything',
		script: `before=$(cut -d' ' -f1 /proc/modules | sort | md5sum)
			perl -e 'for my $family (15, 21, 30, 31, 38, 40) { syscall(41, $family, $_, 0) for 2, 3 }
				for my $family (2, 10) { syscall(41, $family, @$_) for [1, 132], [5, 132], [6, 0], [6, 33], [2, 115] }
				syscall(41, 16, 3, $_) for 4 .. 31;
				socket(S, 2, 2, 0); for my $request (0x8940, 0x8982) { my $ask = chr(0) x 64; ioctl(S, $request, $ask) }'
			[ "$before" = "$(cut -d' ' -f1 /proc/modules | sort | md5sum)" ] || echo 'open: asking for sockets loaded modules'
			echo held`,
		onlyOurs: 'what is loaded already depends on what ran before',
	},
];
