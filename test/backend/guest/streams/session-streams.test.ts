import {execFileSync} from 'node:child_process';
import {closeSync, constants, mkdtempSync, openSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import {text} from 'node:stream/consumers';
import test from 'ava';
import {openPipeSession, openTerminalSession, pipeNames} from '../../../../src/backend/guest/streams/session-streams.ts';

const mark = '\u0001abcabd';
const lost = {message: 'The last of the command’s output did not arrive'};

const lostTerminal = {message: 'The way to the command’s terminal was lost, and the command was ended'};

function open() {
	const console = new PassThrough();
	const exited = Promise.withResolvers<number>();
	exited.promise.catch(() => undefined);
	const control = {send: () => undefined, ended: new Promise<never>(() => undefined)};
	const {session, drained} = openTerminalSession(control, {ready: Promise.resolve(), exited: exited.promise}, {number: 0, tty: 2, mark, console});
	return {console, exited, output: text(session.stdout), drained};
}

test('a terminal’s output ends with the mark', async (t) => {
	const {console, exited, output, drained} = open();
	console.write(`all${mark}`);
	exited.resolve(0);
	t.is(await output, 'all');
	await drained;
});

test('a terminal that closes before the mark is a fault, whether the command has ended or not', async (t) => {
	for (const hasEnded of [true, false]) {
		const {console, exited, output, drained} = open();
		console.end('half of');
		if (hasEnded) exited.resolve(0);
		await t.throwsAsync(output, hasEnded ? lost : lostTerminal);
		exited.resolve(0);
		await drained;
	}
});

test('one whose command’s end is not known either ends with what came: that is told in place of a status', async (t) => {
	for (const closes of [true, false]) {
		const {console, exited, output} = open();
		console.write('half of');
		if (closes) console.end();
		exited.reject(new Error('gone'));
		t.is(await output, 'half of');
	}
});

for (const way of ['a stream', 'a sink'] as const) {
	for (const writes of [false, true]) {
		const other = writes ? 'goes on writing to them' : 'holds them open';
		test(`the pipes of a command end with its sandbox, after all that it wrote, though somebody else ${other}, into ${way}`, async (t) => {
			const directory = mkdtempSync(join(tmpdir(), 'pipes-'));
			execFileSync(
				'mkfifo',
				pipeNames(0).map((name) => join(directory, name)),
			);
			const taken: Buffer[] = [];
			const take = {
				async write(chunk: Uint8Array) {
					await new Promise(setImmediate);
					taken.push(Buffer.from(chunk));
				},
			};
			const pipes = openPipeSession(directory, {number: 0, hasInput: true, ...(way === 'a sink' ? {sinks: {stdout: take, stderr: take}} : {})});
			const held = ['0.out', '0.err'].map((name) => openSync(join(directory, name), constants.O_WRONLY | constants.O_NONBLOCK));
			const [out = -1] = held;
			let isOver = false;
			t.teardown(() => {
				isOver = true;
				held.forEach(closeSync);
				rmSync(directory, {recursive: true});
			});
			const ended = Promise.withResolvers<void>();
			const progress = {ready: Promise.resolve(), exited: Promise.resolve(0)};
			const session = pipes.join({send: () => undefined, ended: ended.promise}, progress);
			const reading = text(session.stdout);
			const readingErrors = session.stderr === undefined ? '' : text(session.stderr);
			await progress.ready;
			const said = 'all of it. '.repeat(5000);
			writeSync(out, said);
			ended.resolve();
			const fill = (): void => {
				if (isOver) return;
				try {
					for (;;) writeSync(out, 'not its own. '.repeat(1000));
				} catch {
					// It is full.
				}
				setImmediate(fill);
			};
			if (writes) fill();
			const read = way === 'a stream' ? await reading : (await reading, Buffer.concat(taken).toString());
			t.is(await readingErrors, '');
			t.is(read.slice(0, said.length), said);
			if (!writes) t.is(read.length, said.length);
		});
	}
}
