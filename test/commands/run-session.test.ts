import {once} from 'node:events';
import {PassThrough} from 'node:stream';
import test from 'ava';
import type {Session} from '../../src/backend/types.ts';
import {joinSession} from '../../src/commands/run-session.ts';
import type {Output} from '../../src/core/output.ts';

async function closedStream(): Promise<PassThrough> {
	const stream = new PassThrough();
	stream.end();
	stream.resume();
	await once(stream, 'close');
	return stream;
}

test('a command whose streams have closed before they are joined ends', async (t) => {
	const session: Session = {
		stdin: new PassThrough(),
		stdout: await closedStream(),
		stderr: await closedStream(),
		kill: () => undefined,
		resize: () => undefined,
		exited: Promise.resolve(3),
	};
	const said: Output[] = [];
	const host = {interactive: false, stopWaiting: () => undefined, feed: () => ({stop: () => undefined})};
	const signal = new AbortController().signal;
	for await (const output of joinSession(session, {signal, terminal: undefined, host, timeoutMs: undefined, tty: false})) said.push(output);
	t.deepEqual(said, [{kind: 'exit', status: 3}]);
});
