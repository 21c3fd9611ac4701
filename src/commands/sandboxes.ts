import type {CommandEnd, Plan, Sandbox, GuestSession, TerminalSize, Voice} from '../backend/types.ts';
import type {XmlFault} from '../backend/xml/scan/scanned.ts';
import type {BackendName} from '../spec/backends.ts';
import type {AskedEnvironment, SandboxSpec} from '../spec/types.ts';

/** One domain as list shows it. */
export interface DomainRow {
	readonly name: string;
	readonly id: string | undefined;
	/** libvirt's word: running, paused, shut off, … */
	readonly state: string;
	readonly uri: string;
	/** Another one for each start of a sandbox. */
	readonly uuid: string;
	/** It carries our metadata. */
	readonly ours: boolean;
}

/** What is known of one domain now. */
export interface DomainFacts extends DomainRow {
	readonly vcpus: number;
	readonly memoryKiB: number;
	readonly maximumMemoryKiB: number;
	readonly cpuTimeMs: number;
	/** And threads; known of containers to root. */
	readonly processes: number | undefined;
	/** A number; or that there is none, and why. */
	readonly processLimit: number | string;
	readonly label: string | undefined;
	readonly stateDirectory: string | undefined;
	readonly ownerPid: number | undefined;
	/** What it was started from; environment values are not in it. */
	readonly spec: SandboxSpec | undefined;
	/** `address/prefix`. */
	readonly addresses: readonly string[];
}

/** What one domain used so far; null: the driver does not know. */
export interface DomainFigures {
	readonly name: string;
	readonly state: string;
	readonly cpuTimeMs: number | null;
	readonly memoryKiB: number | null;
	/** And threads; known of containers to root. */
	readonly processes: number | null;
	readonly readKiB: number | null;
	readonly writtenKiB: number | null;
	readonly receivedKiB: number | null;
	readonly sentKiB: number | null;
}

/** A change in a domain's life, in libvirt's words; `network-lost` and `network-back` are ours. */
export interface DomainEvent {
	readonly timeMs: number;
	readonly name: string;
	readonly event: string;
	readonly ours: boolean | undefined;
}

export interface Calling {
	/** undefined: the default of the host. */
	readonly uri: string | undefined;
	/** Where the default is asked for: the one for this backend. */
	readonly backend?: BackendName | undefined;
	readonly signal: AbortSignal;
	/** Told what is done besides. */
	readonly voice?: Voice | undefined;
}

export interface Starting extends Calling {
	readonly voice: Voice;
	readonly size?: TerminalSize | undefined;
}

export interface NetworkRow {
	readonly name: string;
	readonly uuid: string;
	/** A sandbox can be on it. */
	readonly active: boolean;
	readonly bridge: string | null;
	readonly forward: string | null;
	readonly dhcp: boolean;
}

/** One check of this host: what was looked at, what came out, and what mends it. */
export interface Finding {
	readonly area: string;
	readonly subject: string;
	readonly state: 'ok' | 'missing' | 'broken' | 'unknown';
	readonly detail: string;
	/** The command that mends it. */
	readonly mend: string | null;
}

/** What is not there that a start needs. */
export interface Lack {
	/** error: the start fails. */
	readonly level: 'error' | 'warning';
	readonly message: string;
	readonly hint: string;
}

/** What is wrong with a document. */
export interface DocumentFaults {
	/** In the order of the text. */
	readonly faults: readonly XmlFault[];
	/** Why libvirt's schema was not asked; undefined: it was. */
	readonly lacking: string | undefined;
}

interface Exec {
	readonly command: readonly string[];
	readonly tty: boolean;
	readonly cwd: string | undefined;
	readonly environment: AskedEnvironment;
	readonly user: string | undefined;
	readonly size?: TerminalSize | undefined;
}

/** What one console is. */
interface ConsoleRow {
	readonly name: string;
	readonly kind: string;
	readonly state: string;
}

/** Which sandbox is called: with a uuid that one only, whatever others have its name. */
export interface Joining extends Calling {
	readonly uuid?: string | undefined;
	/** How much of what a console said before is given first, in bytes; undefined: a little. */
	readonly recentBytes?: number | undefined;
}

export interface Following extends Calling {
	/** From now on nothing is missed. */
	readonly onReady?: (() => void) | undefined;
}

interface LogOptions extends Calling {
	readonly console: string | undefined;
	readonly follow: boolean;
	/** Milliseconds since 1970; undefined: all. */
	readonly sinceMs: number | undefined;
}

