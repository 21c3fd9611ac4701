import {mkdtempSync, rmSync} from 'node:fs';
import {once} from 'node:events';
import {connect, createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import test from 'ava';
import {holdOpen} from '../../../../src/backend/libvirt/transport/transport-hold.ts';

test('a connection that another process holds outlives this side of it, for a while', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'hold-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const server = createServer();
	server.listen(join(directory, 'socket'));
	await once(server, 'listening');
	const client = connect(join(directory, 'socket'));
	const [peer] = (await once(server, 'connection')) as [Socket];
	const ended = once(peer.resume(), 'end');
	let hasEnded = false;
	void ended.then(() => (hasEnded = true));
	t.true(await holdOpen(client, 1000));
	client.destroy();
	await once(client, 'close');
	// What the kernel had to tell of our end would be here by now.
	await new Promise((resolve) => setImmediate(resolve));
	t.false(hasEnded);
	await ended;
	peer.destroy();
	server.close();
});

test('what is no socket cannot be held', async (t) => t.false(await holdOpen(new PassThrough(), 100)));
