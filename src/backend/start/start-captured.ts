import {timeoutStatus} from '../../core/timeout-status.ts';
import {within} from '../../core/within.ts';
import type {CommandEnd, Sandbox, StartOptions, Voice} from '../types.ts';
import {assertExecuted} from '../session/capture/assert-executed.ts';
import {captureSandbox} from '../session/capture/capture-sandbox.ts';
import type {CapturedConsole} from '../session/capture/captured-console.ts';
import type {LaterVoice} from '../session/capture/later-voice.ts';
import {startShell} from '../session/capture/start-shell.ts';
import {serveControl} from '../session/serve-control.ts';
import {describeOutOfMemory} from '../limits/describe-out-of-memory.ts';
import type {RunningSandbox} from './running-sandbox.ts';

/** A sandbox that nobody is attached to: its output is captured, and other processes reach it by its control socket. */
export interface CapturedSandbox extends Pick<Sandbox, 'id' | 'name' | 'uri' | 'destroy' | 'written'> {
	/** The command's end; rejects where its status can never be known. */
	readonly exited: Promise<CommandEnd>;
	/** Settles when the sandbox has ended by itself or was destroyed, and all of it is put away. */
	readonly closed: Promise<void>;
}

export interface CapturedOptions extends StartOptions {
	/** Called when all is captured and the domain has gone, before the state directory goes too. */
	readonly beforeRemoval?: ((statePath: string) => Promise<void>) | undefined;
	/** Another process was its owner, from this time on, since 1970: its command runs. */
	readonly begunMs?: number | undefined;
}

/** Between TERM and the end of a sandbox whose time is over. */
const graceMs = 2000;
/** How long it then has to go by itself where its command ends; and to write out its images, if it has some. */
const leaveMs = {usual: 10_000, writing: 300_000};
/** How long the end of a stream may be behind the end of its guest. */
const capturedMs = 1000;

/** Lets a sandbox that has just been started run in the background of this process. `end`: its backend's way to end it. */
export async function captureStarted<Running extends RunningSandbox>(
	running: Running,
	end: (running: Running) => Sandbox,
	{beforeRemoval, begunMs, signal, voice}: CapturedOptions & {readonly voice: LaterVoice},
): Promise<CapturedSandbox> {
	let captured: readonly CapturedConsole[] = [];
	const sandbox = end({
		...running,
		async putBack(given) {
			try {
				await running.putBack(given);
			} finally {
				await within(Promise.all(captured.map(({ended}) => ended)), capturedMs);
				await beforeRemoval?.(running.state.path);
			}
		},
	});
	try {
		captured = await captureSandbox(running);
		if (begunMs === undefined) await assertExecuted(running, captured, signal);
		// Where a command in the foreground tells it as well.
		voice.moveTo((text) => captured.find(({name}) => name === 'stderr' || name === 'tty')?.note(text));
		const time = {isOver: false};
		const exited = sandbox.session.exited.then((status): CommandEnd => ({
			status: time.isOver ? timeoutStatus : status,
			outOfMemory: sandbox.session.outOfMemory?.(),
		}));
		if (begunMs !== undefined)
			voice.notice('warning', 'keeper-replaced', 'The process that kept the sandbox was killed: another one keeps it from here on');
		exited.then(
			(end) => tellOutOfMemory(end, voice),
			() => undefined,
		);
		const server = serveControl(running, sandbox, {captured, hasTimedOut: () => time.isOver});
		// A command that is over by now needs no shell beside it.
		void startShell(running, begunMs !== undefined).catch(() => undefined);
		const closed = sandbox.close().finally(() => server.close());
		closed.catch(() => undefined);
		endInTime(sandbox, running.plan.spec.limits.timeoutMs, {begunMs, closed, time});
		const {id, name, uri} = sandbox;
		return {id, name, uri, destroy: () => sandbox.destroy(), written: () => sandbox.written?.(), exited, closed};
	} catch (error) {
		// What ran before this process came is not ours to end: the next one may have more luck, once this one has exited.
		if (begunMs === undefined) {
			await sandbox.destroy();
			await sandbox.close();
		}
		throw error;
	}
}

function tellOutOfMemory({status, outOfMemory}: CommandEnd, voice: Voice): void {
	if (outOfMemory === undefined) return;
	const {message, hint} = describeOutOfMemory(status, outOfMemory);
	voice.notice('error', 'memory-limit', message, hint);
}

/** As `stop`: TERM, and 2 s later the end. */
function endInTime(
	sandbox: Sandbox,
	timeoutMs: number | undefined,
	{begunMs = Date.now(), closed, time}: {readonly begunMs: number | undefined; readonly closed: Promise<void>; readonly time: {isOver: boolean}},
): void {
	if (timeoutMs === undefined) return;
	const leftMs = Math.max(0, timeoutMs - (Date.now() - begunMs));
	let hasEnded = false;
	const ended = (): void => void (hasEnded = true);
	sandbox.session.exited.then(ended, ended);
	let timer = setTimeout(() => {
		// What has its own status keeps that, however long its sandbox takes to go.
		time.isOver = !hasEnded;
		sandbox.session.kill(15);
		const end = (): void => void sandbox.destroy().catch(() => undefined);
		timer = setTimeout(() => {
			if (!hasEnded) end();
			else timer = setTimeout(end, sandbox.written?.() === undefined ? leaveMs.usual : leaveMs.writing);
		}, graceMs);
	}, leftMs);
	void closed.catch(() => undefined).then(() => clearTimeout(timer));
}
