import {existsSync, mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Socket} from 'node:net';
import test from 'ava';
import {removeStateDirectory} from '../../../src/backend/guest/state/remove-state.ts';
import {endMachine, type EndingMachine} from '../../../src/backend/machine/end-machine.ts';
import {HeldDevices} from '../../../src/backend/guest/image/held-devices.ts';
import {endedSession} from '../../helpers/ended-session.ts';
import {waitUntil} from '../../helpers/wait-until.ts';

/** A machine whose command has ended; `said` takes down what becomes of it. */
function endedMachine(
	said: string[],
	{
		canWrite,
		isServed,
		isStuck = false,
		writesImages = false,
		left = new Promise<void>(() => undefined),
		exited,
	}: {
		readonly canWrite: boolean;
		readonly isServed: boolean;
		readonly isStuck?: boolean;
		readonly writesImages?: boolean;
		readonly left?: Promise<void>;
		readonly exited?: Promise<number>;
	},
) {
	const path = mkdtempSync(join(tmpdir(), 'machine-end-'));
	const stopped = Promise.withResolvers<'ended'>();
	const poweredOff = Promise.withResolvers<void>();
	const never = new Promise<never>(() => undefined);
	const life = new Socket();
	const stop = (): Promise<boolean> => {
		said.push('stop');
		return Promise.resolve(!isStuck);
	};
	const machine: EndingMachine = {
		state: {id: '00000000', path, root: join(path, 'root'), io: join(path, 'io')},
		name: 'left',
		uuid: '00000000-0000-4000-8000-000000000000',
		uri: 'qemu:///system',
		qemu: undefined,
		link: {
			destroy() {
				said.push('destroy');
				stopped.resolve('ended');
				return Promise.resolve();
			},
			stopped: stopped.promise,
			poweredOff: poweredOff.promise,
			lost: never,
			close: () => Promise.resolve(),
			connection: {
				leaveOpen(_milliseconds, others) {
					said.push(others.length === 0 ? 'left' : 'left with virtiofsd');
					return Promise.resolve(true);
				},
			},
		},
		control: {send: (line) => void said.push(String(line)), ended: never, left},
		session: exited === undefined ? endedSession() : {...endedSession(), exited},
		drained: Promise.resolve(),
		tidied: Promise.resolve(),
		putBack: () => Promise.resolve(),
		held: new HeldDevices(),
		remove: () => removeStateDirectory(path),
		usedUpMemory: () => undefined,
		endsAlone: !writesImages,
		canWrite,
		writesImages,
		voice: {notice: (_level, code) => void said.push(code)},
		served: isServed ? {ready: () => never, tellLimit: () => undefined, lost: never, life, stop} : undefined,
		closePorts: () => undefined,
	};
	return {machine, path, powerOff: () => poweredOff.resolve(), stop: () => stopped.resolve('ended')};
}

test('a machine that can write to nothing is left at once', async (t) => {
	const said: string[] = [];
	const {machine, path} = endedMachine(said, {canWrite: false, isServed: true});
	await endMachine(machine).leave?.();
	t.deepEqual(said, ['bye', 'left with virtiofsd']);
	t.false(existsSync(path));
});

test('one that can write is left once its guest has powered off and nobody writes for it', async (t) => {
	const said: string[] = [];
	const {machine, powerOff} = endedMachine(said, {canWrite: true, isServed: true});
	const leaving = endMachine(machine).leave?.();
	await waitUntil(() => said.includes('bye'), 'bye is said');
	t.deepEqual(said, ['bye']);
	powerOff();
	await leaving;
	t.deepEqual(said, ['bye', 'stop', 'left']);
});

test('where QEMU itself writes its end is waited for', async (t) => {
	const said: string[] = [];
	const {machine, powerOff, stop} = endedMachine(said, {canWrite: true, isServed: false});
	const leaving = endMachine(machine).leave?.();
	powerOff();
	await waitUntil(() => said.includes('bye'), 'bye is said');
	t.deepEqual(said, ['bye']);
	stop();
	await leaving;
	t.deepEqual(said, ['bye']);
});

