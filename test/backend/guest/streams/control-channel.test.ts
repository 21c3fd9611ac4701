import {closeSync, constants, existsSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {openControlChannel} from '../../../../src/backend/guest/streams/control-channel.ts';
import {makeFifos} from '../../../../src/backend/guest/streams/fifo.ts';

test('an init is let go once the control pipes have no names any more', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'control-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const io = join(directory, 'io');
	mkdirSync(io);
	const paths = ['ctl.in', 'ctl.out'].map((name) => join(io, name));
	await makeFifos(paths, undefined);
	const control = openControlChannel({path: directory, io});
	const [input, output] = paths.map((path) => openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
	if (input === undefined || output === undefined) throw new TypeError('There are two');
	t.teardown(() => {
		control.close();
		closeSync(input);
		closeSync(output);
	});
	const progress = control.follow(0);
	control.go();
	const bytes = Buffer.alloc(16);
	t.throws(() => readSync(input, bytes), {code: 'EAGAIN'}, 'nothing comes before the init is here');
	writeSync(output, 'here\nready 0\n');
	await progress.ready;
	t.deepEqual([bytes.toString('utf8', 0, readSync(input, bytes)), ...paths.map((path) => existsSync(path))], ['go\n', false, false]);
	// A second time it is nobody's word.
	writeSync(output, 'here\nexit 0 7\n');
	t.is(await progress.exited, 7);
	t.throws(() => readSync(input, bytes), {code: 'EAGAIN'});
});

test('who takes a guest over hears it from then on, and is heard', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'control-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const state = {path: directory, io: join(directory, 'io')};
	const paths = ['ctl.in', 'ctl.out'].map((name) => join(directory, name));
	await makeFifos(paths, undefined);
	const [input, output] = paths.map((path) => openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
	if (input === undefined || output === undefined) throw new TypeError('There are two');
	t.teardown(() => closeSync(input));
	const control = openControlChannel(state, {isTakenOver: true});
	t.teardown(() => control.close());
	const progress = control.follow(0);
	control.send('signal', 0, 15);
	const bytes = Buffer.alloc(16);
	t.is(bytes.toString('utf8', 0, readSync(input, bytes)), 'signal 0 15\n');
	writeSync(output, 'exit 0 7\n');
	t.is(await progress.exited, 7);
	closeSync(output);
	await t.notThrowsAsync(control.ended);
});
