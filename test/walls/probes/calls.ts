import type {Probe} from '../probe.ts';
import {refuseCalls, refuseOldCalls, type Call} from '../system-calls.ts';

const newUser = 0x1000_0000;

/** A wall of system calls that the filter refuses whoever makes them. */
function calls(id: string, wall: string, list: readonly Call[], more?: Pick<Probe, 'user' | 'ways'>): Probe {
	return {id, wall, script: refuseCalls(list), ...more};
}

/** What the filter of system calls leaves out. */
export const callProbes: readonly Probe[] = [
	calls('perf-events', 'No event of the processor or the kernel is measured', [['perf_event_open', 298, 0, 0, -1, -1, 0]]),
	calls('userfaultfd', "No process handles the kernel's page faults", [['userfaultfd', 323, 1]]),
	calls('bpf', 'No program is loaded into the kernel', [['bpf', 321, 0, 0, 0]]),
	calls('fanotify', 'No file system is watched as a whole', [['fanotify_init', 300, 0, 0]]),
	calls('quotas', 'No quota of a disk is read or set', [
		['quotactl', 179, 0x80_0007 * 256, 0, 0, 0],
		['quotactl_fd', 443, -1, 0, 0, 0],
	]),
	calls('personality', 'No process gets a personality that weakens its memory', [
		['personality of executable data', 135, 0x040_0000],
		['personality with a page at zero', 135, 0x010_0000],
	]),
	calls('segments', 'No process has segments of its own', [['modify_ldt', 154, 0, 0, 0]]),
	calls('old-calls', 'Calls that nobody needs any more are not there', [
		['ustat', 136, 0, 0],
		['sysfs', 139, 3],
	]),
	calls('keys', 'No key of the kernel is reached', [
		['add_key', 248, 0, 0, 0, 0, -4],
		['request_key', 249, 0, 0, 0, -4],
		['keyctl', 250, 0, -4, 0],
	]),
	calls('io-uring', 'No call goes through io_uring, past the filter', [
		['io_uring_setup', 425, 1, 0],
		['io_uring_enter', 426, -1, 0, 0, 0, 0, 0],
		['io_uring_register', 427, -1, 0, 0, 0],
	]),
	calls('unknown-calls', 'A call that is invented tomorrow is not there', [
		['number 600', 600],
		['number 1000', 1000],
	]),
	{
		id: 'invented-calls',
		wall: 'What a kernel has learnt lately is not there before somebody looked at it',
		script: refuseCalls([
			['statmount', 457, 0, 0, 0, 0],
			['listmount', 458, 0, 0, 0, 0],
			['open_tree_attr', 467, -1, 0, 0, 0, 0],
		]),
	},
	calls('x32', 'The calls of x32 are not there', [
		['getpid', 0x4000_0027],
		['ptrace', 0x4000_0209, 0, 0, 0, 0],
		['keyctl', 0x4000_00fa, 0, -4, 0],
	]),
	{
		id: 'i386',
		wall: 'The calls of i386 are filtered as those of x86-64 are',
		script: refuseOldCalls([
			['keyctl', 288, 0],
			['unshare of users', 310, newUser],
			['io_uring_setup', 425, 1],
			['socketcall', 102, 99],
			['perf_event_open', 336, 0],
			['bpf', 357, 0],
			['personality', 136, 0x040_0000],
			['modify_ldt', 123, 99],
			['number 600', 600, 0],
		]),
	},
	calls('limits-of-others', 'No process sets the limits of the init, which later commands have', [['prlimit', 302, 1, 7, 4096, 0]]),
	calls('snapshots', 'No snapshot of a file system shows what a mount hides', [
		['a snapshot of btrfs', 16, -1, 0x5000_9401, 0],
		['a snapshot of btrfs, in its second form', 16, -1, 0x5000_9417, 0],
		['a subvolume of bcachefs', 16, -1, 0x4020_bc10, 0],
	]),
	calls('handles', 'No file is opened by a handle', [['open_by_handle_at', 304, -100, 0, 0]]),
	calls('compare-processes', 'No process compares what the init has (files, memory) with what is its own', [['kcmp', 312, 1, 1, 99, 0, 0]]),
	calls('modules', 'No module is loaded into the kernel, nor taken out', [
		['init_module', 175, 0, 0, 0],
		['finit_module', 313, -1, 0, 0],
		['delete_module', 176, 0, 0],
	]),
	calls('kernel-loading', 'No other kernel is loaded, and nothing restarts', [
		['kexec_load', 246, 0, 0, 0, 0],
		['kexec_file_load', 320, -1, -1, 0, 0, 0],
		['reboot', 169, 0, 0, 0, 0],
	]),
	calls('clock', "The host's clock is not set", [['settimeofday', 164, 0, 0]]),
	calls('swap', 'No swap is switched on or off', [
		['swapon', 167, 0, 0],
		['swapoff', 168, 0],
	]),
	calls('ports-of-hardware', 'No port of the hardware is reached', [
		['iopl', 172, 3],
		['ioperm', 173, 0, 1, 1],
	]),
	calls('accounting', "The kernel's accounting is not switched", [['acct', 163, 0]]),
	calls('log', "The kernel's log is neither read nor cleared", [
		['syslog', 103, 3, 0, 0],
		['syslog of its size', 103, 10, 0, 0],
	]),
	{
		id: 'harmless-personality',
		wall: 'The personality of a process can be asked for (what programs need still works)',
		script: `perl -e 'print "open: personality(0xffffffff) fails: $!\\n" if syscall(135, 0xffffffff) == -1'; echo held`,
	},
];
