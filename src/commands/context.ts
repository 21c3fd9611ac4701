import type {Writable} from 'node:stream';
import type {GuestSession, TerminalSize} from '../backend/types.ts';
import type {ShellError} from '../core/errors.ts';
import type {FileKind} from '../core/base-directories.ts';
import type {Output} from '../core/output.ts';
import type {Sandboxes} from './sandboxes.ts';
import type {Session} from './session.ts';

/** Whatever needs a person, a terminal or the file system: a host of the screen, of batch, of tests. */
export interface Host {
	/** Asks a question; in batch the answer is that of `--yes`, else refused. */
	confirm(question: string): Promise<boolean>;
	/** Lets the person edit a text; undefined where there is nobody. */
	edit(text: string, extension: string): Promise<string>;
	/** Reads a file; a relative path starts at `directory`. Rejects with the system's error. */
	readFile(path: string): Promise<Uint8Array>;
	writeFile(path: string, data: string, mode: number): Promise<void>;
	/** Puts another text into a file that holds `old`; gives the name of a copy of that. Rejects with the system's error, or a ShellError. */
	changeFile(path: string, old: string, data: string): Promise<string>;
	deleteFile(path: string): Promise<void>;
	/** Names in a directory, directories with a trailing slash; empty where there is none. */
	listDirectory(path: string): Promise<readonly string[]>;
	/** Where our files of a kind are, or those in a directory of that; throws a ShellError where others could plant them. */
	ownDirectory(kind: FileKind, below?: string): string;
	/** The directory that relative paths start at. */
	directory(): string;
	changeDirectory(path: string): void;
	/** Lines of the history, oldest first. */
	history(): readonly string[];
	clearHistory(): Promise<void>;
	/** Ends the session after this command. */
	quit(): void;
	/** A person types the commands: prompts and attaching make sense. */
	readonly interactive: boolean;
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Undefined where there is none to lend. */
	readonly terminal: GuestTerminal | undefined;
	/** A terminal for a command that runs beside the prompt, in a sandbox of this name: a pane. Undefined where there is no screen, or the command is in front. */
	readonly paneFor: ((sandbox: string) => GuestTerminal) | undefined;
	/** Feeds our standard input to a command; where there is none for it, its input ends at once. `onFault`: it cannot be read on, which is no end. */
	feed(stdin: Writable, onFault: (error: ShellError) => void): {stop(): void};
	/** Waits no longer for who does not read our output: what it is of was to end. */
	stopWaiting(): void;
}

/** The person's terminal, lent to a guest. */
export interface GuestTerminal {
	/** The key that leaves, in hat notation. */
	readonly escape: string;
	size(): TerminalSize | undefined;
	/** Says lines on it when it is joined next; left out: what a command yields is seen there. */
	greet?(lines: readonly string[]): void;
	/** Joins it to a session; `onLeave`: the escape key was pressed, or the terminal has gone. */
	attach(session: GuestSession, onLeave: () => void): GuestAttachment;
}

/** The person's terminal while a guest has it. */
export interface GuestAttachment {
	/** Settles when the guest has ended and all of its output is there. */
	readonly done: Promise<unknown>;
	/** The guest is seen and heard no more; drops what the terminal still answers to it. */
	settle(): Promise<void>;
	/** Puts the terminal back. */
	detach(): void;
}

/** What the shell's language tells the commands that speak about it. */
export interface Language {
	readonly commands: ReadonlyArray<{readonly name: string; readonly summary: string; readonly group: string; readonly hidden?: boolean}>;
	/** Help on everything, a group or a command; rejects with not-found. */
	help(topic: string | undefined): Promise<string>;
	/** Faults of the command table, none when it is sound. */
	selfTest(): readonly string[];
	complete(words: readonly string[]): Promise<ReadonlyArray<{text: string; description: string}>>;
	/** Runs a script file in this session. */
	source(path: string): AsyncIterable<Output>;
}

export interface CommandContext {
	readonly session: Session;
	readonly host: Host;
	readonly language: Language;
	readonly sandboxes: Sandboxes;
	/** Aborted on ^C and SIGTERM. */
	readonly signal: AbortSignal;
	/** The command as it was typed: the origin of what it sets. */
	readonly line: string;
	readonly yes: boolean;
	/** No name or place is bound to a terminal's width. */
	readonly output: 'text' | 'json';
}
