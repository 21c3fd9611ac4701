import {existsSync, mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import test from 'ava';
import {endContainer} from '../../../src/backend/life/end-container.ts';

test('a container whose end libvirtd misses is asked for at once, not after ten seconds', async (t) => {
	const path = mkdtempSync(join(tmpdir(), 'end-container-'));
	const stopped = Promise.withResolvers<void>();
	const ended = Promise.withResolvers<void>();
	const said: unknown[] = [];
	const never = new Promise<never>(() => undefined);
	const sandbox = endContainer({
		state: {id: '00000000', path, root: join(path, 'root'), io: join(path, 'io')},
		name: 'missed',
		uri: 'lxc:///system',
		link: {
			create: () => Promise.resolve(true),
			listNames: () => Promise.resolve(new Set()),
			async destroy() {
				said.push('destroy');
				stopped.resolve();
			},
			openConsole: () => never,
			domainId: () => -1,
			stopped: stopped.promise,
			lost: never,
			closeConsoles: () => Promise.resolve(),
			close: () => Promise.resolve(),
		},
		control: {
			send(...words) {
				said.push(...words);
				ended.resolve();
			},
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
	});
	const begun = performance.now();
	await sandbox.close();
	t.true(performance.now() - begun < 5000);
	t.deepEqual(said, ['bye', 'destroy']);
	t.false(existsSync(path));
});
