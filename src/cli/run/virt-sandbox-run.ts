import type {OutputSink, GuestSession, StartOptions} from '../../backend/types.ts';
import {clockMs} from '../../core/clock-ms.ts';
import {ShellError} from '../../core/errors.ts';
import {timeoutStatus} from '../../core/timeout-status.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {systemReason} from '../../core/system-reason.ts';
import {openOutputSink} from '../terminal/output-sink.ts';
import {relayInput} from '../terminal/relay-input.ts';
import {unreadInput} from '../terminal/unread-input.ts';
import {type WatchedSignal, signalNumber} from '../terminal/signal-inbox.ts';
import {createEnding, hurryAt, type Ending} from './virt-sandbox-end.ts';
import {startInterruptibly, type RunSettings} from './virt-sandbox-start.ts';
import {failSource, relay} from './virt-sandbox-relay.ts';
import type {ProgramVoice} from './virt-sandbox-voice.ts';
import {createOutputProgress, waitForEnd, type CommandEnd, type Cut, type OutputProgress} from './virt-sandbox-wait.ts';

/** A second interrupt within this time of the first is the same key press; later than the end of it, a new first one. */
const secondInterruptMs = {earliest: 300, latest: 2000} as const;

const cutText: Readonly<Record<Cut, string>> = {
	reader: 'what was still to be written is lost: whoever reads the output has stopped reading',
	left: 'a process that the command left behind holds its output open: whatever it still writes is lost',
};

/** Runs one command in a fresh sandbox, its streams being those of this process. Throws what went wrong on our side. */
export async function runCommand(spec: SandboxSpec, settings: RunSettings): Promise<CommandEnd> {
	const {voice, signals, elapsed} = settings;
	const begun = elapsed();
	const joined = Promise.withResolvers<void>();
	const progress = createOutputProgress();
	const sinks = spec.tty ? undefined : await openSinks(settings.json, joined.promise, progress);
	const sandbox = await startInterruptibly(spec, settings, sinks);
	if (typeof sandbox === 'number') {
		return {status: sandbox, cut: undefined};
	}
	const ready = elapsed();
	const ending = createEnding(sandbox, spec.tty);
	const hear = createSignalListener(ending, spec.tty);
	signals.listen(hear);
	const {timeoutMs} = spec.limits;
	const passed = settings.isFurther ? ready - begun : 0;
	const timeout = timeoutMs === undefined ? undefined : setTimeout(() => ending.stop(timeoutStatus), Math.max(0, timeoutMs - passed));
	let end: CommandEnd | undefined;
	let ended = ready;
	try {
		const streams = await joinStreams(sandbox.session, {settings, ending, sinks, progress});
		joined.resolve();
		try {
			end = await waitForEnd(sandbox, ending, streams.done, progress);
		} catch (error) {
			await streams.leave(false);
			await tellOutOfMemory(sandbox.session, undefined, voice);
			throw error;
		}
		await streams.leave(end.cut !== undefined);
		ended = elapsed();
	} finally {
		ending.commandEnded(undefined);
		const hurry = hurryAt(signals, hear, ending);
		// That something has to stay is told, and does not take the place of a status that is known. The time limit counts on.
		const leaving = (sandbox.leave?.(hurry) ?? sandbox.close(hurry)).finally(() => clearTimeout(timeout));
		await (end === undefined ? leaving : leaving.catch((error: unknown) => tellLeft(error, voice)));
	}
	if (settings.timing) {
		voice.timing({start: ready - begun, command: ended - ready, end: elapsed() - ended, whole: elapsed()});
	}
	await tellOutOfMemory(sandbox.session, end.status, voice);
	if (end.cut !== undefined) {
		voice.notice('error', 'output-cut', cutText[end.cut]);
	}
	return end;
}

/** Also beside a fault: the last of the output does not arrive where that has ended a machine. */
async function tellOutOfMemory(session: GuestSession, status: number | undefined, voice: ProgramVoice): Promise<void> {
	const outOfMemory = session.outOfMemory?.();
	if (outOfMemory === undefined) return;
	const {describeOutOfMemory} = await import('../../backend/limits/describe-out-of-memory.ts');
	const {message, hint} = describeOutOfMemory(status, outOfMemory);
	voice.notice('error', 'memory-limit', message, hint);
}

