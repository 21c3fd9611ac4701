import {spawnSync} from 'node:child_process';
import test from 'ava';
import {writeCpio, type CpioEntry} from '../../../../src/backend/machine/boot/cpio.ts';

const entries: readonly CpioEntry[] = [
	{kind: 'directory', path: 'bin', mode: 0o755},
	{kind: 'file', path: 'bin/a', mode: 0o755, data: Buffer.from('hello')},
	{kind: 'file', path: 'empty', mode: 0o600, data: Buffer.alloc(0)},
	{kind: 'symlink', path: 'link', to: 'bin/a'},
	{kind: 'device', path: 'console', mode: 0o600, major: 5, minor: 1},
];

test('an archive has the header that the kernel reads, field by field', (t) => {
	const archive = writeCpio([{kind: 'file', path: 'ab', mode: 0o640, data: Buffer.from('xyz')}]);
	t.is(
		archive.toString('latin1', 0, 120),
		`070701${['00000001', '000081a0', '00000000', '00000000', '00000001', '00000000', '00000003'].join('')}${'00000000'.repeat(4)}0000000300000000ab\0\0\0\0xyz\0`,
	);
	t.is(archive.toString('latin1', 120, 126), '070701');
});

test('archives are padded so that another one may follow, and hold no time', (t) => {
	const archive = writeCpio(entries);
	t.is(archive.length % 512, 0);
	t.deepEqual(writeCpio(entries), archive);
});

test('another program finds in an archive what was put in', (t) => {
	const {stdout, status, error} = spawnSync('busybox', ['cpio', '-tv'], {input: writeCpio(entries), encoding: 'utf8', timeout: 10_000});
	if (error !== undefined) {
		t.log('not compared: there is no busybox');
		t.pass();
		return;
	}
	t.is(status, 0);
	t.deepEqual(
		stdout
			.trim()
			.split('\n')
			.map((line) => line.replace(/\s+\d+ \d+-\d+-\d+ .*? /, ' ').split(/\s+/)[0] + ' ' + (line.split(/\d\d:\d\d:\d\d /)[1] ?? '')),
		['drwxr-xr-x bin', '-rwxr-xr-x bin/a', '-rw------- empty', 'lrwxrwxrwx link -> bin/a', 'crw------- console'],
	);
});
