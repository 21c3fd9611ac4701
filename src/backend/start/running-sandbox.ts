import type {Duplex} from 'node:stream';
import type {SandboxSpec} from '../../spec/types.ts';
import type {HeldDevices} from '../guest/image/held-devices.ts';
import type {GuestPlace} from '../guest/root/guest-places.ts';
import type {SessionPlan} from '../guest/command-file.ts';
import type {ControlChannel, SessionProgress} from '../guest/streams/control-channel.ts';
import type {ProgramBasis} from '../guest/program/program-basis.ts';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import type {Caller} from '../host/caller.ts';
import type {Account} from '../host/users.ts';
import type {GuestSession} from '../types.ts';
import type {UsedUpMemory} from '../limits/watch-memory.ts';

/** The console that the guest itself logs to; others begin with 2. */
export const logConsole = 1;

/** Which of a guest's consoles is what. */
export interface Consoles {
	readonly command: number | undefined;
	readonly shell: number | undefined;
	readonly spare: readonly number[];
	readonly count: number;
}

/** Numbers the consoles of a guest. */
export function assignConsoles(spec: SandboxSpec): Consoles {
	let count = logConsole;
	const command = spec.tty ? ++count : undefined;
	const shell = spec.consoles.shell ? ++count : undefined;
	const spare = Array.from({length: spec.consoles.spare}, () => ++count);
	return {command, shell, spare, count};
}

/** What of a plan further sessions are made from. */
export interface SessionBasis {
	readonly spec: SandboxSpec;
	/** Prefix of its root on the host. */
	readonly rootBase: string;
	readonly account: Account;
	/** Of the first command. */
	readonly environment: Readonly<Record<string, string>>;
	readonly program: ProgramBasis;
	readonly consoles: Consoles;
	/** What is mounted where. */
	readonly places: readonly GuestPlace[];
}

/** How a client, who may be another process, gets to the streams of a session. */
export type StreamsPlace =
	/** Named pipes of the session's number. */
	| {readonly kind: 'pipes'; readonly directory: string}
	/** The terminal is a console that libvirt opens. */
	| {readonly kind: 'libvirt'; readonly uri: string; readonly uuid: string}
	/** UNIX sockets of the session's number; each takes one connection. */
	| {readonly kind: 'sockets'; readonly directory: string};

/** A further session: all is ready on the host, the guest knows nothing of it. */
export interface PreparedSession {
	readonly place: StreamsPlace;
	/** The client has its ends. May be called again once a session with a terminal has ended. */
	begin(): SessionProgress;
	/** Puts away what the client does not need any more. */
	forget(): void;
}

/** A sandbox whose command has begun, of whatever backend, as the process that owns it has it in hand. */
export interface RunningSandbox {
	readonly plan: SessionBasis;
	readonly caller: Caller;
	readonly state: StateDirectory;
	readonly name: string;
	readonly uuid: string;
	readonly uri: string;
	readonly control: ControlChannel;
	readonly session: GuestSession;
	/** The guest has the command's program; does not settle where it has not. */
	readonly found: Promise<void>;
	/** All output of the command is here, once it has ended. */
	readonly drained: Promise<void>;
	/** Earlier leftovers are put away over the same connection. */
	readonly tidied: Promise<void>;
	/** Gives host files the labels back that they had; after the domain's end. The signal gives that up, and leaves it to `--clean`. */
	readonly putBack: (signal?: AbortSignal) => Promise<void>;
	/** Its block devices; they are let go once nothing of it writes to them any more. */
	readonly held: HeldDevices;
	/** Removes its state directory and all that goes with it. */
	readonly remove: (signal: AbortSignal | undefined) => Promise<void>;
	/** Whether others open its consoles by libvirt; else only its owner has them. */
	readonly sharesConsoles: boolean;
	/** Its users are those of the host: what it was given is open to them as there. */
	readonly sharesUsers: boolean;
	readonly usedUpMemory: UsedUpMemory;
	/** Suspended, it takes no further command; false where that is not known. */
	isSuspended(): Promise<boolean>;
	openConsole(number: number): Promise<Duplex>;
	prepareSession(plan: SessionPlan): Promise<PreparedSession>;
}
