import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import {askConsole} from '../../../src/backend/session/ask-console.ts';
import {sendLine} from '../../../src/backend/session/control-line.ts';

test('a console that nobody reads holds its owner back', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'ask-console-'));
	const total = 16_000_000;
	const block = Buffer.alloc(100_000, 'x');
	let sent = 0;
	const server = createServer((socket) => {
		socket.once('data', async () => {
			sendLine(socket, {tell: 'relay', holder: undefined});
			for (; sent < total; sent += block.length) {
				await new Promise<void>((resolve) => {
					sendLine(socket, {tell: 'output', data: block.toString('base64')}, resolve);
				});
			}
			sendLine(socket, {tell: 'done'});
			socket.end();
		});
		socket.on('error', () => undefined);
	});
	await new Promise<void>((resolve) => {
		server.listen(join(directory, 'control'), resolve);
	});
	t.teardown(() => {
		server.close();
		rmSync(directory, {recursive: true, force: true});
	});
	const session = await askConsole(directory, 'tty', {signal: undefined});
	let before = -1;
	while (sent !== before) {
		before = sent;
		await wait(200);
	}
	t.true(sent < total / 2, `${sent} bytes were taken unread`);
	let read = 0;
	for await (const chunk of session.stdout) {
		read += (chunk as Buffer).length;
	}
	t.is(read, total);
	t.is(await session.exited, 0);
});
