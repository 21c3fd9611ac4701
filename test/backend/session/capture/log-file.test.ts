import {spawn, spawnSync} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statfsSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {within} from '../../../../src/core/within.ts';
import {writeOwnerRecord} from '../../../../src/backend/guest/state/state-directory.ts';
import {identifyProcess, recordNamespace} from '../../../../src/backend/host/process-identity.ts';
import {openLogFile} from '../../../../src/backend/session/capture/log-file.ts';
import {logHeadBytes} from '../../../../src/backend/session/capture/log-head.ts';
import {logShare} from '../../../../src/backend/session/capture/log-share.ts';
import {openLogs} from '../../../../src/backend/session/capture/open-logs.ts';
import {readLog, type LogLine} from '../../../../src/backend/session/capture/read-log.ts';
import {lockDirectory, testWithLock} from '../../../helpers/locked-directory.ts';

function makeState(t: ExecutionContext): string {
	const path = mkdtempSync(join(tmpdir(), 'log-'));
	mkdirSync(join(path, 'log'));
	t.teardown(() => rmSync(path, {recursive: true, force: true}));
	return path;
}

async function collect(lines: AsyncIterable<LogLine>): Promise<LogLine[]> {
	const all: LogLine[] = [];
	for await (const line of lines) {
		all.push(line);
	}
	return all;
}

test('a line’s end that comes in halves is one', async (t) => {
	const state = makeState(t);
	const log = openLogFile(join(state, 'log', 'tty'), {now: () => 1000});
	const long = 'x'.repeat(70_000);
	log.write(Buffer.from(`${long}\r`));
	log.write(Buffer.from('\nbar 10 %\r'));
	log.write(Buffer.from('bar 20 %\r'));
	log.close();
	t.deepEqual(
		(await collect(readLog(state))).map(({text, isPartial}) => [text, isPartial]),
		[
			[long, true],
			['', false],
			['bar 10 %\rbar 20 %\r', true],
		],
	);
});

test('a note of ours has a line of its own', async (t) => {
	const state = makeState(t);
	const log = openLogFile(join(state, 'log', 'tty'), {now: () => 1000});
	log.write(Buffer.from('half of'));
	log.note('the rest did not arrive');
	log.close();
	t.deepEqual(
		(await collect(readLog(state))).map(({text, isPartial}) => [text, isPartial]),
		[
			['half of', true],
			['', false],
			['[the rest did not arrive]', false],
		],
	);
});

test('a flood of short lines takes little memory', (t) => {
	const log = openLogFile(join(makeState(t), 'log', 'stdout'));
	const used = (): number => {
		const {arrayBuffers, heapUsed} = process.memoryUsage();
		return (arrayBuffers + heapUsed) / 1024 ** 2;
	};
	const before = used();
	let most = 0;
	for (let chunk = 0; chunk < 60; chunk++) {
		log.write(Buffer.alloc(65_536, 'y\n'));
		most = Math.max(most, used() - before);
	}
	log.close();
	t.true(most < 25, `${most} MiB`);
});

test('lines have their time, and are of their owner alone', async (t) => {
	const state = makeState(t);
	let now = 1000;
	const log = openLogFile(join(state, 'log', 'stdout'), {now: () => now});
	log.write(Buffer.from('one\r\ntw'));
	now = 2000;
	log.write(Buffer.from('o\n\nend'));
	log.close();
	t.is(readFileSync(join(state, 'log', 'stdout'), 'latin1').slice(logHeadBytes), '1000 one\n2000 two\n2000 \n2000+end\n');
	t.is(statSync(join(state, 'log', 'stdout')).mode & 0o777, 0o600);
	t.deepEqual(await collect(readLog(state)), [
		{timeMs: 1000, console: 'stdout', text: 'one', isPartial: false},
		{timeMs: 2000, console: 'stdout', text: 'two', isPartial: false},
		{timeMs: 2000, console: 'stdout', text: '', isPartial: false},
		{timeMs: 2000, console: 'stdout', text: 'end', isPartial: true},
	]);
});

