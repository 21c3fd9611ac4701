import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {writeProgram} from '../../src/backend/guest/program/program-file.ts';
import {runAlone, runIn, testEach} from '../helpers/backends.ts';

const [notPermitted, badAddress, notImplemented, noSuchOption, protocolNotSupported, familyNotSupported] = [1, 14, 38, 92, 93, 97];
const root = {user: {kind: 'root'}} as const;

/** A program for perl that makes calls of x86-64, and prints the error of each, 0 for none. */
function makeCalls(calls: Readonly<Record<string, readonly number[]>>): string {
	return Object.entries(calls)
		.map(([name, words]) => `$! = 0; syscall(${words.join(', ')}) == -1 or $! = 0; print "${name} ", $! + 0, "\\n";`)
		.join('\n');
}

const refusedCalls = {
	perf_event_open: [298, 0, 0, -1, -1, 0],
	userfaultfd: [323, 1],
	fanotify_init: [300, 0, 0],
	bpf: [321, 0, 0, 0],
	quotactl: [179, 0, 0, 0, 0],
	ustat: [136, 0, 0],
	sysfs: [139, 3],
	modify_ldt: [154, 0, 0, 0],
	keyctl: [250, 0, -4, 0],
	open_by_handle_at: [304, -1, 0, 0],
	init_module: [175, 0, 0, 0],
	mount: [165, 0, 0, 0, 0, 0],
	fsopen: [430, 0, 0],
	setns: [308, -1, 0],
	pidfd_getfd: [438, -1, 0, 0],
	'a filter of a socket': [54, 0, 1, 26, 0, 0],
	'a filter of sockets that share a port': [54, 0, 1, 51, 0, 0],
	'unshare of a user namespace': [272, 0x1000_0000],
	'personality that maps the first page': [135, 0x10_0000],
	'typing into a terminal': [16, 0, 0x5412, 0],
	'a line discipline': [16, 0, 0x5423, 0],
	'keys of encrypted directories': [16, 0, 0xc0506617, 0],
	'bridges, for which a module is loaded': [16, 0, 0x8940, 0],
};
const absentCalls = {
	clone3: [435, 0, 0],
	io_uring_setup: [425, 0, 0],
	io_setup: [206, 1, 0],
	'a call that nobody has invented': [600],
	'getpid of x32': [0x4000_0000 + 39],
};
const otherFamilies = {'a socket of virtual machines': [41, 40, 1, 0], 'a socket of ciphers': [41, 38, 5, 0]};
const otherProtocols = {
	'a socket of SCTP': [41, 2, 1, 132],
	'one of DCCP': [41, 10, 6, 0],
	'one of the packet filter': [41, 16, 3, 12],
	'a stream of datagrams': [41, 2, 1, 17],
};
const unknownOptions = {'a handle of who is at the other end': [55, 0, 1, 77, 0, 0], 'handles of who sends': [54, 0, 1, 76, 0, 0]};
const harmlessCalls = {
	getpid: [39],
	'asking for the personality': [135, 0xffff_ffff],
	'fixed addresses, for gdb': [135, 0x4_0000],
	'a socket of the internet': [41, 2, 1, 0],
	'a socket of netlink': [41, 16, 3, 0],
};

testEach('calls that reach further than the sandbox are refused, those that nobody knows are not there', async (t, backend) => {
	const groups = [
		[refusedCalls, notPermitted],
		[absentCalls, notImplemented],
		[otherFamilies, familyNotSupported],
		[otherProtocols, protocolNotSupported],
		[unknownOptions, noSuchOption],
		[harmlessCalls, 0],
		[{'a filter of its own, without a program': [317, 2, 0, 0]}, badAddress],
	] as const;
	const expected = groups.flatMap(([calls, error]) => Object.keys(calls).map((name) => `${name} ${error}`));
	const {stdout} = await runIn(backend, t, ['perl', '-e', makeCalls(Object.assign({}, ...groups.map(([calls]) => calls)))], root);
	t.deepEqual(stdout.trim().split('\n'), expected);
});

