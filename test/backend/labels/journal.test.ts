import {mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {journalDirectory, listJournals, readJournal, removeJournal, writeJournal, type Journal} from '../../../src/backend/labels/relabel/journal.ts';
import {undoAbandonedJournals} from '../../../src/backend/labels/relabel/undo-journal.ts';
import {planUndo} from '../../../src/backend/labels/relabel/undo-target.ts';
import {ShellError} from '../../../src/core/errors.ts';
import type {LabelledFile} from '../../../src/backend/labels/relabel/run-label-script.ts';

function makeDirectory(t: ExecutionContext): string {
	const base = mkdtempSync(join(tmpdir(), 'journal-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	return join(base, 'deep/journal');
}

const journal: Journal = {
	version: 1,
	id: 'abcd0123',
	owner: {pid: 1, startTime: '2'},
	namespace: 'pid:[1]',
	uri: 'lxc:///system',
	uuid: 'u',
	lifetime: 'client',
	targets: [
		{
			source: '/nowhere/ü',
			attribute: 'security.selinux',
			to: 'new',
			identity: '1:2',
			files: [
				['', '2', 'old'],
				['a\n\xff', '3', null],
			],
		},
	],
};

test('a journal is read as it was written, and nothing else is left', (t) => {
	const directory = makeDirectory(t);
	t.deepEqual(listJournals(directory), []);
	t.is(readJournal(directory, 'abcd0123'), undefined);
	writeJournal(directory, journal);
	t.deepEqual(readdirSync(directory), ['abcd0123.json']);
	t.deepEqual(readJournal(directory, 'abcd0123'), journal);
	t.deepEqual(listJournals(directory), ['abcd0123']);
	removeJournal(directory, 'abcd0123');
	t.deepEqual(readdirSync(directory), []);
});

for (const [what, text] of Object.entries({
	'is cut off': JSON.stringify(journal).slice(0, 40),
	'is of another version': JSON.stringify({...journal, version: 2}),
	"has another's id": JSON.stringify({...journal, id: 'x'}),
	'sets what is no label': JSON.stringify({...journal, targets: [{...journal.targets[0], attribute: 'user.x'}]}),
	'is no journal': '[]',
})) {
	test(`a journal that ${what} is not obeyed, and stays`, async (t) => {
		const directory = makeDirectory(t);
		writeJournal(directory, journal);
		writeFileSync(join(directory, 'abcd0123.json'), text);
		t.throws(() => readJournal(directory, 'abcd0123'), {message: `The journal ${join(directory, 'abcd0123.json')} is damaged, or of a later version`});
		t.like(await undoAbandonedJournals({directory, isAlive: () => false}), [{id: 'abcd0123', result: 'failed'}]);
		t.deepEqual(listJournals(directory), ['abcd0123']);
	});
}

test('the journal of a source that was removed is kept as a copy alone; that of one which may only not be mounted, or in whose place another is, stays, and that is told', async (t) => {
	const directory = makeDirectory(t);
	const [target] = journal.targets;
	const source = join(directory, 'source');
	const undo = async (identity: string): Promise<readonly unknown[]> => {
		if (target !== undefined) writeJournal(directory, {...journal, targets: [{...target, source, identity}]});
		const [undone] = await undoAbandonedJournals({directory, isAlive: () => false});
		return [undone?.result, undone?.result === 'failed' && undone.fault instanceof ShellError ? undone.fault.message : undefined, listJournals(directory)];
	};
	writeJournal(directory, journal);
	const {dev} = statSync(directory);
	const gone = `${source} is gone: if it was moved, its files keep the label new`;
	t.deepEqual(await undo(`${dev}:2`), ['failed', gone, []]);
	t.deepEqual(readdirSync(directory), ['abcd0123.lost']);
	const told = `${source}, whose files have the label new, is not there, or another one is`;
	t.deepEqual(await undo(`${dev + 1}:2`), ['failed', told, ['abcd0123']]);
	mkdirSync(source);
	const {ino, birthtimeNs} = statSync(source, {bigint: true});
	t.deepEqual(await undo(`${dev}:${ino + 1n}`), ['failed', told, ['abcd0123']]);
	t.deepEqual(await undo(`${dev}:${ino}:${birthtimeNs + 1n}`), ['failed', told, ['abcd0123']]);
});

test('a journal that is too large to be read again is not written', (t) => {
	const directory = makeDirectory(t);
	const name = 'n'.repeat(64 * 1024 * 1024);
	const targets = journal.targets.map((target) => ({...target, files: Array.from({length: 5}, () => [name, '1', null] as const)}));
	t.throws(() => writeJournal(directory, {...journal, targets}), {code: 'refused'});
	t.deepEqual(listJournals(directory), []);
});

test('journals are where they outlive a crash', (t) => {
	t.is(journalDirectory({uid: 0, environment: {XDG_STATE_HOME: '/x'}}), '/var/lib/virt-sandbox/journal');
	t.is(journalDirectory({uid: 1, environment: {XDG_STATE_HOME: '/x', HOME: '/h'}}), '/x/virt-sandbox/journal');
	t.is(journalDirectory({uid: 1, environment: {XDG_STATE_HOME: 'x', HOME: '/h'}}), '/h/.local/state/virt-sandbox/journal');
});

function file(name: string, inode: string, label: string | undefined): LabelledFile {
	return {name, inode, label, kind: 'file', links: 1, mode: 0o644};
}

test('an undo leaves a file alone that has a name elsewhere, but for one that was relabelled', (t) => {
	const files = [
		['', '1', 'root'],
		['ours', '2', 'a'],
	] as const;
	const tree = [file('', '1', 'new'), {...file('ours', '2', 'new'), links: 2}, {...file('linked', '3', 'new'), links: 2}];
	t.deepEqual(
		planUndo({to: 'new', files}, tree).map(({name}) => name),
		['', 'ours'],
	);
});

test('an undo follows files that were moved, and gives new ones the label of their directory', (t) => {
	const files = [
		['', '1', 'root'],
		['a', '2', 'a'],
		['b', '3', null],
		['same', '4', 'new'],
	] as const;
	const tree = [
		file('', '1', 'new'),
		file('moved', '2', 'new'),
		file('b', '3', 'new'),
		file('same', '4', 'new'),
		file('made', '5', 'new'),
		file('made/in', '6', 'new'),
		file('theirs', '7', 'other'),
		file('theirs/in', '8', 'new'),
	];
	t.deepEqual(planUndo({to: 'new', files}, tree), [
		{name: '', inode: '1', expected: 'new', wanted: 'root'},
		{name: 'moved', inode: '2', expected: 'new', wanted: 'a'},
		{name: 'b', inode: '3', expected: 'new', wanted: undefined},
		{name: 'made', inode: '5', expected: 'new', wanted: 'root'},
		{name: 'made/in', inode: '6', expected: 'new', wanted: 'root'},
		{name: 'theirs/in', inode: '8', expected: 'new', wanted: 'other'},
	]);
});
