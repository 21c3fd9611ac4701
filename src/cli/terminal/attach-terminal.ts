import {ReadStream, type WriteStream} from 'node:tty';
import {onceClosed} from '../../core/stream-ends.ts';
import type {OutputSink, GuestSession, TerminalSize} from '../../backend/types.ts';
import {openOutputSink} from './output-sink.ts';
import {enterRawMode} from './raw-mode.ts';
import {relayKeys, type RelayKeysOptions} from './relay-keys.ts';
import {relayOutput} from './relay-output.ts';
import {createTerminalModes} from './terminal-modes.ts';
import {createTerminalQueries} from './terminal-queries.ts';
import {openWriter} from './write-now.ts';

/** How long a terminal may say nothing that still owes answers, and how long all of them may take; in milliseconds. */
const answerMs = {silent: 2000, most: 10_000} as const;
interface AttachOptions extends RelayKeysOptions {
	/** Sees what the terminal takes. */
	readonly watch?: (sink: OutputSink) => OutputSink;
}

export interface Attachment {
	/** Settles once all that the guest wrote to its terminal is on ours. */
	readonly done: Promise<unknown>;
	/**
	 * After the guest's end: drops what the terminal still answers to it; keys that are typed meanwhile go too. At once where nothing was asked.
	 * `isCut`: what the guest has written is not waited for.
	 */
	settle(isCut?: boolean): Promise<void>;
	/** Leaves: puts settings and modes of the terminal back, and begins a line where `beginsLine`. Idempotent. */
	detach(beginsLine?: boolean): void;
}

/** Joins the terminal of this process to that of a session: keys, bytes, size. */
export function attachTerminal(session: GuestSession, options: AttachOptions): Attachment {
	const keys = new ReadStream(0);
	const leaveRawMode = enterRawMode(keys, 0);
	const queries = createTerminalQueries({isHandedOn: isBehindScreen(process.env)});
	keys.on('data', (chunk: Buffer) => queries.answer(chunk));
	const modes = createTerminalModes();
	let hasLeft = false;
	let dropping: NodeJS.Timeout | undefined;
	/** What the terminal answers to the guest, or tells it, would be typed to whoever reads next: also while the guest still goes. What is typed goes with that. */
	const dropWhatIsOwed = (): boolean => {
		if (!hasLeft || !attached || isOver) return false;
		clearTimeout(dropping);
		const isOwed = modes.mayTell() || queries.open() !== 'none';
		if (isOwed) {
			keys.resume();
			dropping = setTimeout(dropWhatIsOwed, answerMs.silent);
		} else keys.pause();
		return isOwed;
	};
	const stopInput = relayKeys(keys, session.stdin, {
		...options,
		onLeave: (rest) => {
			hasLeft = true;
			options.onLeave(dropWhatIsOwed() ? new Uint8Array() : rest);
		},
	});
	const resize = (): void => {
		const size = terminalSize(process.stdout);
		if (size !== undefined) {
			session.resize(size);
		}
	};
	process.stdout.on('resize', resize);
	resize();

	const {watch = (sink) => sink} = options;
	const gone = new AbortController();
	const screen = watch(openOutputSink(1, gone.signal));
	/** The terminal has not taken all of it yet; it gets no more. */
	let isTaking = false;
	let isOver = false;
	let isPutBack = false;
	const watched: OutputSink = {
		write(chunk) {
			if (isOver) return undefined;
			modes.watch(chunk);
			const unlocking = Buffer.from(modes.unlock());
			const asks = [chunk, unlocking].map((bytes) => queries.ask(bytes)).includes(true);
			dropWhatIsOwed();
			const taking = screen.write(unlocking.length === 0 ? chunk : Buffer.concat([chunk, unlocking]));
			if (taking === undefined) return undefined;
			isTaking = true;
			return taking.finally(() => {
				isTaking = false;
				if (asks) queries.delay();
			});
		},
	};
	let attached = true;
	const writeNow = openWriter(1);
	const detach = (beginsLine = false): void => {
		if (!attached) {
			return;
		}
		attached = false;
		gone.abort();
		process.off('exit', atExit);
		process.stdout.off('resize', resize);
		clearTimeout(dropping);
		stopInput();
		// A terminal that takes nothing, or is gone, keeps its modes.
		if (!isPutBack) writeNow(modes.undo(isTaking));
		leaveRawMode();
		if (beginsLine) {
			writeNow('\n');
		}
		keys.destroy();
	};
	const atExit = (): void => detach();
	process.on('exit', atExit);
	return {
		done: relayOutput(session.stdout, watched),
		async settle(isCut = false) {
			if (!attached) return;
			const undo = modes.undo(isCut || isTaking);
			// Some terminals answer what puts them back, too.
			queries.ask(Buffer.from(undo));
			const open = queries.open();
			if (open === 'none' && !modes.mayTell()) return;
			clearTimeout(dropping);
			stopInput();
			// What the guest asks from here on would be answered after our own question.
			isOver = true;
			gone.abort();
			const {createLastQuestion} = await import('./last-question.ts');
			if (!attached) return;
			const last = createLastQuestion(terminalSize(process.stdout));
			isPutBack = true;
			writeNow(undo + last.text);
			await dropAnswers(keys, (chunk) => last.hear(chunk) && open !== 'at any time');
		},
		detach,
	};
}

/** GNU screen may be on another host, whose session has no name here; tmux has the same names of terminals. */
function isBehindScreen({STY: session, TMUX: tmux, TERM: terminal = ''}: NodeJS.ProcessEnv): boolean {
	return session !== undefined || (tmux === undefined && /^screen(?:[.-]|$)/.test(terminal));
}

/** Reads and drops what comes until `isLast` says so of a chunk, the terminal is silent, or somebody presses ^C. */
async function dropAnswers(keys: ReadStream, isLast: (chunk: Buffer) => boolean): Promise<void> {
	const {promise, resolve} = Promise.withResolvers<void>();
	const late = setTimeout(resolve, answerMs.most);
	let silence = setTimeout(resolve, answerMs.silent);
	keys.on('data', (chunk: Buffer) => {
		clearTimeout(silence);
		silence = setTimeout(resolve, answerMs.silent);
		if (isLast(chunk) || chunk.includes(0x03)) resolve();
	});
	onceClosed(keys, resolve);
	keys.resume();
	await promise;
	clearTimeout(late);
	clearTimeout(silence);
}

/** The size of a terminal, or undefined where it has none (some are 0×0). */
export function terminalSize(terminal: WriteStream | NodeJS.WriteStream): TerminalSize | undefined {
	const {columns, rows} = terminal;
	return columns > 0 && rows > 0 ? {rows, columns} : undefined;
}
