import {PassThrough, type Duplex} from 'node:stream';
import {type ErrorCode, ShellError, type ShellErrorOptions} from '../../../core/errors.ts';
import {safeText} from '../../../core/text.ts';
import {within} from '../../../core/within.ts';
import {onceClosed, onceOver} from '../../../core/stream-ends.ts';
import {LibvirtError, lifecycleEvents} from '../../libvirt/index.ts';
import type {Link} from '../../start/link.ts';
import type {MachineControl, MachineProgress} from '../ports/machine-control.ts';
import type {Port} from '../ports/port.ts';

/** The last part of what the kernel said. */
interface BootLog {
	/** The last lines, without what is empty; safe for a terminal. */
	tail(lines: number): readonly string[];
	/** All of it that is kept, and what comes. */
	open(): Duplex;
	/** Its kernel gave up for want of memory. */
	readonly ranOut: Promise<void>;
}

/** How a kernel says that it has nobody more to end. */
const deadlock = /Kernel panic - not syncing: (?:System is deadlocked on memory|Out of memory)/;
/** Longer than that. */
const overlap = 80;
const longestLog = 64 * 1024;
const longestLine = 4096;

/** Keeps the end of a boot log. `onLine` hears each line as it comes, safe for a terminal. */
export function keepBootLog(port: Port, onLine?: (line: string) => void): BootLog {
	const readers = new Set<LogReader>();
	const ranOut = Promise.withResolvers<void>();
	let isOver = false;
	let rest = '';
	let text = '';
	void port.socket.then((socket) => {
		socket.setEncoding('latin1');
		socket.on('data', (chunk: string) => {
			text = (text + chunk).slice(-longestLog);
			if (deadlock.test(text.slice(-overlap - chunk.length))) ranOut.resolve();
			for (const reader of readers) reader.write(chunk);
			if (onLine === undefined) return;
			const lines = (rest + chunk).split('\n');
			rest = (lines.pop() ?? '').slice(-longestLine);
			for (const line of lines) onLine(safeLine(line));
		});
		onceOver(socket, () => socket.destroy());
		onceClosed(socket, () => {
			isOver = true;
			for (const reader of readers) reader.stream.end();
		});
		socket.resume();
	});
	return {
		tail: (lines) =>
			text
				.split(/[\r\n]+/)
				.filter((line) => line.trim() !== '')
				.slice(-lines)
				.map(safeLine),
		open() {
			const reader = new LogReader();
			reader.write(text);
			if (isOver) reader.stream.end();
			else readers.add(reader);
			return reader.stream;
		},
		ranOut: ranOut.promise,
	};
}

const leftOut = '\r\n[virt-sandbox: what came meanwhile was left out]\r\n';

/** Whoever reads too slowly misses what comes meanwhile, and is told so: what a guest says is not kept without a bound. */
class LogReader {
	readonly stream = new PassThrough();
	#isBehind = false;

	write(chunk: string): void {
		if (this.stream.destroyed) return;
		const wasBehind = this.#isBehind;
		this.#isBehind = this.stream.writableLength + this.stream.readableLength > 2 * longestLog;
		if (!this.#isBehind) this.stream.write(chunk, 'latin1');
		else if (!wasBehind) this.stream.write(leftOut);
	}
}

function safeLine(line: string): string {
	return safeText(Buffer.from(line.replace(/\r$/, ''), 'latin1').toString('utf8'));
}

/** The guest did not get as far as its init: another way of running it may do better. */
export class BootFailure extends ShellError {
	/** Whether its processor is at fault, if that other way does better. */
	readonly isOfProcessor: boolean;
	/** How long it was given, where all that is known is that this was not enough: a processor may be slow. */
	readonly givenMs: number | undefined;

