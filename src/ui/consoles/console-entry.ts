import type {GuestSession, TerminalSize} from '../../backend/types.ts';
import type {Emulator} from './emulator.ts';

/** One start of a sandbox on one connection. */
export interface SandboxRef {
	readonly name: string;
	readonly uri: string;
	readonly uuid: string;
}

/** A console of a sandbox that this screen reads. */
export interface ConsoleEntry {
	/** Sandbox, console and connection, a blank between: the same again after a restart. */
	readonly key: string;
	/** Its key is M-number; it keeps it as long as it is there. */
	readonly number: number;
	readonly sandbox: string;
	readonly name: string;
	/** The connection. */
	readonly uri: string;
	readonly emulator: Emulator;
	/** It takes keys. */
	readonly writable: boolean;
	readonly state: 'open' | 'ended';
	/** It said something since it was last looked at. */
	unread: boolean;
	/** It has ended since it was last looked at. */
	news: boolean;
}

/** Whether what is typed goes to the guest. */
export function takesKeys({state, writable}: ConsoleEntry): boolean {
	return state === 'open' && writable;
}

/** What the store of consoles knows of one besides. */
export interface HeldConsole extends ConsoleEntry {
	state: 'open' | 'ended';
	session: GuestSession;
	/** Who else gets its bytes: the terminal, while it is attached; a recording. */
	readonly taps: Set<(chunk: Uint8Array) => void>;
	/** The person's own terminal answers the guest. */
	attached: boolean;
	size: TerminalSize;
	/** Gives emulator and guest another size. */
	resize(size: TerminalSize): void;
	/** It keeps its size, whatever the pane's. */
	readonly isFixed: boolean;
}

export function consoleKey(sandbox: string, name: string, uri: string): string {
	return `${sandbox} ${name} ${uri}`;
}

export function partsOfKey(key: string): {readonly sandbox: string; readonly name: string; readonly uri: string} {
	const [sandbox = '', name = '', uri = ''] = key.split(' ');
	return {sandbox, name, uri};
}

/** What a person calls the console of a key: `web tty`. */
export function labelOfKey(key: string): string {
	const {sandbox, name} = partsOfKey(key);
	return `${sandbox} ${name}`;
}

/** The same, with the connection where sandboxes of one name run on two. */
export function labelOf(
	{sandbox, name, uri}: Pick<ConsoleEntry, 'sandbox' | 'name' | 'uri'>,
	all: ReadonlyArray<Pick<ConsoleEntry, 'sandbox' | 'uri'>>,
): string {
	// The terminal of a command of exec is of none.
	const isOne = uri === '' || all.every((each) => each.sandbox !== sandbox || each.uri === uri || each.uri === '');
	return isOne ? `${sandbox} ${name}` : `${sandbox} ${name} (${uri.replace(/\?.*$/, '')})`;
}
