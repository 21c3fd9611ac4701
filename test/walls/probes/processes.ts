import {readFileSync} from 'node:fs';
import {findController} from '../../../src/backend/container/controller.ts';
import {listAllProcesses} from '../../helpers/all-processes.ts';
import {startPerl} from '../host-process.ts';
import type {Probe, Run} from '../probe.ts';
import {refuseCalls} from '../system-calls.ts';

const ofItsOwn = 'the first process of each is its own';

/** In a machine it may kill what counts its output too: that some of it may be missing is said in place of a status. */
function endsBySigkill({status, stderr}: Run): string[] {
	return status === 137 || (status === 125 && stderr.includes('output did not arrive')) ? [] : [`the status is ${status}`];
}

/** Processes, and the init. */
export const processProbes: readonly Probe[] = [
	{
		id: 'host-processes',
		wall: "The host's processes are not visible",
		script: `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q "$WORD[-]of-host" && echo 'open: a process of the host is seen'; echo held`,
		async set({marker}) {
			const victim = await startPerl('print "up"; sleep 1000', [`${marker}-of-host`]);
			return {variables: {WORD: marker}, end: () => victim.end()};
		},
	},
	{
		id: 'signals',
		wall: "No signal reaches the host's processes",
		script: `kill -0 $VICTIM 2>/dev/null && kill -9 $VICTIM 2>/dev/null; perl -e 'kill 9, $ARGV[0]; syscall(129, $ARGV[0] + 0, 9, 0)' $VICTIM; echo held`,
		async set() {
			const victim = await startPerl('print "up"; sleep 1000');
			return {
				variables: {VICTIM: String(victim.pid)},
				look: () => (victim.isAlive() ? [] : ['the process has been killed']),
				end: () => victim.end(),
			};
		},
	},
	{
		id: 'kernel-log',
		wall: "The kernel's log and memory are not visible",
		script: `dmesg >/dev/null 2>&1 && echo 'open: dmesg reads the log'
			[ -n "$(timeout 5 head -c 1 /proc/kcore 2>/dev/null)" ] && echo 'open: /proc/kcore is read'
			[ -n "$(timeout 1 head -c 1 /proc/kmsg 2>/dev/null)" ] && echo 'open: /proc/kmsg is read'
			grep -qv '^0* ' /proc/kallsyms 2>/dev/null && echo 'open: addresses of the kernel are told'
			echo held`,
	},
	{
		id: 'init-environment',
		wall: 'Root cannot look into the init, nor speak for it',
		script: `for p in 1 $PPID; do
				cat /proc/$p/environ >/dev/null 2>&1 && echo "open: read the environment of $p"
				for fd in 3 4 5 6 7 8 9; do [ -e /proc/$p/fd/$fd ] && (echo 'exit 2 0' >/proc/$p/fd/$fd) 2>/dev/null && echo "open: wrote to $fd of $p"; done
				ls /proc/$p/root/ >/dev/null 2>&1 && echo "open: entered the root of $p"
				ls /proc/$p/map_files/ 2>/dev/null | grep -q . && echo "open: saw the maps of $p"
			done; echo held`,
		single: true,
		onlyOurs: ofItsOwn,
	},
	{
		id: 'trace-init',
		wall: 'Root traces process 1 by no way',
		script: refuseCalls(
			[
				['ptrace of process 1', 101, 16, 1, 0, 0],
				['ptrace seizing process 1', 101, 0x4206, 1, 0, 0],
				['process_vm_readv', 310, 1, 'pack("QQ", 0x7fff0000, 1)', 1, 'pack("QQ", 0x7fff0000, 1)', 1, 0],
				['process_vm_writev', 311, 1, 'pack("QQ", 0x7fff0000, 1)', 1, 'pack("QQ", 0x7fff0000, 1)', 1, 0],
			],
			`open(my $memory, "+<", "/proc/1/mem") and print "open: /proc/1/mem opens\\n";
			my $fd = syscall(434, 1, 0); print "open: pidfd_getfd gives a file of process 1\\n" if $fd >= 0 && syscall(438, $fd, 0, 0) >= 0;`,
		),
		onlyOurs: ofItsOwn,
	},
	...['kill -9 -1; kill -9 $PPID; sleep 20', 'kill -9 $PPID; sleep 20', 'rm /dev/null; mkfifo /dev/null; kill -9 $PPID; sleep 20'].map(
		(script, index): Probe => ({
			id: `own-end-${index + 1}`,
			wall: `A command that kills its own session ends it: ${script}`,
			script,
			alone: true,
			onlyOurs: 'it is about sessions of ours',
			set: () => ({judge: endsBySigkill}),
		}),
	),
	{
		id: 'full-pipe',
		wall: 'A command that fills the pipe to its init does not delay its end',
		script: 'exec 2>/dev/null; (while :; do echo x; done >/proc/1/fd/3) & (yes >/proc/1/fd/3) & sleep 0.5; echo held',
		alone: true,
		onlyOurs: 'it is about the init of ours',
		set: ({way}) => ({limitMs: way === 'machine' || way === 'session' ? 30_000 : 8000}),
	},
	{
		id: 'libvirt-name',
		wall: 'A process that is named as libvirt names its own is not taken for one',
		// Its words are those of `libvirt_lxc --name WORD`.
		script: `perl -e '$| = 1; my ($program) = grep { -x } "/usr/bin/perl";
			exec {$program} "/x/libvirt_lxc", "-e", q($| = 1; print "ready\\n"; <STDIN>; print "held\\n"), "--", "--name", $ARGV[0]' $WORD`,
		onlyOurs: 'it is about what we look for',
		set: ({marker}) => ({
			variables: {WORD: marker},
			during() {
				const pid = listAllProcesses().find(({words}) => words[0] === '/x/libvirt_lxc' && words.includes(marker))?.pid;
				if (pid === undefined) throw new Error('The process is not there');
				return findController(pid, marker) === undefined ? [] : ['it is taken for a controller'];
			},
		}),
		ways: {
			machine: {notApplicable: 'no process of a machine is one of the host'},
			session: {notApplicable: 'no process of a machine is one of the host'},
		},
	},
	{
		id: 'kernel',
		wall: "The kernel is not the host's",
		script: '[ "$(cat /proc/sys/kernel/random/boot_id)" = "$BOOT" ] && echo "open: it is the kernel of the host, with what its processors and its load tell"; echo held',
		set() {
			return {variables: {BOOT: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}};
		},
		ways: {
			container: {documented: 'a container shares the kernel: its faults, and the side channels of the processor, are shared with it'},
			idmap: {documented: 'a container shares the kernel: its faults, and the side channels of the processor, are shared with it'},
			root: {documented: 'a container shares the kernel: its faults, and the side channels of the processor, are shared with it'},
		},
	},
];
