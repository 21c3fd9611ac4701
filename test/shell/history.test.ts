import {execFileSync} from 'node:child_process';
import {chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openHistory} from '../../src/shell/history.ts';

function makePlace(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'history-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

test('lines that were typed come back, of several lines each whole, the newest ones of a file that grows long', async (t) => {
	const path = join(makePlace(t), 'below/history');
	const history = openHistory(path, 3);
	for (const line of ['list', 'list', ' secret', 'define a\\n', 'first\nsecond', '3', '4', '5']) await history.add(line);
	t.deepEqual(history.lines(), ['3', '4', '5']);
	t.is(statSync(path).mode & 0o777, 0o600);
	t.is(readFileSync(path, 'utf8'), 'list\ndefine a\\\\n\nfirst\\nsecond\n3\n4\n5\n');
	await history.add('6');
	t.is(readFileSync(path, 'utf8'), '4\n5\n6\n');
	t.deepEqual(openHistory(path, 2).lines(), ['5', '6']);
	await history.clear();
	t.deepEqual(openHistory(path, 2).lines(), []);
});

test('what a sandbox planted in place of the history is not read, waited for or written through', async (t) => {
	const directory = makePlace(t);
	const precious = join(directory, 'precious');
	writeFileSync(precious, 'planted\n');
	const [link, fifo, open] = ['link', 'fifo', 'open'].map((name) => join(directory, name));
	symlinkSync(precious, link ?? '');
	execFileSync('mkfifo', [fifo ?? '']);
	writeFileSync(open ?? '', 'planted\n');
	chmodSync(open ?? '', 0o666);
	for (const path of [link, fifo, open]) {
		const history = openHistory(path ?? '', 10);
		t.deepEqual(history.lines(), []);
		await history.add('rm -r /');
		t.deepEqual(history.lines(), ['rm -r /']);
	}
	t.is(readFileSync(precious, 'utf8'), 'planted\n');
});
