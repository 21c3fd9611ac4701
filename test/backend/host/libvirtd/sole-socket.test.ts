import {chownSync, existsSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {isFirmSocket, isSoleSocket} from '../../../../src/backend/host/libvirtd/sole-socket.ts';
import {mountServedFileSystem, mountSilentFileSystem} from '../../../helpers/silent-file-system.ts';

const testAsRoot = process.getuid?.() === 0 && existsSync('/dev/fuse') ? test : test.skip;

const to = (socket: string): string => `lxc:///system?socket=${socket}`;

testAsRoot('a socket counts where nobody else can have put it, and nothing is looked at behind what others may change', async (t) => {
	const {path: silent} = await mountSilentFileSystem(t);
	const directory = mkdtempSync('/srv/sole-socket-');
	const inSticky = mkdtempSync('/tmp/sole-socket-');
	t.teardown(() => [directory, inSticky].forEach((each) => rmSync(each, {recursive: true, force: true})));
	const home = join(directory, 'home');
	mkdirSync(home);
	chownSync(home, 1001, 1001);
	t.true(isSoleSocket('lxc:///system'));
	t.true(isSoleSocket('qemu:///session'));
	t.true(isSoleSocket(to(join(directory, 'socket'))));
	t.true(isSoleSocket(to(join(home, 'socket')), 1001));
	const {path: served} = await mountServedFileSystem(t, 1001);
	symlinkSync('/run', join(inSticky, 'theirs'));
	lchownSync(join(inSticky, 'theirs'), 1001, 1001);
	for (const socket of [join(directory, 'socket'), join(inSticky, 'socket'), '/nowhere//socket']) t.true(isFirmSocket(to(socket)), socket);
	for (const socket of [
		join(home, 'socket'),
		join(served, 'socket'),
		join(inSticky, 'theirs/socket'),
		'/tmp/socket',
		'/tmp/nowhere/socket',
		'socket',
		'/etc/../run/socket',
	])
		t.false(isFirmSocket(to(socket)), socket);
	for (const socket of [
		join(home, 'socket'),
		join(home, 'deep/socket'),
		join(silent, 'socket'),
		join(inSticky, 'socket'),
		'socket',
		`${directory}/../etc/socket`,
	]) {
		t.false(isSoleSocket(to(socket)), socket);
	}
	t.false(isSoleSocket(to(`${directory}%2Fhome%2Fsocket`)));
	t.false(isSoleSocket('nonsense'));
});
