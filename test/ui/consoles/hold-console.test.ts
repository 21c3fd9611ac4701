// A guest that asks its terminal, and does not read what that answers.
import {PassThrough, Writable} from 'node:stream';
import test from 'ava';
import type {GuestSession} from '../../../src/backend/types.ts';
import {createEmulator} from '../../../src/ui/consoles/emulator.ts';
import {holdConsole} from '../../../src/ui/consoles/hold-console.ts';
import {lendConsole} from '../../../src/ui/consoles/lend-console.ts';
import {waitUntil} from '../../helpers/wait-until.ts';

function createConsole(stdin: Writable) {
	const stdout = new PassThrough();
	const session: GuestSession = {stdin, stdout, stderr: undefined, kill() {}, resize() {}, exited: new Promise(() => {})};
	let parsed = 0;
	const entry = holdConsole({sandbox: 'web', name: 'tty', uri: '', session}, {number: 1, createEmulator, onChange: () => void parsed++, onBell() {}});
	return {entry, stdout, parsed: () => parsed};
}

/** Takes the first chunk, and says nothing of it. */
const deaf = (): Writable => new Writable({write() {}});

test('a guest that reads no answer gets a few KiB of them, and one that does gets all', async (t) => {
	const questions = '\u001b[c'.repeat(2000);
	const stuck = deaf();
	const got: Buffer[] = [];
	const read = new Writable({
		write(chunk: Buffer, _encoding, callback) {
			got.push(chunk);
			callback();
		},
	});
	for (const stdin of [stuck, read]) {
		const {stdout, parsed} = createConsole(stdin);
		stdout.write(questions);
		await waitUntil(() => parsed() > 0, 'the questions are parsed');
	}
	t.true(stuck.writableLength >= 4096 && stuck.writableLength < 4200, `${stuck.writableLength} bytes wait`);
	t.is(
		Buffer.concat(got)
			.toString()
			.match(/\u001b\[\?/g)?.length,
		2000,
	);
});

test('the terminal that a console was lent to is held back by a guest that does not read', async (t) => {
	const stdin = deaf();
	const {entry} = createConsole(stdin);
	const {session, giveBack} = lendConsole(entry);
	t.teardown(giveBack);
	let written = 0;
	while (written < 10_000_000 && session.stdin.write(Buffer.alloc(1000))) {
		written += 1000;
		await new Promise(setImmediate);
	}
	t.true(written < 200_000, `${written} bytes were taken`);
});