/**
 * The running side, as commands need it. Wired to the backend by the program, which loads it on first use;
 * every method rejects with a ShellError.
 */
export interface Sandboxes {
	/** The connection where none is named; starts nothing. */
	defaultUri(signal: AbortSignal): Promise<string>;
	/** What a word that names a connection stands for: a URI for itself, another word for one of libvirt.conf's uri_aliases. */
	resolveUri(text: string): Promise<string>;
	/** Tries a connection; gives its URI. */
	connect(options: Calling & {readonly readonly: boolean}): Promise<string>;
	/** Running domains of ours; `all`: every domain, in every state. */
	list(options: Calling & {readonly all: boolean}): Promise<readonly DomainRow[]>;
	/** The domain XML of a spec and what is to be said about it; starts nothing. */
	plan(spec: SandboxSpec, options: Calling): Promise<Plan>;
	/**
	 * What is wrong with a domain's document. The host is looked at where it does not come from a definition, whose host has been; libvirt, where
	 * it has not taken it already, is asked where it can be.
	 */
	checkDocument(text: string, options: Calling & {readonly origin: 'definition' | 'domain' | 'file'}): Promise<DocumentFaults>;
	/** What a start of a spec would lack on this host, all of it at once. */
	lacks(spec: SandboxSpec, options: Calling): Promise<readonly Lack[]>;
	/** A sandbox whose first session the caller joins and which the caller closes. */
	start(spec: SandboxSpec, options: Starting): Promise<Sandbox>;
	/** A sandbox in the background, its consoles captured; gives its name once it is ready. */
	startDetached(spec: SandboxSpec, options: Starting): Promise<string>;
	/** Asks the command to end, and destroys the domain `graceMs` later; resolves when it is gone. */
	stop(name: string, options: Calling & {readonly graceMs: number}): Promise<void>;
	destroy(name: string, options: Calling): Promise<void>;
	suspend(name: string, options: Calling): Promise<void>;
	resume(name: string, options: Calling): Promise<void>;
	/** Sends a signal to the command's process group. */
	signal(name: string, number: number, options: Calling): Promise<void>;
	/** Waits for its end; gives the command's where that is known. */
	wait(name: string, options: Calling): Promise<CommandEnd | undefined>;
	exec(name: string, exec: Exec, options: Calling): Promise<GuestSession>;
	info(name: string, options: Calling): Promise<DomainFacts>;
	/** What libvirt has as the XML of any domain. */
	domainXml(name: string, options: Calling): Promise<string>;
	/** Of one domain, or of all that run. */
	stats(name: string | undefined, options: Calling): Promise<readonly DomainFigures[]>;
	/** Ends when the signal is aborted. */
	events(options: Following): AsyncIterable<DomainEvent>;
	consoles(name: string, options: Joining): Promise<readonly ConsoleRow[]>;
	/** Calls back whenever somebody has begun a command on a terminal of its own in this sandbox, until the signal; asks nobody. */
	watchConsoles(name: string, onConsole: () => void, options: Joining): Promise<void>;
	/** Joins a console as a session. */
	console(name: string, console: string | undefined, options: Joining): Promise<GuestSession>;
	/** Captured lines, oldest first. */
	log(name: string, options: LogOptions): AsyncIterable<{readonly timeMs: number; readonly console: string; readonly text: string}>;
	/** Removes what sandboxes left whose owner is gone. */
	clean(
		options: Calling,
	): Promise<ReadonlyArray<{readonly id: string; readonly name: string | undefined; readonly result: string; readonly reason: string | undefined}>>;
	/** XML. */
	capabilities(options: Calling): Promise<string>;
	networks(options: Calling): Promise<readonly NetworkRow[]>;
	/** Starts one of libvirt's; false: it is active already. */
	startNetwork(name: string, options: Calling): Promise<boolean>;
	/** Checks what this host can host. */
	diagnose(options: Calling): AsyncIterable<Finding>;
	/** The connections that sandboxes of this user run on; asks no daemon. */
	places(): Promise<readonly string[]>;
	/** Names of the sandboxes that would end with this session. */
	living(): readonly string[];
	/** Names of the sandboxes that this session has started and that run on after it; asks no daemon. */
	staying(): Promise<readonly string[]>;
	/** Ends what lives with this session. Called once, at the end. */
	close(): Promise<void>;
}
