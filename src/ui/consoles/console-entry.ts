import type {Session as GuestSession, TerminalSize} from '../../backend/types.ts';
import type {Emulator} from './emulator.ts';

/** A console of a sandbox that this screen reads. */
export interface ConsoleEntry {
	/** Sandbox and console, one blank between. */
	readonly key: string;
	readonly sandbox: string;
	readonly name: string;
	readonly emulator: Emulator;
	/** It takes keys. */
	readonly writable: boolean;
	readonly state: 'open' | 'ended';
	/** It said something since it was last looked at. */
	unread: boolean;
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
	/** It keeps its size, whatever the pane's. */
	readonly isFixed: boolean;
}