function tellLeft(error: unknown, voice: ProgramVoice): void {
	if (!(error instanceof ShellError) || error.code !== 'unavailable') throw error;
	voice.notice('warning', 'left', error.message, error.hint);
}

/** Without a terminal, signals go to the command, and a second interrupt ends it hard. With one, keys do that: what still arrives is for us. */
function createSignalListener(ending: Ending, tty: boolean): (signal: WatchedSignal) => void {
	let lastInterrupt = Number.NEGATIVE_INFINITY;
	return (signal) => {
		if (tty && (signal === 'SIGTERM' || signal === 'SIGHUP')) {
			ending.stop(128 + signalNumber(signal));
			return;
		}
		if (signal === 'SIGINT') {
			const now = clockMs();
			const since = now - lastInterrupt;
			if (since >= secondInterruptMs.earliest && since <= secondInterruptMs.latest) {
				ending.destroy(128 + signalNumber('SIGINT'));
				return;
			}
			if (since > secondInterruptMs.latest) {
				lastInterrupt = now;
			}
		}
		ending.passOn(signal);
	};
}

interface JoinedStreams {
	/** Settles once all output is written; rejects with a fault of ours. */
	readonly done: Promise<void>;
	/** Gives this process's own streams back; `isStuck`: nobody takes what is written to them. */
	leave(isStuck: boolean): Promise<void>;
}

interface JoinContext {
	readonly settings: RunSettings;
	readonly ending: Ending;
	/** Undefined: the command has a terminal. */
	readonly sinks: StartOptions['sinks'];
	readonly progress: OutputProgress;
}

async function joinStreams(session: GuestSession, {settings, ending, sinks, progress}: JoinContext): Promise<JoinedStreams> {
	const {voice, escape, onTerminal} = settings;
	if (sinks === undefined) {
		const {attachTerminal} = await import('../terminal/attach-terminal.ts');
		let left = false;
		const attachment = attachTerminal(session, {
			escape,
			watch: progress.watch,
			onLeave() {
				left = true;
				ending.stop(undefined);
			},
			onHangup: () => ending.stop(128 + signalNumber('SIGHUP')),
		});
		onTerminal(true);
		const done = attachment.done.then(
			() => undefined,
			(error: unknown) => {
				// A terminal that does not take output any more has gone.
				if (error instanceof ShellError) failSource(error, ending);
				else ending.stop(128 + signalNumber('SIGHUP'));
			},
		);
		// It may fail before anybody waits for it.
		done.catch(() => {});
		return {
			done,
			async leave(isStuck) {
				await attachment.settle(isStuck);
				// Whatever the guest wrote last, the next prompt begins a line.
				attachment.detach(left);
				onTerminal(false);
			},
		};
	}
	const unread = Promise.withResolvers<never>();
	const input = relayInput(0, session.stdin, {
		onFault(error) {
			ending.destroy(125);
			unread.reject(unreadInput(error));
		},
		onNone: (error) => voice.notice('error', 'stdin', `cannot read standard input: ${systemReason(error)}`),
	});
	const written = Promise.all([
		relay(session.stdout, sinks?.stdout, 'standard output', ending),
		relay(session.stderr, sinks?.stderr, 'standard error', ending),
	]);
	const done = Promise.race([written, unread.promise]).then(() => undefined);
	// It may fail before anybody waits for it.
	done.catch(() => {});
	return {done, leave: async () => input.stop()};
}

/** Where the command's output goes: the same streams of ours, or JSON lines; what comes before `joined` waits. */
async function openSinks(json: boolean, joined: Promise<void>, {watch}: OutputProgress): Promise<NonNullable<StartOptions['sinks']>> {
	const out = watch(openOutputSink(1));
	const sinks = json ? (await import('./virt-sandbox-json.ts')).createJsonSinks(out) : {stdout: out, stderr: watch(openOutputSink(2))};
	return {stdout: openGate(sinks.stdout, joined), stderr: openGate(sinks.stderr, joined)};
}

/** Holds output back until the start is done: who has seen any of it may send signals, and they are for the command. */
function openGate(sink: OutputSink, open: Promise<void>): OutputSink {
	let isOpen = false;
	void open.then(() => (isOpen = true));
	return {write: (chunk) => (isOpen ? sink.write(chunk) : open.then(() => sink.write(chunk)))};
}
