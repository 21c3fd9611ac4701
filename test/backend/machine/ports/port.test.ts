import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import test from 'ava';
import {listenForPort, PortWriter} from '../../../../src/backend/machine/ports/port.ts';
import {openPort} from '../../../helpers/open-port.ts';

test('a port is its owner’s alone from its first moment on, whatever the umask is', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'port-'));
	const path = join(directory, 'port');
	const umask = process.umask(0);
	const listening = listenForPort(path);
	const mode = statSync(path).mode & 0o777;
	const left = process.umask(umask);
	const port = await listening;
	t.teardown(() => {
		port.close();
		rmSync(directory, {recursive: true});
	});
	t.deepEqual([mode, left], [0o600, 0]);
});

test('only its owner gets to a port, and only once', async (t) => {
	const {port, path, qemu} = await openPort(t);
	t.is(statSync(path).mode & 0o777, 0o600);
	await qemu();
	await port.socket;
	await t.throwsAsync(qemu());
});

test('input that was written before QEMU came arrives whole, with its end', async (t) => {
	const {port, qemu} = await openPort(t);
	const stdin = new PortWriter(port);
	stdin.write('before ');
	const socket = await qemu();
	stdin.end('after');
	t.is(await text(socket), 'before after');
});
