import {PassThrough} from 'node:stream';
import {text} from 'node:stream/consumers';
import test from 'ava';
import {openTerminalSession} from '../../../src/backend/guest/session-streams.ts';

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
