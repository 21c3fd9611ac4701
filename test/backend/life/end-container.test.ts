import {existsSync, mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import test from 'ava';
import {endContainer, type EndingContainer} from '../../../src/backend/life/end-container.ts';

/** A container whose command has ended; `onBye` hears what its init is told, `onDestroy` what libvirtd is. */
function endedContainer(path: string, {onBye, onDestroy}: {onBye(ended: () => void): void; onDestroy(stopped: () => void): void}): EndingContainer {
	const stopped = Promise.withResolvers<void>();
	const ended = Promise.withResolvers<void>();
	const never = new Promise<never>(() => undefined);
	return {
		state: {id: '00000000', path, root: join(path, 'root'), io: join(path, 'io')},
		name: 'missed',
		uri: 'lxc:///system',
		link: {
			create: () => Promise.resolve(true),
			listNames: () => Promise.resolve(new Set()),
			async destroy() {
				onDestroy(stopped.resolve);
			},
			openConsole: () => never,
			domainId: () => -1,
			stopped: stopped.promise,
			lost: never,
			closeConsoles: () => Promise.resolve(),
			close: () => Promise.resolve(),
		},
		control: {
			send: () => onBye(ended.resolve),
			follow: () => ({ready: never, exited: never}),
			ended: ended.promise,
			abandon: () => undefined,
			close: () => undefined,
		},
		session: {
			stdin: new PassThrough(),
			stdout: new PassThrough(),
			stderr: undefined,
			kill: () => undefined,
			resize: () => undefined,
			exited: Promise.resolve(0),
		},
		drained: Promise.resolve(),
		tidied: Promise.resolve(),
		putBack: () => Promise.resolve(),
		temporary: [],
	};
}

const endsSoon = test.macro(async (t, initHears: boolean) => {
	const path = mkdtempSync(join(tmpdir(), 'end-container-'));
	const said: string[] = [];
	const sandbox = endContainer(
		endedContainer(path, {
			onBye(ended) {
				said.push('bye');
				if (initHears) ended();
			},
			onDestroy(stopped) {
				said.push('destroy');
				stopped();
			},
		}),
	);
	const begun = performance.now();
	await sandbox.close();
	t.true(performance.now() - begun < 5000);
	t.deepEqual(said, ['bye', 'destroy']);
	t.false(existsSync(path));
});

test('a container whose end libvirtd misses is asked for at once, not after ten seconds', endsSoon, true);
test('an init that does not hear that it shall go is ended soon', endsSoon, false);