test('a guest that can write and does not power off is ended', async (t) => {
	const said: string[] = [];
	const {machine, path} = endedMachine(said, {canWrite: true, isServed: true});
	await endMachine(machine).leave?.();
	t.deepEqual(said, ['bye', 'destroy', 'stop']);
	t.false(existsSync(path));
});

test('that virtiofsd does not end is told, when all else is put away', async (t) => {
	const said: string[] = [];
	const {machine, path, powerOff, stop} = endedMachine(said, {canWrite: true, isServed: true, isStuck: true});
	const leaving = endMachine(machine).leave?.();
	powerOff();
	await waitUntil(() => said.includes('stop'), 'virtiofsd is to end');
	stop();
	await t.throwsAsync(leaving ?? Promise.resolve(), {
		code: 'unavailable',
		message: "virtiofsd of 'left' does not end: what the command asked for last may be done to files of the host later",
	});
	t.deepEqual(said, ['bye', 'stop', 'stop']);
	t.false(existsSync(path));
});

const lost = "What was written last to the images of 'left' may be lost";
const withImages = {canWrite: false, isServed: true, writesImages: true};

test('one that writes out its images has the time it takes for that', async (t) => {
	const said: string[] = [];
	const left = Promise.withResolvers<void>();
	const {machine, path, stop} = endedMachine(said, {...withImages, left: left.promise});
	const sandbox = endMachine(machine);
	const closing = sandbox.close();
	await waitUntil(() => said.includes('writing-out'), 'that it takes its time is told');
	const written = sandbox.written?.();
	await new Promise((resolve) => void setTimeout(resolve, 1000));
	left.resolve();
	stop();
	await closing;
	t.true(await written);
	t.deepEqual(said, ['bye', 'writing-out', 'stop']);
	t.false(existsSync(path));
});

test('one that has said that all is written is ended where nobody tells its end', async (t) => {
	const said: string[] = [];
	const {machine, path} = endedMachine(said, {...withImages, left: Promise.resolve()});
	const sandbox = endMachine(machine);
	await sandbox.close();
	t.true(await sandbox.written?.());
	t.deepEqual(said, ['bye', 'destroy', 'stop']);
	t.false(existsSync(path));
});

test('one that ends before its guest has said that all is written has lost something, however it ended', async (t) => {
	const said: string[] = [];
	const {machine, path, stop} = endedMachine(said, withImages);
	const sandbox = endMachine(machine);
	const closing = sandbox.close();
	await waitUntil(() => said.includes('bye'), 'it is told to go');
	const written = sandbox.written?.();
	stop();
	await t.throwsAsync(closing, {code: 'failed', message: lost});
	t.false(await written);
	t.false(existsSync(path));
});

test('whoever hurries is told what that may have cost', async (t) => {
	const said: string[] = [];
	const {machine, path} = endedMachine(said, withImages);
	const hurry = new AbortController();
	const closing = endMachine(machine).close(hurry.signal);
	await waitUntil(() => said.includes('writing-out'), 'that it takes its time is told');
	hurry.abort();
	await t.throwsAsync(closing, {code: 'unavailable', message: lost});
	t.deepEqual(said, ['bye', 'writing-out', 'destroy', 'stop']);
	t.false(existsSync(path));
});

test('so is whoever has a machine destroyed whose command has ended', async (t) => {
	const {machine} = endedMachine([], withImages);
	const sandbox = endMachine(machine);
	const closing = sandbox.close();
	await sandbox.session.exited;
	await sandbox.destroy();
	await t.throwsAsync(closing, {code: 'unavailable', message: lost});
});

test('a machine that is destroyed with its command is known to lose what it has not written', async (t) => {
	const exited = Promise.withResolvers<number>();
	const {machine, path} = endedMachine([], {...withImages, exited: exited.promise});
	const sandbox = endMachine(machine);
	const closing = sandbox.close();
	t.is(sandbox.written?.(), undefined);
	await sandbox.destroy();
	exited.resolve(137);
	await closing;
	t.false(existsSync(path));
});
