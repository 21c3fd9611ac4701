import type {Readable, Writable} from 'node:stream';
import type {SandboxSpec} from '../spec/types.ts';
import type {Caller} from './host/caller.ts';
import type {HostFacts} from './host/host-facts.ts';
import type {Element} from './xml/element.ts';

/** What a person is told while a sandbox lives. The caller renders it. */
export interface Voice {
	notice(level: 'info' | 'warning' | 'error', code: string, message: string, hint?: string): void;
	/** A phase of a start has ended after `elapsedMs`. */
	phase(name: string, elapsedMs: number): void;
}

export interface StartOptions {
	readonly voice: Voice;
	readonly signal?: AbortSignal | undefined;
	/** The caller's: environment, directory, ids and groups. */
	readonly caller: Caller;
	/** Seen with the domain XML before libvirt gets it (`--print-xml`). */
	readonly onXml?: ((xml: string) => void) | undefined;
	/** First size of the command's terminal, when the spec asks for a tty. */
	readonly size?: TerminalSize | undefined;
	/** What would be asked about was agreed to (`--accept`, in the shell `--yes`): labels that confine nothing, the start of a network of the host's. */
	readonly accept?: boolean | undefined;
	/** Each line of a machine's boot log as it comes, safe for a terminal (`--verbose`). */
	readonly onBootLog?: ((line: string) => void) | undefined;
	/** Each libvirt call with its time (`--debug`); a machine's kernel then logs all that it does. */
	readonly trace?: ((line: string) => void) | undefined;
	/** To notice a libvirtd that is there but dead; undefined: as the connection's kind has it; false: never. */
	readonly keepalive?: {readonly intervalMs: number; readonly count: number} | false | undefined;
	/** What is known of this host, for a plan; default: all is read anew. A start always does that. */
	readonly host?: HostFacts | undefined;
	/**
	 * Called when all is checked and nothing made yet. Checks look at file systems, which may never answer: until then signals should
	 * simply end this process.
	 */
	readonly onPlanned?: (() => void) | undefined;
	/** Connect read-only: enough for a plan, never for a start. */
	readonly readonly?: boolean | undefined;
	/**
	 * Where given, the command's output goes straight there from one fixed buffer (a stream of chunks costs twice the memory);
	 * the session's streams then carry nothing and end once all is written, or are destroyed with the error of a write.
	 */
	readonly sinks?: {readonly stdout: OutputSink; readonly stderr: OutputSink} | undefined;
	/** A pipe of the caller's own, the command's standard input: it may have it as it is. */
	readonly input?: number | undefined;
	/** The caller's standard output and error are one file: so are the command's, or what it writes to both would lose its order. */
	readonly isOneOutput?: boolean | undefined;
}

/** Where bytes go to, in order. */
export interface OutputSink {
	/** Undefined: all is written; a promise: the chunk must not change before it is settled. Throws or rejects as the system call does. */
	write(chunk: Uint8Array): Promise<void> | undefined;
}

export interface TerminalSize {
	readonly rows: number;
	readonly columns: number;
}

/** Of a terminal whose size nobody told. */
export const usualSize: TerminalSize = {rows: 24, columns: 80};

/** A command that runs in a sandbox: the one it was started for, or one of exec. */
export interface GuestSession {
	/** Undefined with a tty. Ending it is the command's end of input. */
	readonly stdin: Writable;
	/** With a tty: all that the command wrote to it. */
	readonly stdout: Readable;
	/** Undefined with a tty. */
	readonly stderr: Readable | undefined;
	/** Sends a signal, by number, to the command's process group. */
	kill(signal: number): void;
	resize(size: TerminalSize): void;
	/** The shell's status (128 + signal, 126, 127), once the command has ended; rejects where that can never be known. Independent of the output's end. */
	readonly exited: Promise<number>;
	/** Once it has exited: the sandbox's memory in KiB, where a process of the command was killed for want of that. */
	readonly outOfMemory?: (() => number | undefined) | undefined;
	/** What its console is called, where others can join that. */
	readonly console?: string | undefined;
	/** Where its terminal is somebody else's, who decides how large it is, and whose terminal answers the guest. */
	readonly holder?: TerminalHolder | undefined;
	readonly past?: Past | undefined;
}

/** How the command of a sandbox has ended. */
export interface CommandEnd {
	readonly status: number;
	/** The sandbox's memory in KiB, where a process of the command was killed for want of that. */
	readonly outOfMemory?: number | undefined;
	/** It was ended before all was written to its images. */
	readonly isLost?: boolean | undefined;
}

/** What a console said before it was joined. */
interface Past {
	/** Of so many of its first bytes the questions to a terminal have been answered. */
	readonly bytes: number;
}

/** Who has a terminal that we look at. */
export interface TerminalHolder {
	readonly pid: number;
	readonly size: TerminalSize;
	/** Called with each new one. */
	onSize: (size: TerminalSize) => void;
}

/** One running sandbox that this process started. */
export interface Sandbox {
	readonly id: string;
	readonly name: string;
	readonly uri: string;
	readonly session: GuestSession;
	/** Whether its end was an order of ours, here or in another process: a command without a status was killed then. */
	readonly isOrdered?: () => boolean;
	/** Its command has ended, and what it has written to images of the host is to be written out: whether all of it came to be. Undefined: there is none. */
	readonly written?: () => Promise<boolean> | undefined;
	/** Ends the domain hard and waits until it is gone. */
	destroy(): Promise<void>;
	/**
	 * Waits until the domain has gone after the command's end and puts all away that belongs to it; rejects with a ShellError `unavailable`
	 * where something has to stay for `--clean`. `signal` gives up what takes long of that. Idempotent.
	 */
	close(signal?: AbortSignal): Promise<void>;
	/** The same for a process that ends now, where there is time to be won: does not wait for a domain that goes by itself within half a second. */
	leave?(signal?: AbortSignal): Promise<void>;
}

/** What a start would do. */
export interface Plan {
	readonly spec: SandboxSpec;
	readonly uri: string;
	readonly xml: string;
	/** The same as elements, each with what caused it. */
	readonly document?: Element;
	readonly notices: ReadonlyArray<{readonly level: 'info' | 'warning'; readonly code: string; readonly message: string}>;
}
