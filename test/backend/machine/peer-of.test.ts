import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {findProgramArchitecture} from '../../../src/backend/guest/program/program-file.ts';
import {peerOf} from '../../../src/backend/machine/peer-of.ts';

test('the process that has connected to a socket is known, and what it says is still to be read', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'peer-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const path = join(directory, 'socket');
	const server = createServer({pauseOnConnect: true}).listen(path);
	await once(server, 'listening');
	const script = `use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new(Peer => '${path}') or die; $s->autoflush(1); <$s>; print $s "said\\n"; <$s>`;
	const child = spawn('perl', ['-e', script], {stdio: 'inherit'});
	t.teardown(() => child.kill('SIGKILL'));
	const [socket] = (await once(server, 'connection')) as [Socket];
	server.close();
	let heard = '';
	socket.on('data', (data) => (heard += data.toString()));
	t.is(await peerOf(socket, join(directory, 'program'), findProgramArchitecture(process.arch) ?? 'x64'), child.pid ?? 0);
	t.deepEqual(
		readdirSync(directory).filter((name) => name === 'program'),
		[],
	);
	socket.write('go on\n');
	await once(socket, 'data');
	t.is(heard, 'said\n');
	socket.destroy();
	await once(child, 'exit');
});

test('where the program cannot be run nobody is known', async (t) => {
	const server = createServer().listen(0);
	await once(server, 'listening');
	t.teardown(() => server.close());
	const {connect} = await import('node:net');
	const socket = connect((server.address() as {port: number}).port);
	await once(socket, 'connect');
	t.teardown(() => socket.destroy());
	await t.throwsAsync(peerOf(socket, '/proc/nowhere', 'x64'), {code: 'ENOENT'});
});
