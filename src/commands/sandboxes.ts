import type {Plan, Sandbox, TerminalSize, Voice} from '../backend/types.ts';
import type {SandboxSpec} from '../spec/types.ts';

/** One domain as list shows it. */
export interface DomainRow {
	readonly name: string;
	readonly id: string | undefined;
	/** libvirt's word: running, paused, shut off, … */
	readonly state: string;
	readonly uri: string;
	/** It carries our metadata. */
	readonly ours: boolean;
}

export interface Calling {
	/** undefined: the default of the host. */
	readonly uri: string | undefined;
	readonly signal: AbortSignal;
}

export interface Starting extends Calling {
	readonly voice: Voice;
	readonly size?: TerminalSize | undefined;
}

/**
 * The running side, as commands need it. Wired to the backend by the program, which loads it on first use;
 * every method rejects with a ShellError.
 */
export interface Sandboxes {
	/** The connection where none is named; starts nothing. */
	defaultUri(signal: AbortSignal): Promise<string>;
	/** Tries a connection; gives its URI. */
	connect(options: Calling & {readonly readonly: boolean}): Promise<string>;
	/** Running domains of ours; `all`: every domain, in every state. */
	list(options: Calling & {readonly all: boolean}): Promise<readonly DomainRow[]>;
	/** The domain XML of a spec and what is to be said about it; starts nothing. */
	plan(spec: SandboxSpec, options: Calling): Promise<Plan>;
	/** What libvirt's schema has against a document; none: it is valid. Undefined: it cannot be asked here. */
	checkSchema(xml: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
	start(spec: SandboxSpec, options: Starting): Promise<Sandbox>;
	/** Names of the sandboxes that would end with this session. */
	living(): readonly string[];
	/** Ends what lives with this session. Called once, at the end. */
	close(): Promise<void>;
}
