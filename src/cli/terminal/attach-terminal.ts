import {writeSync} from 'node:fs';
import {ReadStream, type WriteStream} from 'node:tty';
import type {OutputSink, Session, TerminalSize} from '../../backend/types.ts';
import {stepEscape} from './escape-key.ts';
import {openOutputSink} from './output-sink.ts';
import {enterRawMode} from './raw-mode.ts';
import {relayOutput} from './relay-output.ts';
import {createTerminalModes} from './terminal-modes.ts';
import {createTerminalQueries, type TerminalQueries} from './terminal-queries.ts';

/** How long a terminal may be silent that still owes answers, and how long all of them may take, in milliseconds. */
const answerMs = {silent: 300, most: 2000} as const;
/** How long the escape key waits for a second press, in milliseconds. */
const escapeWaitMs = 400;

export interface AttachOptions {
	/** The byte of the key that leaves; undefined: none does. */
	readonly escape: number | undefined;
	/** The escape key was pressed. */
	onLeave(): void;
	/** The terminal is gone. */
	onHangup(): void;
}

export interface Attachment {
	/** Settles once all that the guest wrote to its terminal is on ours. */
	readonly done: Promise<unknown>;
	/** After the guest's end: drops what the terminal still answers to it; keys that are typed meanwhile go too. At once where nothing was asked. */
	settle(): Promise<void>;
	/** Leaves: puts settings and modes of the terminal back. Idempotent. */
	detach(): void;
}

/** Joins the terminal of this process to that of a session: keys, bytes, size. */
export function attachTerminal(session: Session, options: AttachOptions): Attachment {
	const keys = new ReadStream(0);
	const leaveRawMode = enterRawMode(keys, 0);
	const queries = createTerminalQueries();
	keys.on('data', (chunk: Buffer) => queries.answer(chunk));
	const stopInput = relayKeys(keys, session, options);
	const resize = (): void => {
		const size = terminalSize(process.stdout);
		if (size !== undefined) {
			session.resize(size);
		}
	};
	process.stdout.on('resize', resize);
	resize();

	const modes = createTerminalModes();
	const screen = openOutputSink(1);
	const watched: OutputSink = {
		write(chunk) {
			modes.watch(chunk);
			queries.ask(chunk);
			return screen.write(chunk);
		},
	};
	let attached = true;
	const detach = (): void => {
		if (!attached) {
			return;
		}
		attached = false;
		process.off('exit', detach);
		process.stdout.off('resize', resize);
		stopInput();
		try {
			const undo = modes.undo();
			if (undo !== '') {
				writeSync(1, undo);
			}
		} catch {
			// The terminal is gone, and its modes with it.
		}
		leaveRawMode();
		keys.destroy();
	};
	process.on('exit', detach);
	return {
		done: relayOutput(session.stdout, watched),
		async settle() {
			if (attached && queries.open() > 0) {
				stopInput();
				await dropAnswers(keys, queries);
			}
		},
		detach,
	};
}

/** Reads and drops what comes until all is answered, the terminal is silent, or somebody presses ^C. */
async function dropAnswers(keys: ReadStream, queries: TerminalQueries): Promise<void> {
	const {promise, resolve} = Promise.withResolvers<void>();
	const late = setTimeout(resolve, answerMs.most);
	const silence = setTimeout(resolve, answerMs.silent);
	keys.on('data', (chunk: Buffer) => {
		queries.answer(chunk);
		silence.refresh();
		if (queries.open() === 0 || chunk.includes(0x03)) {
			resolve();
		}
	});
	keys.once('close', resolve);
	keys.resume();
	await promise;
	clearTimeout(late);
	clearTimeout(silence);
}

/** Passes keys to the guest, no faster than it takes them, and looks for the escape key. */
function relayKeys(keys: ReadStream, session: Session, {escape, onLeave, onHangup}: AttachOptions): () => void {
	let waiting = false;
	let timer: NodeJS.Timeout | undefined;
	const send = (bytes: Uint8Array): void => {
		if (bytes.length > 0 && session.stdin.writable && !session.stdin.write(bytes)) {
			keys.pause();
		}
	};
	keys.on('data', (chunk: Buffer) => {
		clearTimeout(timer);
		const step = stepEscape(waiting, chunk, escape);
		waiting = step.waiting;
		send(step.pass);
		if (step.leave) {
			onLeave();
		} else if (waiting) {
			timer = setTimeout(onLeave, escapeWaitMs);
		}
	});
	keys.on('end', onHangup);
	keys.on('error', onHangup);
	session.stdin.on('drain', () => keys.resume());
	// The guest's end of the terminal closes before its exit arrives.
	session.stdin.on('error', () => {});
	return () => {
		clearTimeout(timer);
		keys.removeAllListeners('data');
		keys.pause();
	};
}

/** The size of a terminal, or undefined where it has none (some are 0×0). */
export function terminalSize(terminal: WriteStream | NodeJS.WriteStream): TerminalSize | undefined {
	const {columns, rows} = terminal;
	return columns > 0 && rows > 0 ? {rows, columns} : undefined;
}