	constructor(
		code: ErrorCode,
		message: string,
		{isOfProcessor, givenMs, ...options}: ShellErrorOptions & {readonly isOfProcessor: boolean; readonly givenMs?: number | undefined},
	) {
		super(code, message, options);
		this.isOfProcessor = isOfProcessor;
		this.givenMs = givenMs;
	}
}

/** How a message about KVM begins. */
export const kvmFault = 'KVM does not work here';

/** An error of a create with KVM, as a BootFailure where QEMU or libvirt put it on KVM; any other as it is. */
export function blameKvm(error: unknown): unknown {
	if (!(error instanceof ShellError) || !(error.cause instanceof LibvirtError)) return error;
	const {text} = error.cause;
	if (!/kvm|\bMSR\b|virt(?:ualization)? type|hardware acceleration/i.test(text)) return error;
	const said = /qemu-system-\S+: (?:error: )?([^\n]+)/.exec(text)?.[1] ?? text;
	return new BootFailure('unavailable', `${kvmFault}: ${safeText(said)}`, {hint: 'Use --accel tcg, or auto', cause: error, isOfProcessor: true});
}

/** Until its first word, and until its command runs, in milliseconds; and what may help where it said none. An emulated one among others on a busy host takes a minute. */
const deadlines = {
	kvm: {helloMs: 10_000, readyMs: 60_000, silent: 'Try --accel tcg'},
	qemu: {helloMs: 120_000, readyMs: 150_000, silent: 'Emulation takes seconds of a whole CPU: see how busy the host is'},
} as const;
/** How long after the end of a machine's ports libvirt may take to say why. */
const eventMs = 2000;

interface BootContext {
	readonly domainType: 'kvm' | 'qemu';
	readonly uuid: string;
	readonly link: Pick<Link, 'stopped'> & {readonly connection: Pick<Link['connection'], 'onLifecycle'>};
	readonly control: Pick<MachineControl, 'hello' | 'ended'>;
	readonly progress: Pick<MachineProgress, 'ready'>;
	readonly log: Pick<BootLog, 'tail'>;
	readonly signal: AbortSignal | undefined;
	readonly onHello: () => void;
	/** Where libvirt's own log of the machine is, and what it says. */
	readonly hintAtLog: () => string | undefined;
}

/** Until the first session is ready. Rejects with a BootFailure where the kernel never spoke, else a ShellError with the end of the boot log; with the signal's reason when it is aborted. */
export async function awaitBoot({domainType, uuid, link, control, progress, log, signal, onHello, hintAtLog}: BootContext): Promise<void> {
	const failure = Promise.withResolvers<never>();
	failure.promise.catch(() => undefined);
	let hasSpoken = false;
	const {helloMs, readyMs, silent} = deadlines[domainType];
	const hints = (): string => [silent, hintAtLog()].filter((each) => each !== undefined).join('; ');
	const failPlainly = (what: string): void => {
		const {message, ...options} = describe(what, log, hints);
		failure.reject(new ShellError('failed', message, options));
	};
	const fail = (what: string, isOfProcessor: boolean, givenMs?: number): void => {
		if (hasSpoken) return failPlainly(what);
		const {message, ...options} = describe(what, log, hints);
		failure.reject(new BootFailure('failed', message, {...options, isOfProcessor, givenMs}));
	};
	const timers = [
		setTimeout(() => {
			if (!hasSpoken) fail(`did not boot within ${helloMs / 1000} s`, true, helloMs);
		}, helloMs),
		setTimeout(() => fail(`was not ready after ${readyMs / 1000} s`, true), readyMs),
	];
	const abort = (): void => failure.reject(signal?.reason);
	signal?.addEventListener('abort', abort, {once: true});
	if (signal?.aborted === true) abort();
	void control.hello.then(() => {
		hasSpoken = true;
		onHello();
	});
	// Libvirt's event says why, and may come after the end of a port.
	const why = control.ended.then(async () => ((await within(link.stopped, eventMs)) ? link.stopped : 'ended'));
	void Promise.race([link.stopped, why]).then((how) => {
		if (how === 'destroyed') failPlainly('was destroyed before its command began');
		else fail('ended before its command began', false);
	});
	// KVM that fails stops the guest in its place, without an end.
	const listening = link.connection.onLifecycle(({domain, event}) => {
		if (domain.uuid === uuid && (event === lifecycleEvents.suspended || event === lifecycleEvents.crashed))
			fail('was halted by an error of its processor', true);
	});
	listening.catch(() => undefined);
	const failReady = async (error: unknown): Promise<void> => {
		// The end of the port fails it too; why that ended says more.
		if (await within(control.ended, 0)) return failure.promise;
		throw withLog(error, log);
	};
	try {
		await Promise.race([progress.ready.catch(failReady), failure.promise]);
	} finally {
		for (const timer of timers) clearTimeout(timer);
		signal?.removeEventListener('abort', abort);
		void listening.then((stop) => stop()).catch(() => undefined);
	}
}

/** An error of the guest's init with what the boot log says of it. */
function withLog(error: unknown, log: Pick<BootLog, 'tail'>): unknown {
	if (!(error instanceof ShellError)) return error;
	const [said] = log
		.tail(40)
		.filter((line) => line.includes('virt-sandbox: '))
		.slice(-1);
	const reason = said?.slice(said.indexOf('virt-sandbox: ') + 'virt-sandbox: '.length);
	return reason === undefined ? error : new ShellError(error.code, `${error.message}: ${reason}`, {hint: error.hint, cause: error});
}

function describe(what: string, log: Pick<BootLog, 'tail'>, hints: () => string): ShellErrorOptions & {readonly message: string} {
	const lines = log.tail(60);
	if (lines.length === 0) return {message: `The machine ${what}, and its kernel said nothing`, hint: hints()};
	const told = lines.find((line) => /panic|virt-sandbox: |Out of memory/.test(line)) ?? lines.at(-1) ?? '';
	return {message: `The machine ${what}: ${told}`, hint: `The end of its boot log: ${lines.join(' ⏎ ')}`, cause: new Error(lines.join('\n'))};
}
