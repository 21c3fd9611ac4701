import {once} from 'node:events';
import {PassThrough} from 'node:stream';
import test from 'ava';
import type {Sandbox, GuestSession} from '../../src/backend/types.ts';
import {joinSession, joinCommand} from '../../src/commands/join-command.ts';
import {ShellError} from '../../src/core/errors.ts';
import {lostOutput} from '../../src/core/lost-output.ts';
import type {Output} from '../../src/core/output.ts';

async function closedStream(): Promise<PassThrough> {
	const stream = new PassThrough();
	stream.end();
	stream.resume();
	await once(stream, 'close');
	return stream;
}

/** Of a command that has ended with a status, and its streams with it. */
async function endedSession(status: number): Promise<GuestSession> {
	return {
		stdin: new PassThrough(),
		stdout: await closedStream(),
		stderr: await closedStream(),
		kill: () => undefined,
		resize: () => undefined,
		exited: Promise.resolve(status),
	};
}

const host = {interactive: false, stopWaiting: () => undefined, feed: () => ({stop: () => undefined})};
const options = {signal: new AbortController().signal, terminal: undefined, host, timeoutMs: undefined, tty: false};

test('a command whose streams have closed before they are joined ends', async (t) => {
	const session = await endedSession(3);
	const said: Output[] = [];
	for await (const output of joinSession(session, options)) said.push(output);
	t.deepEqual(said, [{kind: 'exit', status: 3}]);
});

test('that memory was used up is told where the last of the output did not arrive, too', async (t) => {
	const stdout = new PassThrough();
	const session: GuestSession = {...(await endedSession(137)), stdout, outOfMemory: () => 65_536};
	const said: Output[] = [];
	setImmediate(() => stdout.destroy(lostOutput()));
	const join = async (): Promise<void> => {
		for await (const output of joinSession(session, options)) said.push(output);
	};
	await t.throwsAsync(join(), {message: 'The last of the command’s output did not arrive'});
	t.like(said, [{kind: 'notice', code: 'memory-limit', message: 'A process of the command was killed: the sandbox had used up its memory of 64M'}]);
});

test('putting a sandbox away ends some seconds after the time limit, too', async (t) => {
	const session = await endedSession(3);
	const close = async (signal: AbortSignal | undefined): Promise<void> => {
		if (signal === undefined) return;
		await once(signal, 'abort', {signal: AbortSignal.timeout(20_000)});
		throw new ShellError('unavailable', 'The removal was given up');
	};
	const sandbox = {session, close} as Sandbox;
	const said: Output[] = [];
	for await (const output of joinCommand(sandbox, {...options, timeoutMs: 1000})) said.push(output);
	t.deepEqual(said, [
		{kind: 'exit', status: 3},
		{kind: 'notice', level: 'warning', code: 'left', message: 'The removal was given up'},
	]);
});
