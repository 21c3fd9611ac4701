import {PassThrough} from 'node:stream';
import test from 'ava';
import {lostOutput} from '../../../src/core/lost-output.ts';
import {lendPane, type PaneLender} from '../../../src/ui/session/lend-pane.ts';

function attach(t: {fail(message?: string): void}, onLeave: () => void = () => t.fail('nobody has left')) {
	const stdout = new PassThrough();
	stdout.on('error', () => undefined);
	const session = {stdin: new PassThrough(), stdout, stderr: undefined, kill: () => undefined, resize: () => undefined, exited: Promise.resolve(0)};
	const lender = {consoles: {add: () => Promise.resolve('key'), list: () => []}, panes: {update: () => undefined}};
	const {done} = lendPane(lender as unknown as PaneLender, 'web', '^]').attach(session, onLeave);
	return {stdout, done};
}

test('a pane’s terminal ends with its output', async (t) => {
	const {stdout, done} = attach(t);
	stdout.end();
	stdout.resume();
	await t.notThrowsAsync(Promise.resolve(done));
});

test('output that did not arrive is a fault there too, and nobody has left', async (t) => {
	const {stdout, done} = attach(t);
	stdout.destroy(lostOutput());
	await t.throwsAsync(Promise.resolve(done), {message: 'The last of the command’s output did not arrive'});
});

test('who closes the pane leaves', async (t) => {
	let hasLeft = false;
	const {stdout, done} = attach(t, () => (hasLeft = true));
	stdout.destroy();
	await done;
	t.true(hasLeft);
});
