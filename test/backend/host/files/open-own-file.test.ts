import {execFileSync} from 'node:child_process';
import {
	chmodSync,
	closeSync,
	constants,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openOwnFile} from '../../../../src/backend/host/files/open-own-file.ts';
import {openBoundedFile} from '../../../../src/backend/session/capture/bounded-file.ts';
import {openLogs} from '../../../../src/backend/session/capture/open-logs.ts';
import {markOrdered} from '../../../../src/backend/session/own-order.ts';

function makePlace(t: ExecutionContext): {readonly directory: string; readonly precious: string} {
	const directory = mkdtempSync(join(tmpdir(), 'own-file-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const precious = join(directory, 'precious');
	writeFileSync(precious, 'content');
	return {directory, precious};
}

test('a file of our own is opened, or made for us alone; a link, a FIFO, a directory and what others may write to are refused', (t) => {
	const {directory, precious} = makePlace(t);
	closeSync(openOwnFile(precious, constants.O_RDONLY));
	const made = join(directory, 'made');
	closeSync(openOwnFile(made, constants.O_WRONLY | constants.O_CREAT));
	t.is(statSync(made).mode & 0o777, 0o600);
	const planted = ['link', 'fifo', 'inner', 'open'].map((name) => join(directory, name));
	const [link = '', fifo = '', inner = '', open = ''] = planted;
	symlinkSync(precious, link);
	execFileSync('mkfifo', [fifo]);
	mkdirSync(inner);
	writeFileSync(open, '');
	chmodSync(open, 0o666);
	for (const path of planted) for (const flags of [constants.O_RDONLY, constants.O_RDWR | constants.O_CREAT]) t.throws(() => openOwnFile(path, flags));
});

test('the mark of an order, a log and what replaces it go through no link that lies in their place', (t) => {
	const {directory, precious} = makePlace(t);
	symlinkSync(precious, join(directory, 'destroyed'));
	markOrdered(directory);
	const log = join(directory, 'stdout');
	symlinkSync(precious, log);
	t.throws(() => openBoundedFile(log, () => 4096), {code: 'ELOOP'});
	rmSync(log);
	symlinkSync(precious, `${log}.new`);
	const file = openBoundedFile(log, () => 4096);
	for (let line = 0; line < 200; line++) t.true(file.append(Buffer.from(`${'x'.repeat(99)}\n`)));
	file.close();
	t.is(readFileSync(precious, 'utf8'), 'content');
	t.true(statSync(log).size <= 4096);
});

test('a FIFO in place of a log is not waited for', (t) => {
	const {directory} = makePlace(t);
	mkdirSync(join(directory, 'log'));
	execFileSync('mkfifo', [join(directory, 'log/stdout'), join(directory, 'destroyed')]);
	const logs = openLogs(directory);
	t.deepEqual([logs.names(), logs.read('stdout')], [['stdout'], undefined]);
	logs.close();
	markOrdered(directory)();
	t.false(existsSync(join(directory, 'destroyed')));
	t.deepEqual(readdirSync(join(directory, 'log')), ['stdout']);
});
