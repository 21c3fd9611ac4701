import {existsSync, mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {ShellError} from '../../../src/core/errors.ts';
import {removeStateDirectory} from '../../../src/backend/guest/state/remove-state.ts';
import {endContainer, type EndingContainer} from '../../../src/backend/container/end-container.ts';
import {HeldDevices} from '../../../src/backend/guest/image/held-devices.ts';
import {identifyProcess} from '../../../src/backend/host/process-identity.ts';
import {endedSession} from '../../helpers/ended-session.ts';

interface Hearing {
	/** What its init is told. */
	onBye(ended: () => void): void;
	/** What libvirtd is. */
	onDestroy(stopped: () => void): void;
	readonly lost?: Promise<void>;
	/** It may write to images, which these processes serve. */
	readonly servers?: EndingContainer['servers'];
	/** Its init says that all is written to them. */
	readonly left?: Promise<void>;
}

/** A container whose command has ended. */
function endedContainer(path: string, {onBye, onDestroy, lost, servers, left}: Hearing): EndingContainer {
	const stopped = Promise.withResolvers<'ended'>();
	const ended = Promise.withResolvers<void>();
	const never = new Promise<never>(() => undefined);
	return {
		state: {id: '00000000', path, root: join(path, 'root'), io: join(path, 'io')},
		name: 'missed',
		controller: undefined,
		uri: 'lxc:///system',
		link: {
			attach: () => Promise.reject(new Error('not expected')),
			join: () => Promise.resolve(),
			create: () => Promise.resolve(true),
			resume: () => Promise.resolve(),
			listNames: () => Promise.resolve(new Set()),
			isSuspended: () => Promise.resolve(false),
			async destroy() {
				onDestroy(() => stopped.resolve('ended'));
			},
			openConsole: () => never,
			openLastingConsole: () => never,
			domainId: () => -1,
			stopped: stopped.promise,
			poweredOff: never,
			lost: lost ?? never,
			closeConsoles: () => Promise.resolve(),
			close: () => Promise.resolve(),
		},
		control: {
			send: () => onBye(ended.resolve),
			follow: () => ({ready: never, found: never, exited: never}),
			go: () => undefined,
			ended: ended.promise,
			leaving: left ?? never,
			left: left ?? never,
			abandon: () => undefined,
			expectEnd: () => undefined,
			close: () => undefined,
		},
		session: endedSession(),
		drained: Promise.resolve(),
		tidied: Promise.resolve(),
		putBack: () => Promise.resolve(),
		tellHandedOn: () => Promise.resolve(),
		held: new HeldDevices(),
		remove: () => removeStateDirectory(path),
		usedUpMemory: () => undefined,
		limit: {tell: () => undefined, remove: () => Promise.resolve()},
		writesImages: servers !== undefined,
		servers: servers ?? [],
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

test('a libvirtd that has gone does not matter where the guest goes too', async (t) => {
	const path = mkdtempSync(join(tmpdir(), 'end-container-'));
	const sandbox = endContainer(
		endedContainer(path, {
			onBye(ended) {
				setTimeout(ended, 100);
			},
			onDestroy() {
				throw new ShellError('unavailable', 'The connection to libvirtd was lost');
			},
			lost: Promise.resolve(),
		}),
	);
	await sandbox.destroy();
	await sandbox.close();
	t.false(existsSync(path));
});

test('where what serves an image has gone before the command’s end, that its writes may be lost is told', async (t) => {
	const path = mkdtempSync(join(tmpdir(), 'end-container-'));
	const servers = [{pid: 4_194_304, startTime: '1'}];
	const cut = endContainer(endedContainer(path, {onBye: (ended) => ended(), onDestroy: (stopped) => stopped(), servers, left: Promise.resolve()}));
	await t.throwsAsync(cut.close(), {code: 'failed', message: "What was written last to the images of 'missed' may be lost"});
	t.false(await cut.written?.());
	t.false(existsSync(path));
});

test('where it is there, nothing is', async (t) => {
	const path = mkdtempSync(join(tmpdir(), 'end-container-'));
	const self = identifyProcess('self');
	const servers = self === undefined ? [] : [self];
	const sandbox = endContainer(endedContainer(path, {onBye: (ended) => ended(), onDestroy: (stopped) => stopped(), servers, left: Promise.resolve()}));
	await sandbox.close();
	t.true(await sandbox.written?.());
});

test('an init that does not say that all is written to its images has lost something, whatever else goes wrong', async (t) => {
	const path = mkdtempSync(join(tmpdir(), 'end-container-'));
	const silent = new ShellError('unavailable', 'libvirtd does not answer');
	const sandbox = endContainer(
		endedContainer(path, {
			onBye: (ended) => ended(),
			onDestroy() {
				throw silent;
			},
			servers: [],
		}),
	);
	const error = await t.throwsAsync(async () => sandbox.close(), {code: 'failed', message: "What was written last to the images of 'missed' may be lost"});
	t.is(error?.cause, silent);
	t.false(await sandbox.written?.());
	t.false(existsSync(path));
});

test('one whose image hangs is given up once its end is ordered', async (t) => {
	const path = mkdtempSync(join(tmpdir(), 'end-container-'));
	const refused = new ShellError('failed', 'libvirtd cannot end it');
	const sandbox = endContainer(
		endedContainer(path, {
			onBye: () => undefined,
			onDestroy() {
				throw refused;
			},
			servers: [],
		}),
	);
	const closing = sandbox.close();
	await sandbox.session.exited;
	await t.throwsAsync(async () => sandbox.destroy(), {is: refused});
	const error = await t.throwsAsync(closing, {code: 'unavailable', message: "What was written last to the images of 'missed' may be lost"});
	t.is(error?.cause, refused);
});
