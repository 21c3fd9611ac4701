import {PassThrough} from 'node:stream';
import test from 'ava';
import {relayOutput} from '../../../src/cli/terminal/relay-output.ts';

const sink = {write: () => undefined};

test('all that a stream yields is written', async (t) => {
	const source = new PassThrough();
	source.end('abc');
	t.is(await relayOutput(source, sink), 3);
});

test('a stream that closes without an end is a fault, before it is relayed and after', async (t) => {
	for (const when of ['before', 'after']) {
		const source = new PassThrough();
		source.write('abc');
		if (when === 'before') source.destroy();
		const relayed = relayOutput(source, sink);
		source.destroy();
		await t.throwsAsync(relayed, {message: 'The last of the command’s output did not arrive'}, when);
	}
});
