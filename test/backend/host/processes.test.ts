import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {listProcesses, readProcessWords} from '../../../src/backend/host/processes.ts';

test('a process has the words it was started with, also empty ones, until it ends', async (t) => {
	const child = spawn('/bin/sh', ['-c', 'read line', 'name', '', 'two words', ''], {stdio: ['pipe', 'ignore', 'ignore']});
	await once(child, 'spawn');
	const pid = child.pid ?? 0;
	const words = ['/bin/sh', '-c', 'read line', 'name', '', 'two words', ''];
	t.deepEqual(
		listProcesses().filter((each) => each.pid === pid),
		[{pid, words}],
	);
	child.stdin?.end();
	await once(child, 'exit');
	t.deepEqual(readProcessWords(pid), []);
	t.deepEqual(
		listProcesses().filter((each) => each.pid === pid),
		[],
	);
});

// Its system calls are those of x86-64.
(process.arch === 'x64' ? test : test.skip)('of words without end, which cost a process nothing, the first are looked at, whatever they are', async (t) => {
	// PR_SET_MM_MAP moves a process's words to memory that is nowhere yet, all of it zeros.
	const size = 1024 ** 3;
	const script = `
		open(my $stat, '<', '/proc/self/stat'); my @f = split / /, <$stat> =~ s/.*\\) //r; unshift @f, 0, 0, 0;
		my $at = syscall(9, 0, ${size}, 3, 0x4022, -1, 0);
		open(my $maps, '<', '/proc/self/maps'); my ($brk) = map { /^(\\w+)-.*\\[heap\\]/ ? hex $1 : () } <$maps>;
		my $map = pack 'Q12Ll', @f[26, 27, 45, 46], $brk, syscall(12, 0), $f[28], $at, $at + ${size}, @f[50, 51], 0, 0, -1;
		syscall(157, 35, 14, $map, length $map, 0) == 0 or die "prctl: $!";
		$| = 1; print "moved\\n"; <STDIN>;`;
	const child = spawn('perl', ['-e', script], {stdio: ['pipe', 'pipe', 'inherit']});
	t.teardown(() => child.kill('SIGKILL'));
	await once(child.stdout, 'data');
	const pid = child.pid ?? 0;
	t.true(listProcesses().some((each) => each.pid === pid && each.words.length <= 4096 && each.words.every((word) => word === '')));
});
