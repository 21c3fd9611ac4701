import {PassThrough} from 'node:stream';
import {text as readText} from 'node:stream/consumers';
import {setImmediate as nextTurn} from 'node:timers/promises';
import test from 'ava';
import {awaitBoot, BootFailure, keepBootLog} from '../../../../src/backend/machine/boot/machine-boot.ts';
import type {Port} from '../../../../src/backend/machine/ports/port.ts';
import {ShellError} from '../../../../src/core/errors.ts';
import {within} from '../../../../src/core/within.ts';

/** A boot of which the test says what happens. */
function boot({domainType = 'kvm', lines = ['it begins']}: {readonly domainType?: 'kvm' | 'qemu'; readonly lines?: readonly string[]} = {}): {
	readonly stopped: PromiseWithResolvers<'ended' | 'destroyed'>;
	endPorts(): void;
	hello(): void;
	readonly failure: Promise<unknown>;
} {
	const stopped = Promise.withResolvers<'ended' | 'destroyed'>();
	const ended = Promise.withResolvers<void>();
	const hello = Promise.withResolvers<void>();
	const ready = Promise.withResolvers<void>();
	const never = new Promise<never>(() => undefined);
	const failure = awaitBoot({
		domainType,
		uuid: 'uuid',
		link: {stopped: stopped.promise, connection: {onLifecycle: () => Promise.resolve(() => Promise.resolve())}},
		control: {hello: hello.promise, ended: ended.promise},
		progress: {ready: ready.promise},
		log: {tail: () => lines},
		signal: undefined,
		onHello: () => undefined,
		hintAtLog: () => undefined,
	}).then(
		() => never,
		(error: unknown) => error,
	);
	return {
		stopped,
		hello: hello.resolve,
		endPorts() {
			ready.reject(new ShellError('failed', 'The machine ended before its command’s status was known'));
			ended.resolve();
		},
		failure,
	};
}

function kindOf(error: unknown): {readonly message: string; readonly isBoot: boolean} {
	return {message: error instanceof ShellError ? error.message : 'not ours', isBoot: error instanceof BootFailure};
}

test('a machine that ends by itself before its kernel speaks did not boot', async (t) => {
	const {stopped, failure} = boot();
	stopped.resolve('ended');
	t.deepEqual(kindOf(await failure), {message: 'The machine ended before its command began: it begins', isBoot: true});
});

test('what may help a machine whose kernel said nothing depends on who runs it', async (t) => {
	for (const [domainType, hint] of [
		['kvm', 'Try --accel tcg'],
		['qemu', 'Emulation takes seconds of a whole CPU: see how busy the host is'],
	] as const) {
		const {stopped, failure} = boot({domainType, lines: []});
		stopped.resolve('ended');
		t.like(await failure, {message: 'The machine ended before its command began, and its kernel said nothing', hint});
	}
});

test('a machine that somebody destroyed says nothing of how it boots, even where its ports end before libvirt tells', async (t) => {
	const {stopped, endPorts, failure} = boot();
	endPorts();
	setImmediate(() => stopped.resolve('destroyed'));
	t.deepEqual(kindOf(await failure), {message: 'The machine was destroyed before its command began: it begins', isBoot: false});
});

test('a machine that ends after its kernel spoke has booted', async (t) => {
	const {stopped, endPorts, hello, failure} = boot();
	hello();
	endPorts();
	stopped.resolve('ended');
	t.deepEqual(kindOf(await failure), {message: 'The machine ended before its command began: it begins', isBoot: false});
});

test('a reader of the boot log that does not read is not written to without a bound, and is told what it missed', async (t) => {
	const guest = new PassThrough();
	const log = keepBootLog({socket: Promise.resolve(guest)} as unknown as Port);
	const reader = log.open();
	const chunk = '_'.repeat(10_000);
	for (let count = 0; count < 100; count++) {
		guest.write(chunk);
		await nextTurn();
	}
	t.true(reader.readableLength + reader.writableLength < 150_000);
	guest.end();
	const text = await readText(reader);
	t.true(text.length < 150_000);
	t.deepEqual(text.split(/_+/), ['', '\r\n[virt-sandbox: what came meanwhile was left out]\r\n']);
	t.is(log.tail(1)[0]?.length, 64 * 1024);
});

test('a kernel that gives up for want of memory is known by its boot log, however that comes', async (t) => {
	for (const [said, isKnown] of [
		['[   12.1] Kernel panic - not syncing: System is deadlocked on memory\r\n', true],
		['[   12.1] Kernel panic - not syncing: Out of memory and no killable processes...\r\n', true],
		['[   12.1] Out of memory: Killed process 70 (dd)\r\n[   12.2] Kernel panic - not syncing: Attempted to kill init!\r\n', false],
	] as const) {
		const guest = new PassThrough();
		const log = keepBootLog({socket: Promise.resolve(guest)} as unknown as Port);
		for (const letter of said) guest.write(letter);
		await nextTurn();
		t.is(await within(log.ranOut, 0), isKnown, said);
	}
});