testEach('no lease is had on a file, by no user', async (t, backend) => {
	const script = `open(my $file, '<', '/etc/passwd'); $! = 0; print fcntl($file, 1024, 0) ? 'leased' : $! + 0, "\\n"; print fcntl($file, 1, 0) ? 'asked' : 'refused', "\\n";`;
	const results = [];
	for (const user of [root.user, {kind: 'name', name: 'nobody'} as const]) results.push((await runIn(backend, t, ['perl', '-e', script], {user})).stdout);
	t.deepEqual(results, ['1\nasked\n', '1\nasked\n']);
});

/** A program of x86-64 that makes one call of i386 by int 0x80, and ends with its error, 0 for none. */
function callOfI386(number: number, argument: number): Buffer {
	const code = Buffer.from('b800000000 bb00000000 cd80 f7d8 7902 31c0 89c7 b8e7000000 0f05'.replaceAll(' ', ''), 'hex');
	code.writeUInt32LE(number, 1);
	code.writeUInt32LE(argument, 6);
	return writeProgram(code, 'x64');
}

testEach('calls of i386 are judged as such', async (t, backend) => {
	const calls = [
		[20, 0, 0], // getpid
		[136, 0xffff_ffff, 0], // personality
		[136, 0x10_0000, notPermitted],
		[310, 0x1000_0000, notPermitted], // unshare
		[357, 0, notPermitted], // bpf
		[102, 1, notImplemented], // socketcall
		[359, 40, familyNotSupported], // socket
		[600, 0, notImplemented],
	] as const;
	const lines = calls.map(([number, argument]) => `echo ${callOfI386(number, argument).toString('base64')} | base64 -d >$file; $file; echo $?`);
	const {stdout} = await runIn(backend, t, ['sh', '-c', `file=/tmp/call-$$; : >$file; chmod 755 $file\n${lines.join('\n')}`], root);
	t.deepEqual(
		stdout.trim().split('\n').map(Number),
		calls.map(([, , error]) => error),
	);
});

testEach('a debugger looks into its own child', async (t, backend) => {
	// PTRACE_TRACEME in the child, PTRACE_CONT by its parent.
	const script = `my $child = fork; if (!$child) { syscall(101, 0, 0, 0, 0); kill 'STOP', $$; exit 3 } waitpid($child, 2); print syscall(101, 7, $child, 0, 0), "\\n"; waitpid($child, 0); print $? >> 8, "\\n"`;
	const {stdout} = await runIn(backend, t, ['perl', '-e', script], {user: {kind: 'name', name: 'nobody'}});
	t.is(stdout, '0\n3\n');
});

/** Whether perl's process may take on no more rights, how it is filtered, and what becomes of a call that a file may refuse, and of one by default. */
const showFilter = `system 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status'; for ([110], [321, 0, 0, 0]) { $! = 0; syscall($_->[0], 0, 0, 0); print $! + 0, "\n" }`;

testEach('without a filter every call is the kernel’s own affair', async (t, backend) => {
	const {stdout} = await runAlone(backend, t, ['perl', '-e', showFilter], {seccomp: 'off', ...root});
	// bpf: the kernel says so itself, of a program without rights or of a map without a form.
	t.regex(stdout, /^NoNewPrivs:\t1\nSeccomp:\t0\n0\n(?:1|22|14)\n$/);
});

testEach('a filter from a file holds for the command, and for it alone', async (t, backend) => {
	const directory = mkdtempSync(join(tmpdir(), 'filter-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const file = join(directory, 'filter.json');
	writeFileSync(
		file,
		JSON.stringify({
			defaultAction: 'SCMP_ACT_ALLOW',
			syscalls: [
				{names: ['getppid'], action: 'SCMP_ACT_ERRNO', errnoRet: 99},
				{names: ['bpf'], action: 'SCMP_ACT_ERRNO', errnoRet: 98},
			],
		}),
	);
	const {stdout, status} = await runAlone(backend, t, ['perl', '-e', showFilter], {seccomp: file, user: {kind: 'name', name: 'nobody'}});
	t.deepEqual({stdout, status}, {stdout: 'NoNewPrivs:\t1\nSeccomp:\t2\n99\n98\n', status: 0});
});
