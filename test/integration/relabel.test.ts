import {execFileSync, spawn} from 'node:child_process';
import {chmodSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {JournalOwner} from '../../src/backend/labels/relabel/journal.ts';
import {planRelabel, describePlan, listPlan} from '../../src/backend/labels/relabel/plan-relabel.ts';
import {relabel} from '../../src/backend/labels/relabel/relabel.ts';
import {listLabels, setLabels} from '../../src/backend/labels/relabel/run-label-script.ts';
import {undoAbandonedJournals, undoJournal} from '../../src/backend/labels/relabel/undo-journal.ts';
import type {RelabelAttribute, RelabelTarget} from '../../src/backend/labels/settle-labels.ts';
import {identifyProcess, isAlive, recordNamespace} from '../../src/backend/host/process-identity.ts';
import {ShellError} from '../../src/core/errors.ts';

const attribute: RelabelAttribute = 'security.selinux';
const old = 'system_u:object_r:var_t:s0';
const own = 'system_u:object_r:container_file_t:s0:c1,c2';

/** Labels need root and a file system that keeps them. */
const asRoot = process.getuid?.() === 0 ? test : test.skip;
if (process.getuid?.() !== 0 && process.env['CI'] === 'true') {
	throw new Error('The tests of labels need root');
}

interface Place {
	readonly source: string;
	readonly journals: string;
	/** Outside of the source; a link and a hard link lead here. */
	readonly outside: string;
}

/** A directory with a file, a deep one, odd names, a link, a mount, and a file that has a further name outside; all labelled `old`, but for `unlabelled`. */
function makePlace(t: ExecutionContext): Place {
	const base = mkdtempSync(join(tmpdir(), 'relabel-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const [source, journals, outside] = [join(base, 'source'), join(base, 'journal'), join(base, 'outside')];
	for (const directory of [source, join(source, 'deep/deeper'), join(source, 'mounted'), outside]) {
		mkdirSync(directory, {recursive: true});
	}
	for (const name of ['file', 'deep/deeper/file', ' "odd\n\\name ', 'unlabelled']) {
		writeFileSync(join(source, name), name);
	}
	writeFileSync(join(outside, 'target'), '');
	writeFileSync(join(outside, 'shared'), '');
	linkSync(join(outside, 'shared'), join(source, 'shared'));
	symlinkSync(outside, join(source, 'link'));
	symlinkSync('../deep/../file', join(source, 'deep/inner'));
	execFileSync('mount', ['--bind', outside, join(source, 'mounted')]);
	t.teardown(() => execFileSync('umount', ['-l', join(source, 'mounted')]));
	label(source, old, ['unlabelled']);
	label(outside, old, []);
	return {source, journals, outside};
}

/** Labels a tree by other means than those under test. */
function label(directory: string, value: string, except: readonly string[]): void {
	const paths = ['', ...readdirSync(directory, {recursive: true, encoding: 'utf8'})].filter(
		(name) => !except.includes(name) && !name.startsWith('mounted/') && !name.startsWith('link/'),
	);
	setXattrs(paths.map((name) => [join(directory, name), value]));
}

function setXattrs(values: ReadonlyArray<readonly [path: string, value: string]>): void {
	const script =
		'while (@ARGV) { my ($p, $v, $n) = (shift, shift, "security.selinux"); syscall($ENV{NUMBER}, $p, $n, $v, length($v), 0) == 0 or die "$p: $!" }';
	execFileSync('perl', ['-e', script, ...values.flat()], {env: {NUMBER: process.arch === 'arm64' ? '6' : '189'}});
}

/** The label of a path itself, links not followed; undefined: none. */
function labelsAt(paths: readonly string[]): Array<string | undefined> {
	const script =
		'for (@ARGV) { my ($p, $n, $b) = ($_, "security.selinux", "\\0" x 300); my $l = syscall($ENV{NUMBER}, $p, $n, $b, 300); print $l < 0 ? "" : substr($b, 0, $l) =~ s/\\0$//r, "\\n" }';
	const output = execFileSync('perl', ['-e', script, ...paths], {env: {NUMBER: process.arch === 'arm64' ? '9' : '192'}, encoding: 'utf8'});
	return output
		.split('\n')
		.slice(0, -1)
		.map((line) => (line === '' ? undefined : line));
}

const names = ['', 'file', 'deep', 'deep/deeper/file', ' "odd\n\\name ', 'unlabelled', 'shared', 'link', 'deep/inner', 'mounted', 'link/target'];

function look({source, outside}: Place): Record<string, string | undefined> {
	const paths = [...names.map((name) => join(source, name)), join(outside, 'target'), outside];
	const labels = labelsAt(paths);
	return Object.fromEntries([...names, '-> target', '-> outside'].map((name, index) => [name, labels[index]]));
}

const before = {...Object.fromEntries([...names, '-> target', '-> outside'].map((name) => [name, old])), unlabelled: undefined};
const during = {...before, '': own, file: own, deep: own, 'deep/deeper/file': own, ' "odd\n\\name ': own, unlabelled: own, 'deep/inner': own};

function ownerOf(id: string): JournalOwner {
	const owner = identifyProcess('self') ?? {pid: 0, startTime: ''};
	return {id, owner, namespace: recordNamespace(), uri: 'lxc:///system', uuid: '00000000-0000-4000-8000-000000000000', lifetime: 'client'};
}

function targetOf(source: string): RelabelTarget {
	return {source, attribute, to: own};
}

asRoot('labels are set below the source alone, and put back; a link that leads out, a mount and a shared file stay as they are', async (t) => {
	const place = makePlace(t);
	t.deepEqual(look(place), before);
	const told: string[] = [];
	await relabel([targetOf(place.source)], ownerOf('one'), {directory: place.journals, onPlan: (plan) => told.push(describePlan(plan))});
	t.deepEqual(look(place), during);
	t.deepEqual(told, [
		`8 files at ${place.source} get the label ${own} (now: ${old}, none) until the sandbox ends; left alone: 1 link that leads out of it, what is mounted at mounted, 1 with names elsewhere`,
	]);
	t.is(statSync(place.journals).mode & 0o7777, 0o700);
	t.deepEqual(readdirSync(place.journals), ['one.json']);
	t.is(statSync(join(place.journals, 'one.json')).mode & 0o7777, 0o600);
	t.deepEqual(await undoJournal(place.journals, 'one'), {id: 'one', result: 'undone', restored: 8});
	t.deepEqual(look(place), before);
	t.deepEqual(readdirSync(place.journals), []);
	t.deepEqual(await undoJournal(place.journals, 'one'), {id: 'one', result: 'none', restored: 0});
});

asRoot('the plan of a dry run lists the files and changes nothing', async (t) => {
	const place = makePlace(t);
	const [plan] = await planRelabel([targetOf(place.source), targetOf(join(place.source, 'deep'))]);
	if (plan === undefined) {
		t.fail('there is no plan');
		return;
	}
	const [sentence, ...lines] = listPlan(plan).map(({message}) => message);
	t.is(sentence, describePlan(plan));
	t.deepEqual(
		lines.toSorted(),
		['', '/ "odd\n\\name ', '/deep', '/deep/inner', '/deep/deeper', '/deep/deeper/file', '/file', '/unlabelled']
			.map((name) => `relabel ${place.source}${name}: ${name === '/unlabelled' ? 'none' : old} -> ${own}`)
			.toSorted(),
	);
	t.deepEqual(look(place), before);
});

asRoot('what the sandbox made gets the label of its directory; what others relabelled meanwhile keeps theirs', async (t) => {
	const place = makePlace(t);
	const {source} = place;
	await relabel([targetOf(source)], ownerOf('two'), {directory: place.journals, onPlan: () => undefined});
	const theirs = 'system_u:object_r:etc_t:s0';
	mkdirSync(join(source, 'new/newer'), {recursive: true});
	writeFileSync(join(source, 'new/newer/file'), '');
	setXattrs([
		[join(source, 'new'), own],
		[join(source, 'new/newer'), own],
		[join(source, 'new/newer/file'), own],
		[join(source, 'file'), theirs],
	]);
	await undoJournal(place.journals, 'two');
	t.deepEqual(labelsAt(['new', 'new/newer', 'new/newer/file', 'file'].map((name) => join(source, name))), [old, old, old, theirs]);
});

asRoot('after kill -9 of the client, at any moment, clean puts all back', async (t) => {
	const place = makePlace(t);
	for (let index = 0; index < 300; index++) {
		writeFileSync(join(place.source, `deep/deeper/many-${index}`), '');
	}
	label(place.source, old, ['unlabelled']);
	const program = `
		const {relabel} = await import(${JSON.stringify(new URL('../../src/backend/labels/relabel/relabel.js', import.meta.url).href)});
		const {identifyProcess, recordNamespace} = await import(${JSON.stringify(new URL('../../src/backend/host/process-identity.js', import.meta.url).href)});
		const owner = {id: process.argv[1], owner: identifyProcess('self'), namespace: recordNamespace(), uri: 'lxc:///system', uuid: '', lifetime: 'client'};
		console.log('begin');
		await relabel([{source: process.argv[2], attribute: 'security.selinux', to: ${JSON.stringify(own)}}], owner, {directory: process.argv[3], onPlan: () => {}});
		console.log('done');
		setInterval(() => {}, 1000);`;
	let cutShort = 0;
	for (let attempt = 0; attempt < 12; attempt++) {
		const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', program, `kill-${attempt}`, place.source, place.journals], {
			stdio: ['ignore', 'pipe', 'inherit'],
			timeout: 30_000,
			killSignal: 'SIGKILL',
		});
		const exited = new Promise((resolve) => child.on('close', resolve));
		let output = '';
		const says = (word: string): Promise<unknown> =>
			Promise.race([
				exited,
				new Promise<void>((resolve) => {
					const look = (): void => {
						if (output.includes(word)) resolve();
					};
					child.stdout.on('data', look);
					look();
				}),
			]);
		child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
		await says('begin');
		// Later each time: before the claim, amid the changes, after them.
		if (attempt > 0) {
			await new Promise((resolve) => setTimeout(resolve, attempt * 7));
		} else {
			await says('done');
			t.deepEqual(look(place), during);
		}
		child.kill('SIGKILL');
		await exited;
		if (!output.includes('done')) cutShort++;
		const undone = await undoAbandonedJournals({directory: place.journals, isAlive: ({owner}) => isAlive(owner)});
		t.true(undone.every(({result}) => result === 'undone'));
		t.deepEqual(look(place), before);
		const tree = await listLabels(place.source, {attribute});
		t.deepEqual([...new Set(tree.files.filter(({name}) => name !== 'unlabelled').map((file) => file.label))], [old]);
		t.deepEqual(
			readdirSync(place.journals).filter((name) => name.endsWith('.json')),
			[],
		);
	}
	t.log(`${cutShort} of 12 were cut short`);
});

asRoot('a journal whose owner lives stays, and its files cannot be relabelled twice', async (t) => {
	const place = makePlace(t);
	await relabel([targetOf(place.source)], ownerOf('living'), {directory: place.journals, onPlan: () => undefined});
	t.deepEqual(await undoAbandonedJournals({directory: place.journals, isAlive: ({owner}) => isAlive(owner)}), [{id: 'living', result: 'alive', restored: 0}]);
	for (const source of [place.source, join(place.source, 'deep')]) {
		await t.throwsAsync(relabel([targetOf(source)], ownerOf('second'), {directory: place.journals, onPlan: () => undefined}), {
			instanceOf: ShellError,
			message: `${place.source} is relabelled for another sandbox (living)`,
		});
	}
	t.deepEqual(look(place), during);
	await undoJournal(place.journals, 'living');
	t.deepEqual(look(place), before);
});

asRoot('what a sandbox has made that cannot be listed keeps its label, which is told; all else gets back what it had', async (t) => {
	const place = makePlace(t);
	const {source, journals} = place;
	await relabel([targetOf(source)], ownerOf('deep'), {directory: journals, onPlan: () => undefined});
	// Its names are too long for the kernel.
	execFileSync('perl', ['-e', 'chdir $ARGV[0] or die; $n = "d" x 250; for (1..18) { mkdir $n or die; chdir $n or die }', source]);
	writeFileSync(join(source, 'made'), '');
	setXattrs([[join(source, 'made'), own]]);
	const error = await t.throwsAsync(undoJournal(journals, 'deep'), {instanceOf: ShellError});
	t.is(error?.code, 'unavailable');
	t.regex(
		error?.message ?? '',
		/^What the sandbox made below \S+ keeps the label \S+, all or in part: Cannot relabel \S+: cannot read '(?:d{250}\/){16}d{250}': File name too long$/,
	);
	t.deepEqual(look(place), before);
	t.deepEqual(labelsAt([join(source, 'made')]), [old]);
	t.deepEqual(readdirSync(journals), []);
	// A start is refused as before.
	await t.throwsAsync(planRelabel([targetOf(source)]), {message: /cannot read/});
});

asRoot('a file that a sandbox has moved to where nobody can list it keeps the journal, by which it gets its label back later', async (t) => {
	const place = makePlace(t);
	const {source, journals} = place;
	await relabel([targetOf(source)], ownerOf('moved'), {directory: journals, onPlan: () => undefined});
	const script =
		'$n = "d" x 250; rename "$ARGV[0]/file", "$ARGV[0]/deep/moved" or die; chdir $ARGV[0] or die; for (1..18) { mkdir $n or die; chdir $n or die } rename "$ARGV[0]/deep/moved", "moved" or die';
	execFileSync('perl', ['-e', script, source]);
	await t.throwsAsync(undoJournal(journals, 'moved'), {message: /^Files that were below \S+ before the sandbox may still have the label/});
	t.deepEqual(readdirSync(journals), ['moved.json']);
	const back = '$n = "d" x 250; chdir $ARGV[0] or die; for (1..18) { chdir $n or die } rename "moved", "$ARGV[0]/file" or die';
	execFileSync('perl', ['-e', back, source]);
	await t.throwsAsync(undoJournal(journals, 'moved'), {message: /^What the sandbox made below/});
	t.deepEqual(look(place), before);
	t.deepEqual(readdirSync(journals), []);
});

asRoot('a file that its user cannot get at, as a sandbox has closed a directory, counts as a fault, and not as one that went', (t) => {
	const place = makePlace(t);
	execFileSync('chown', ['-R', '65534', join(place.source, '..')]);
	chmodSync(join(place.source, 'deep'), 0);
	const module = new URL('../../src/backend/labels/relabel/run-label-script.js', import.meta.url).href;
	const script = `
		import {setLabels} from ${JSON.stringify(module)};
		process.setgroups([]); process.setgid(65534); process.setuid(65534);
		const change = (name) => ({name, inode: '1', expected: 'x', wanted: 'y'});
		console.log(JSON.stringify(await setLabels(${JSON.stringify(place.source)}, ['deep/deeper/file', 'gone'].map(change), {attribute: 'owner'})));`;
	const said = execFileSync(process.execPath, [...process.execArgv, '--input-type=module', '-e', script], {encoding: 'utf8'});
	t.deepEqual(JSON.parse(said), [{result: 'error', text: 'Permission denied'}, {result: 'changed'}]);
});

asRoot('a directory that is swapped for a link meanwhile leads nowhere', async (t) => {
	const place = makePlace(t);
	const {source, outside} = place;
	const tree = await listLabels(source, {attribute});
	const file = tree.files.find(({name}) => name === 'deep/deeper/file');
	rmSync(join(source, 'deep/deeper'), {recursive: true});
	mkdirSync(join(outside, 'lure'));
	writeFileSync(join(outside, 'lure/file'), '');
	setXattrs([[join(outside, 'lure/file'), old]]);
	symlinkSync(join(outside, 'lure'), join(source, 'deep/deeper'));
	const lured = await listLabels(join(outside, 'lure'), {attribute});
	const inode = lured.files.find(({name}) => name === 'file')?.inode ?? '';
	t.not(file, undefined);
	t.deepEqual(
		await setLabels(
			source,
			['deep/deeper/file', 'link/lure/file', '../outside/lure/file', 'mounted/lure/file', 'link'].map((name) => ({
				name,
				inode,
				expected: old,
				wanted: own,
			})),
			{attribute},
		),
		Array.from({length: 5}, () => ({result: 'changed'})),
	);
	t.deepEqual(labelsAt([join(outside, 'lure/file')]), [old]);
});

asRoot('owners are changed and put back in the same way, but not of setuid files', async (t) => {
	const place = makePlace(t);
	const {source} = place;
	execFileSync('chmod', ['4755', join(source, 'file')]);
	await relabel([{source, attribute: 'owner', to: '1234:5678'}], ownerOf('dac'), {directory: place.journals, onPlan: () => undefined});
	const owners = (): string[] =>
		['deep', 'deep/deeper/file', 'file', 'mounted', 'shared'].map((name) => `${statSync(join(source, name)).uid}:${statSync(join(source, name)).gid}`);
	t.deepEqual(owners(), ['1234:5678', '1234:5678', '0:0', '0:0', '0:0']);
	await undoJournal(place.journals, 'dac');
	t.deepEqual(owners(), ['0:0', '0:0', '0:0', '0:0', '0:0']);
	t.is(statSync(join(source, 'file')).mode & 0o7777, 0o4755);
});

asRoot('a single file can be the source', async (t) => {
	const place = makePlace(t);
	await relabel([targetOf(join(place.source, 'file'))], ownerOf('file'), {directory: place.journals, onPlan: () => undefined});
	t.deepEqual(look(place), {...before, file: own});
	await undoJournal(place.journals, 'file');
	t.deepEqual(look(place), before);
});

for (const source of ['/', '/etc', '/usr/lib', '/home', '/var/lib', '/root', '/tmp']) {
	asRoot(`${source} is never relabelled`, async (t) => {
		await t.throwsAsync(planRelabel([targetOf(source)]), {
			instanceOf: ShellError,
			message: `relabel=yes is refused for ${source}: the host itself needs the labels there`,
		});
	});
}
