import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {listenForPort} from '../../../src/backend/machine/ports/port.ts';
import {pipeNames} from '../../../src/backend/guest/streams/session-streams.ts';
import {askSession} from '../../../src/backend/session/ask-session.ts';
import {sendLine} from '../../../src/backend/session/control-line.ts';

test('a sandbox that does not begin a further command is not waited for for ever, and hears that nobody waits', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'ask-session-'));
	const ports = await Promise.all(pipeNames(2).map((name) => listenForPort(join(directory, name))));
	const left = Promise.withResolvers<void>();
	const server = createServer((socket) => {
		socket.once('data', () => sendLine(socket, {tell: 'session', number: 2, terminal: undefined, place: {kind: 'sockets', directory}}));
		socket.on('error', () => undefined);
		socket.once('close', left.resolve);
	});
	await new Promise<void>((resolve) => {
		server.listen(join(directory, 'control'), resolve);
	});
	t.teardown(() => {
		server.close();
		for (const port of ports) port.close();
		rmSync(directory, {recursive: true, force: true});
	});
	const request = {command: ['true'], tty: false, size: undefined, cwd: undefined, environment: {}, user: undefined, caller: {cwd: '/', environment: {}}};
	await t.throwsAsync(askSession(directory, request, {signal: undefined}, 500), {message: 'The sandbox did not begin the command within 0.5 s'});
	await left.promise;
});