test('the lines of several consoles are in the order of time, and can be cut', async (t) => {
	const state = makeState(t);
	let now = 1;
	const out = openLogFile(join(state, 'log', 'stdout'), {now: () => now});
	const error = openLogFile(join(state, 'log', 'stderr'), {now: () => now});
	for (const word of ['a', 'b', 'c']) {
		out.write(Buffer.from(`${word}\n`));
		now++;
		error.write(Buffer.from(`${word}!\n`));
		now++;
	}
	out.close();
	error.close();
	t.deepEqual(
		(await collect(readLog(state))).map(({text}) => text),
		['a', 'a!', 'b', 'b!', 'c', 'c!'],
	);
	t.deepEqual(
		(await collect(readLog(state, {sinceMs: 5}))).map(({text}) => text),
		['c', 'c!'],
	);
	t.deepEqual(
		(await collect(readLog(state, {console: 'stderr'}))).map(({text}) => text),
		['a!', 'b!', 'c!'],
	);
});

test('a log never grows over its limit, and says what it dropped', async (t) => {
	const state = makeState(t);
	const path = join(state, 'log', 'stdout');
	const log = openLogFile(path, {now: () => 7});
	const line = Buffer.from(`${'x'.repeat(1000)}\n`);
	let isWithin = true;
	for (let count = 0; count < 40_000; count++) {
		log.write(line);
		isWithin &&= statSync(path).size <= 16 * 1024 * 1024;
	}
	log.write(Buffer.from('last\n'));
	log.close();
	t.true(isWithin);
	const lines = await collect(readLog(state));
	t.regex(lines[0]?.text ?? '', /^\[\d+ bytes of this log were dropped\]$/);
	t.is(lines.at(-1)?.text, 'last');
	const dropped = Number(/\d+/.exec(lines[0]?.text ?? '')?.[0]);
	const kept = statSync(path).size - logHeadBytes;
	t.is(dropped + kept, 40_000 * 1003 + Buffer.byteLength('7 last\n'));
});

test('a chunk of line feeds, which have more time than text, does not grow over the limit either', async (t) => {
	const state = makeState(t);
	const path = join(state, 'log', 'tty');
	const log = openLogFile(path, {now: () => 1_700_000_000_000});
	const chunk = Buffer.alloc(256 * 1024, 10);
	const sizes = Array.from({length: 8}, () => {
		log.write(chunk);
		return statSync(path).size;
	});
	log.write(Buffer.from('over\rwritten\r\n'));
	log.close();
	t.true(Math.max(...sizes) <= 16 * 1024 * 1024);
	t.is((await collect(readLog(state))).at(-1)?.text, 'over\rwritten');
});

for (const [what, chunk] of [
	['long lines', Buffer.alloc(256 * 1024, `${'x'.repeat(60_000)}\n`)],
	['line feeds', Buffer.alloc(256 * 1024, 10)],
	['no line’s end', Buffer.alloc(256 * 1024, 'y')],
] as const) {
	test(`a log that may have little never has more: ${what}`, async (t) => {
		const state = makeState(t);
		const path = join(state, 'log', 'tty');
		const log = openLogFile(path, {now: () => 1_700_000_000_000, limit: () => 128 * 1024});
		const sizes = Array.from({length: 8}, () => {
			log.write(chunk);
			return statSync(path).size;
		});
		log.write(Buffer.from('\nlast\n'));
		log.close();
		t.true(Math.max(...sizes) <= 128 * 1024, sizes.join(' '));
		t.true(Math.min(...sizes) > 0);
		const lines = await collect(readLog(state));
		t.is(lines.at(-1)?.text, 'last');
		t.regex(lines[0]?.text ?? '', /^\[\d+ bytes of this log were dropped\]$/);
	});
}

test('a full file system costs lines and nothing else', (t) => {
	const path = join(makeState(t), 'log', 'stdout');
	// No file may have anything.
	const limited = spawnSync('sh', ['-c', 'ulimit -f 0; trap "" XFSZ; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', fillLog, path], {
		encoding: 'utf8',
		timeout: 20_000,
	});
	t.deepEqual({status: limited.status, stderr: limited.stderr}, {status: 0, stderr: ''});
	t.is(statSync(path).size, 0);
});

test('who follows a log sees its last lines, however soon after them the sandbox has gone', async (t) => {
	const state = makeState(t);
	const log = openLogFile(join(state, 'log', 'stdout'));
	log.write(Buffer.from('first\n'));
	const lines = readLog(state, {follow: true});
	t.is((await lines.next()).value?.text, 'first');
	log.write(Buffer.from('last\n'));
	log.close();
	rmSync(state, {recursive: true});
	t.deepEqual(
		(await collect(lines)).map(({text}) => text),
		['last'],
	);
});

