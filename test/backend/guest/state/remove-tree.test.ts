import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {within} from '../../../../src/core/within.ts';
import {goThroughTree} from '../../../../src/backend/guest/state/go-through-tree.ts';
import {removeTree} from '../../../../src/backend/guest/state/remove-tree.ts';
import {fillDirectory} from '../../../helpers/fill-directory.ts';
import {lockDirectory, testWithLock} from '../../../helpers/locked-directory.ts';
import {waitUntil} from '../../../helpers/wait-until.ts';

/** Memory: what is large takes its time on a disk that others use. */
const memory = '/dev/shm';

function makeBase(t: ExecutionContext, place = tmpdir()): string {
	const base = mkdtempSync(join(place, 'remove-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	return base;
}

/** What somebody who has a directory of the tree may do, between two steps of a removal. */
const changes: Readonly<Record<string, (base: string) => void>> = {
	'a directory becomes a link': (base) => {
		renameSync(join(base, 'tree/a'), join(base, 'tree/aside'));
		symlinkSync(join(base, 'mine'), join(base, 'tree/a'));
	},
	'a deep directory becomes a link': (base) => {
		renameSync(join(base, 'tree/a/b/c'), join(base, 'tree/aside'));
		symlinkSync(join(base, 'mine'), join(base, 'tree/a/b/c'));
	},
	'a directory is moved up': (base) => renameSync(join(base, 'tree/a/b'), join(base, 'tree/b')),
	'a deep directory is moved beside the tree': (base) => renameSync(join(base, 'tree/a/b/c'), join(base, 'mine/c')),
	'a directory is moved beside the tree': (base) => renameSync(join(base, 'tree/a/b'), join(base, 'mine/b')),
	'the tree itself becomes a link': (base) => {
		renameSync(join(base, 'tree'), join(base, 'aside'));
		symlinkSync(join(base, 'mine'), join(base, 'tree'));
	},
};

for (const [change, make] of Object.entries(changes)) {
	test(`nothing beside a tree is removed where, at whatever moment of its removal, ${change}`, (t) => {
		let isOver = false;
		let moments = 0;
		for (; !isOver; moments++) {
			const base = makeBase(t);
			// The same names as in the tree: whoever went by names would meet them.
			for (const place of ['tree', 'mine']) {
				mkdirSync(join(base, place, 'a/b/c/d'), {recursive: true});
				for (const way of ['', 'a', 'a/b', 'a/b/c', 'a/b/c/d']) writeFileSync(join(base, place, way, 'file'), place);
			}
			const steps = goThroughTree(join(base, 'tree'));
			for (let step = 0; step < moments && !isOver; step++) isOver = steps.next().done === true;
			try {
				make(base);
			} catch {
				// It is removed by now.
			}
			while (steps.next().done !== true);
			for (const way of ['', 'a', 'a/b', 'a/b/c', 'a/b/c/d']) {
				t.is(readFileSync(join(base, 'mine', way, 'file'), 'utf8'), 'mine', `after ${moments} steps`);
			}
		}
		t.true(moments > 5);
	});
}

test('a tree is removed in which another process goes on exchanging directories with links', async (t) => {
	const base = makeBase(t);
	const [tree, mine] = [join(base, 'tree'), join(base, 'mine')];
	mkdirSync(mine);
	writeFileSync(join(mine, 'file'), '');
	mkdirSync(tree);
	for (let pair = 0; pair < 20; pair++) {
		mkdirSync(join(tree, `d${pair}`));
		for (let file = 0; file < 200; file++) writeFileSync(join(tree, `d${pair}`, file === 0 ? 'file' : String(file)), '');
		symlinkSync(mine, join(tree, `l${pair}`));
	}
	// renameat2 with RENAME_EXCHANGE, by a descriptor of the tree.
	const call = process.arch === 'x64' ? 316 : 276;
	const script = `
		opendir my $tree, $ARGV[0] or die; $| = 1; print "here\\n";
		my $end = time + 20;
		while (time < $end) {
			my $done = 0;
			for my $pair (0..19) { my ($a, $b) = ("d$pair", "l$pair"); $done++ if syscall(${call}, fileno $tree, $a, fileno $tree, $b, 2) == 0 }
			last unless $done;
		}`;
	const other = spawn('perl', ['-e', script, tree], {stdio: ['ignore', 'pipe', 'inherit'], timeout: 30_000});
	await once(other.stdout, 'data');
	await removeTree(tree);
	t.deepEqual(readdirSync(base), ['mine']);
	t.deepEqual(readdirSync(mine), ['file']);
	other.kill();
});

test('a removal that takes long lets others have their turn, and is given up by a signal', async (t) => {
	const tree = join(makeBase(t), 'tree');
	execFileSync('sh', ['-c', 'mkdir "$0"; cd "$0"; seq 6000 | xargs mkdir', tree]);
	const caller = new AbortController();
	let turns = 0;
	const turn = (): void => {
		turns++;
		if (turns === 2) caller.abort();
		else setImmediate(turn);
	};
	setImmediate(turn);
	await t.throwsAsync(removeTree(tree, {signal: caller.signal}), {code: 'unavailable', message: `The removal of ${tree} was given up`});
	t.true(existsSync(tree));
	await removeTree(tree);
	t.false(existsSync(tree));
});

test('a tree with far more levels than are gone through at once is removed, files at each of them', async (t) => {
	const tree = join(makeBase(t, memory), 'tree');
	const script = `
		use strict; mkdir $ARGV[0]; chdir $ARGV[0];
		for (1..9000) { for ('y'..'z') { open my $file, '>', $_ or die } mkdir 'd' or die; chdir 'd' or die }`;
	execFileSync('perl', ['-e', script, tree]);
	await removeTree(tree);
	t.false(existsSync(tree));
});

test('the removal of a tree that another process goes on filling, deeper than is gone through at once, ends', async (t) => {
	const tree = join(makeBase(t, memory), 'tree');
	mkdirSync(tree);
	const end = await fillDirectory(tree);
	const fault: unknown = await removeTree(tree, {signal: AbortSignal.timeout(30_000), mostVainMs: 500}).catch((error: unknown) => error);
	// Where the other process gets no turn for long, it is not empty as often as that is tried, or gone.
	const message = fault instanceof Error ? fault.message : '';
	t.true(fault === undefined || message.startsWith(`Cannot remove ${tree}`), message);
	await end();
	await removeTree(tree);
	t.false(existsSync(tree));
});

test('a removal ends as well where what is not gone through yet is filled meanwhile', async (t) => {
	const tree = join(makeBase(t, memory), 'tree');
	// They are gone through from the last one on.
	const names = Array.from({length: 90}, (_, index) => String(index + 10));
	for (const name of names) mkdirSync(join(tree, name, 'full'), {recursive: true});
	const fill = (filled: readonly string[]): void =>
		void execFileSync('perl', ['-e', 'chdir shift; for my $name (@ARGV) { mkdir "$name/$_" for 1..1000 }', tree, ...filled]);
	fill(['99', '98', '97', '96', '95', '94', '93', '92', '91', '90']);
	setImmediate(() => fill(names.slice(0, 80)));
	await t.throwsAsync(removeTree(tree, {mostVainMs: 100}), {message: `Cannot remove ${tree}: somebody keeps filling it`});
	t.true(readdirSync(tree).length > 1);
	await removeTree(tree);
	t.false(existsSync(tree));
});

testWithLock('who removes a directory that somebody keeps locked does not have others wait for the one that it is in', async (t) => {
	const base = makeBase(t);
	mkdirSync(join(base, 'top/inside'), {recursive: true});
	await lockDirectory(t, join(base, 'top'));
	const module = new URL('../../../../src/backend/guest/state/remove-tree.js', import.meta.url).href;
	const script = `import {removeTree} from '${module}'; await removeTree(process.argv[1]);`;
	const remover = spawn(process.execPath, ['--input-type=module', '-e', script, join(base, 'top')], {stdio: 'ignore'});
	t.teardown(() => remover.kill('SIGKILL'));
	await waitUntil(() => / D /.test(readFileSync(`/proc/${remover.pid ?? 0}/stat`, 'latin1')), 'it waits');
	t.true(await within(once(spawn('mkdir', [join(base, 'beside')], {stdio: 'ignore'}), 'exit'), 20_000));
});

/** Gives a directory the name of another as soon as that is free. */
const renaming = `
	my ($from, $to) = @ARGV;
	$| = 1;
	print "begun\\n";
	# Renames over nothing: renameat2.
	1 while syscall($ENV{NUMBER}, -100, $from, -100, $to, 1) != 0 && $!{EEXIST};`;

// By the number that a call has on this architecture.
(process.arch === 'x64' ? test : test.skip)('what another directory holds that takes the name of a tree as soon as that has gone is left', async (t) => {
	for (let round = 0; round < 40; round++) {
		const base = makeBase(t, memory);
		for (const place of ['tree', 'other']) {
			mkdirSync(join(base, place));
			writeFileSync(join(base, place, 'file'), '');
		}
		const taker = spawn('perl', ['-MErrno', '-e', renaming, join(base, 'other'), join(base, 'tree')], {
			env: {...process.env, NUMBER: '316'},
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const taken = once(taker, 'exit');
		await once(taker.stdout, 'data');
		await removeTree(join(base, 'tree'));
		t.deepEqual(await taken, [0, null]);
		t.true(existsSync(join(base, 'tree/file')));
	}
});

testWithLock('another’s directory that keeps whoever looks into it waiting, and has the name by now, is not looked into', async (t) => {
	const base = makeBase(t);
	mkdirSync(join(base, 'theirs'));
	await lockDirectory(t, join(base, 'theirs'));
	t.true(await within(removeTree(join(base, 'theirs'), {}, {isOurs: () => false}), 5000));
});

test('a directory is gone through again only where it is the one of the first time, and only where it is ours', async (t) => {
	const base = makeBase(t);
	const tree = join(base, 'tree');
	mkdirSync(join(tree, 'inside'), {recursive: true});
	await removeTree(tree, {}, {isOurs: ({mode}) => (mode & 0o20) !== 0});
	t.true(existsSync(join(tree, 'inside')));
	const steps = goThroughTree(tree, {isIt: () => true});
	steps.next();
	// Another remover was quicker, and the name was free.
	renameSync(tree, join(base, 'aside'));
	mkdirSync(join(tree, 'theirs'), {recursive: true});
	while (steps.next().done !== true);
	t.true(existsSync(join(tree, 'theirs')));
	await removeTree(tree);
	t.false(existsSync(tree));
});
