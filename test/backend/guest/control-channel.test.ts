import {closeSync, constants, existsSync, mkdtempSync, openSync, readSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {openControlChannel} from '../../../src/backend/guest/control-channel.ts';
import {makeFifos} from '../../../src/backend/guest/fifo.ts';

test('an init is let go once the control pipes have no names any more', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'control-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const paths = ['ctl.in', 'ctl.out'].map((name) => join(directory, name));
	await makeFifos(paths, undefined);
	const control = openControlChannel(directory);
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