test('what could not be written is told at the end of the log, or where it goes on', async (t) => {
	const state = makeState(t);
	const path = join(state, 'log', 'stdout');
	const log = openLogFile(path, {now: () => 5});
	log.write(Buffer.from('first\n'));
	// No file may grow beyond this.
	const limited = spawnSync('sh', ['-c', 'ulimit -f 1; trap "" XFSZ; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', fillLog, path], {
		encoding: 'utf8',
		timeout: 20_000,
	});
	t.deepEqual({status: limited.status, stderr: limited.stderr}, {status: 0, stderr: ''});
	log.close();
	const lines = (await collect(readLog(state))).map(({text}) => text);
	t.is(lines[0], 'first');
	t.is(lines.at(-1), '[2000 bytes were lost: they could not be written]');
});

/** Writes twice as much to a log as its file may hold. */
const fillLog = `
import {openLogFile} from '${new URL('../../../../src/backend/session/capture/log-file.js', import.meta.url).href}';
const log = openLogFile(process.argv[1], {now: () => 6});
log.write(Buffer.from('x'.repeat(2000) + '\\n'));
log.close();`;

/** State directories beside each other. */
function makeStates(t: ExecutionContext, count: number): readonly [base: string, first: string] {
	const base = mkdtempSync(join(tmpdir(), 'logs-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	for (let index = 0; index < count; index++) mkdirSync(join(base, index.toString(16).padStart(8, '0')));
	return [base, join(base, '00000000')];
}

test('all logs together get a part of their file system, as if each sandbox had all that it may have', (t) => {
	const [base, first] = makeStates(t, 100);
	const {blocks, bsize} = statfsSync(base);
	const share = logShare(first);
	t.true(share >= 128 * 1024 && share <= 16 * 1024 * 1024);
	t.is(share, Math.min(16 * 1024 * 1024, Math.max(128 * 1024, Math.floor((blocks * bsize) / 16 / 400))));
});

testWithLock('what of a file system a log gets depends on no sandbox whose directory somebody keeps locked', async (t) => {
	const [base, first] = makeStates(t, 2);
	await lockDirectory(t, join(base, '00000001'));
	const module = new URL('../../../../src/backend/session/capture/log-share.js', import.meta.url).href;
	const script = `import {logShare} from '${module}'; process.stdout.write(String(logShare(process.argv[1])));`;
	// Of its own: one that waits there does not end.
	const child = spawn(process.execPath, ['--input-type=module', '-e', script, first], {stdio: ['ignore', 'pipe', 'inherit']});
	t.true(await within(once(child, 'exit'), 20_000));
});

test('who follows a log reads on where another keeper has signed', async (t) => {
	const state = makeState(t);
	const [first, second] = [spawn('sleep', ['600']), spawn('sleep', ['600'])];
	t.teardown(() => void [first, second].map((each) => each.kill()));
	const sign = ({pid = 0}: {readonly pid?: number | undefined}): void => {
		const owner = identifyProcess(pid) ?? {pid, startTime: '0'};
		const rest = {uri: 'lxc:///system', name: 'kept', uuid: randomUUID(), lifetime: 'keep', temporary: []} as const;
		writeOwnerRecord(state, {owner, namespace: recordNamespace(), ...rest});
	};
	sign(first);
	const log = openLogFile(join(state, 'log', 'stdout'));
	log.write(Buffer.from('before\n'));
	const lines = readLog(state, {follow: true});
	t.like((await lines.next()).value, {text: 'before'});
	sign(second);
	first.kill();
	await once(first, 'exit');
	const next = lines.next();
	log.write(Buffer.from('after\n'));
	t.like((await next).value, {text: 'after'});
	second.kill();
	await once(second, 'exit');
	await t.throwsAsync(lines.next(), {message: /nobody records any more/});
	log.close();
});

test('a log is read again only when it has changed, but for who wants it whatever it is', (t) => {
	const state = makeState(t);
	const path = join(state, 'log', 'stdout');
	const logs = openLogs(state);
	t.teardown(() => logs.close());
	const changed = (): string | undefined => logs.readChanged('stdout')?.toString();
	writeFileSync(path, 'one\n');
	t.deepEqual([changed(), changed()], ['one\n', undefined]);
	appendFileSync(path, 'two\n');
	t.deepEqual([changed(), changed()], ['one\ntwo\n', undefined]);
	writeFileSync(`${path}.new`, 'new\nlog\n');
	renameSync(`${path}.new`, path);
	t.deepEqual([changed(), changed()], ['new\nlog\n', undefined]);
	rmSync(path);
	t.is(changed(), undefined);
	t.is(logs.read('stdout')?.toString(), 'new\nlog\n');
});
