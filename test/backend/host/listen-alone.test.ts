import {once} from 'node:events';
import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {listenAlone} from '../../../src/backend/host/listen-alone.ts';

test('a socket is bound as its owner’s alone under any umask, which is as it was afterwards', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'listen-'));
	const path = join(directory, 'socket');
	const [server, late] = [createServer(), createServer()];
	t.teardown(() => {
		server.close();
		rmSync(directory, {recursive: true, force: true});
	});
	const listen = server.listen.bind(server);
	let first: number | undefined;
	server.listen = (at: unknown) => {
		listen(String(at));
		first = statSync(path).mode & 0o077;
		return server;
	};
	const umask = process.umask(0);
	listenAlone(server, path);
	const left = process.umask(umask);
	t.deepEqual({first, left, last: statSync(path).mode & 0o777}, {first: 0, left: 0, last: 0o600});
	const failed = once(late, 'error');
	listenAlone(late, path);
	t.like((await failed)[0], {code: 'EADDRINUSE'});
});
