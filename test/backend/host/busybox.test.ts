import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {initApplets} from '../../../src/backend/guest/init-functions.ts';
import {findBusybox, isStatic, lackingApplets, requireApplets} from '../../../src/backend/host/busybox.ts';
import {checkBusybox} from '../../../src/live/doctor/check-tools.ts';
import {ShellError} from '../../../src/core/errors.ts';
import {writeProgram} from '../../../src/backend/guest/program/program-file.ts';

test('a program that needs a loader is told from one that does not', (t) => {
	t.false(isStatic(process.execPath));
	t.true(isStatic(findBusybox()));
	const directory = mkdtempSync(join(tmpdir(), 'static-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const files = {static: writeProgram(Buffer.alloc(8), 'x64'), script: Buffer.from('#!/bin/sh\n'), empty: Buffer.alloc(0)};
	for (const [name, data] of Object.entries(files)) writeFileSync(join(directory, name), data);
	t.deepEqual(
		Object.keys(files).map((name) => isStatic(join(directory, name))),
		[true, false, false],
	);
});

test('what a busybox can do is what it says, and what it lacks is named', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'applets-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const small = join(directory, 'busybox');
	writeFileSync(small, '#!/bin/sh\nprintf "ash\\nip\\n"\n');
	chmodSync(small, 0o755);
	t.deepEqual(lackingApplets(findBusybox(), ['ash', ...initApplets]), []);
	t.deepEqual(lackingApplets(small, ['ash', 'ip', 'udhcpc']), ['udhcpc']);
	t.deepEqual(lackingApplets(join(directory, 'none'), ['ip']), ['ip']);
	t.is(requireApplets(small, ['ip']), small);
	t.throws(() => requireApplets(small, ['ip', 'udhcpc', 'usleep']), {message: `${small} was built without udhcpc, usleep, which the sandbox needs`});
});

test('doctor tells a busybox that no sandbox can begin with', (t) => {
	t.like(checkBusybox(), {state: 'ok'});
	t.like(
		checkBusybox(() => '/bin/true'),
		{state: 'broken'},
	);
	const find = () => {
		throw new ShellError('unavailable', '/usr/bin/busybox needs libraries, so no sandbox can begin with it');
	};
	t.like(checkBusybox(find), {state: 'broken', detail: '/usr/bin/busybox needs libraries, so no sandbox can begin with it'});
});
