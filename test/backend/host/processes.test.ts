import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {listProcesses, readProcessWords, type RunningProcess} from '../../../src/backend/host/processes.ts';
import {listAllProcesses} from '../../helpers/all-processes.ts';

const listOwn = (): RunningProcess[] => listProcesses([process.getuid?.() ?? 0], () => true);

test('a process has the words it was started with, also empty ones, until it ends', async (t) => {
	const child = spawn('/bin/sh', ['-c', 'read line', 'name', '', 'two words', ''], {stdio: ['pipe', 'ignore', 'ignore']});
	await once(child, 'spawn');
	const pid = child.pid ?? 0;
	const words = ['/bin/sh', '-c', 'read line', 'name', '', 'two words', ''];
	t.deepEqual(
		listOwn().filter((each) => each.pid === pid),
		[{pid, words}],
	);
	child.stdin?.end();
	await once(child, 'exit');
	t.deepEqual(readProcessWords(pid), []);
	t.deepEqual(
		listOwn().filter((each) => each.pid === pid),
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
	t.true(listOwn().some((each) => each.pid === pid && each.words.length <= 4096 && each.words.every((word) => word === '')));
});

(process.getuid?.() === 0 ? test : test.skip)('no words are read of a process of another user, or of another pid namespace', async (t) => {
	const script = 'echo $$; read line';
	const starts = [
		spawn('sh', ['-c', script], {stdio: ['pipe', 'pipe', 'inherit'], uid: 65_534}),
		spawn('unshare', ['--pid', '--fork', 'sh', '-c', script], {stdio: ['pipe', 'pipe', 'inherit']}),
	];
	for (const child of starts) {
		t.teardown(() => child.kill('SIGKILL'));
		await once(child.stdout, 'data');
	}
	const theirs = ({words}: RunningProcess): boolean => words.includes(script) && words[0] === 'sh';
	t.is(listAllProcesses().filter(theirs).length, 2);
	t.deepEqual(listProcesses([0], theirs), []);
	t.is(listProcesses([65_534], theirs).length, 1);
});
