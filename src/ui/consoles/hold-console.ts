import {onceOver} from '../../core/stream-ends.ts';
import type {GuestSession, TerminalSize} from '../../backend/types.ts';
import {consoleKey, type ConsoleEntry, type HeldConsole} from './console-entry.ts';
import type {createEmulator as CreateEmulator} from './emulator.ts';
import {paceResizes} from './pace-resizes.ts';

/** What a console is made of. */
export interface ConsoleSource extends Pick<ConsoleEntry, 'sandbox' | 'name' | 'uri'> {
	readonly session: GuestSession;
}

interface HoldOptions {
	readonly number: number;
	readonly createEmulator: typeof CreateEmulator;
	readonly onChange: () => void;
	readonly onBell: () => void;
}

/** Answers wait for the guest up to here, in bytes: as the input queue of a terminal, which then drops. */
const mostUnread = 4096;
/** Until a pane shows it. */
const firstSize: TerminalSize = {columns: 80, rows: 24};

/** Feeds an emulator, and whoever listens besides, from a session until that ends. */
export function holdConsole(source: ConsoleSource, {number, createEmulator, onChange, onBell}: HoldOptions): HeldConsole {
	const {sandbox, name, uri, session} = source;
	const writable = name === 'tty' || name === 'shell' || name.startsWith('exec');
	const {holder} = session;
	const size = holder?.size ?? firstSize;
	let received = 0;
	/** Chunks of the past that are not parsed yet. */
	let answered = 0;
	const taps = new Set<(chunk: Uint8Array) => void>();
	const tellGuest = paceResizes((to) => {
		if (entry.state === 'open') session.resize(to);
	});
	const show = (to: TerminalSize): void => {
		entry.size = to;
		entry.emulator.resize(to.columns, to.rows);
	};
	const entry: HeldConsole = {
		...source,
		key: consoleKey(sandbox, name, uri),
		number,
		writable,
		state: 'open',
		unread: false,
		news: false,
		taps,
		attached: false,
		size,
		resize(to) {
			show(to);
			tellGuest(to);
		},
		isFixed: holder !== undefined,
		emulator: createEmulator({
			...size,
			onChange,
			onAnswer(text) {
				// A terminal that is somebody else's answers there.
				const isOurs = answered === 0 && !entry.attached && holder === undefined && entry.state === 'open' && writable;
				// Who asks on and on and reads no answer gets no more of them.
				if (isOurs && session.stdin.writableLength < mostUnread) session.stdin.write(text);
			},
			onPressure: (stop) => (stop ? session.stdout.pause() : session.stdout.resume()),
			onBell,
		}),
	};
	if (holder !== undefined) {
		holder.onSize = (to) => {
			show(to);
			onChange();
		};
	}
	// A log has line feeds only.
	const convert = name === 'stdout' || name === 'stderr';
	session.stdout.on('data', (chunk: Uint8Array) => {
		const bytes = convert ? Buffer.from(Buffer.from(chunk).toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1') : Uint8Array.from(chunk);
		if (received < (session.past?.bytes ?? 0)) {
			answered++;
			entry.emulator.write(bytes, () => void answered--);
		} else {
			entry.emulator.write(bytes);
		}
		received += chunk.length;
		entry.unread = true;
		for (const tap of taps) {
			tap(bytes);
		}
	});
	const end = (): void => {
		if (entry.state === 'open') {
			entry.state = 'ended';
			entry.news = writable;
			session.stdin.destroy();
			onChange();
		}
	};
	onceOver(session.stdout, end);
	session.stdout.on('error', end);
	session.stdin.on('error', () => {});
	return entry;
}
