import {execFileSync} from 'node:child_process';
import {closeSync, constants, mkdtempSync, openSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import {text} from 'node:stream/consumers';
import test from 'ava';
import {relayInput} from '../../../src/cli/terminal/relay-input.ts';

test('a FIFO whose writer has gone is read to its end, and left as often as somebody likes', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'relay-input-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const path = join(directory, 'fifo');
	execFileSync('mkfifo', [path]);
	const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	const writer = openSync(path, constants.O_WRONLY);
	writeSync(writer, 'all of it');
	closeSync(writer);
	const target = new PassThrough();
	const relay = relayInput(descriptor, target, {onFault: (error) => t.fail(error.message), onNone: () => t.fail()});
	t.is(await text(target), 'all of it');
	relay.stop();
	relay.stop();
	// What was opened meanwhile is nobody else's to close.
	closeSync(descriptor);
});
