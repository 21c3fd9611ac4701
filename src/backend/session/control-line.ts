import type {Socket} from 'node:net';
import {ShellError, type ErrorCode} from '../../core/errors.ts';
import type {OutputCounts} from '../machine/ports/machine-line.ts';
import type {Caller} from '../host/caller.ts';
import type {TerminalSize} from '../types.ts';
import type {StreamsPlace} from '../start/running-sandbox.ts';

/** What a client asks of the process that owns a sandbox: the first line on `ID/control`. */
export type ControlRequest =
	| {readonly ask: 'session'; readonly session: SessionRequest}
	/** Joins a console that the owner holds, from the last so many bytes on that it said. */
	| {readonly ask: 'console'; readonly console: string; readonly recentBytes?: number | undefined}
	/** A signal, by number, to the command's process group. */
	| {readonly ask: 'signal'; readonly signal: number}
	/** Ends the sandbox hard; `done` when it has gone. */
	| {readonly ask: 'destroy'}
	/** Told of the command's end. */
	| {readonly ask: 'wait'}
	| {readonly ask: 'consoles'}
	/** Whether a machine whose command has ended has written all to its images; answered when that is known. */
	| {readonly ask: 'written'};

export interface SessionRequest {
	readonly command: readonly string[];
	readonly tty: boolean;
	readonly size: TerminalSize | undefined;
	readonly isOneOutput?: boolean | undefined;
	readonly cwd: string | undefined;
	readonly environment: Readonly<Record<string, string>>;
	/** A name, UID or UID:GID; undefined: whom the sandbox's command runs as. */
	readonly user: string | undefined;
	readonly caller: Pick<Caller, 'cwd' | 'environment' | 'bounds'>;
}

/** What else a client says, on later lines. */
export type ClientLine =
	/** Its ends of the session's pipes are open. */
	| {readonly say: 'go'}
	| {readonly say: 'signal'; readonly signal: number}
	| {readonly say: 'resize'; readonly size: TerminalSize}
	/** Base64. */
	| {readonly say: 'input'; readonly data: string}
	/** All of its terminal is read, and let go of: another session may have that. */
	| {readonly say: 'done'};

/** What the owner answers. */
export type OwnerLine =
	| {
			readonly tell: 'session';
			readonly number: number;
			/** `name`: of its console. */
			readonly terminal: {readonly tty: number; readonly mark: string; readonly name: string} | undefined;
			readonly place: StreamsPlace;
	  }
	| {readonly tell: 'ready'}
	/** `isOrdered`: the sandbox was ended by us, and nobody tells more. `outOfMemory`: the sandbox's memory in KiB, which the command had used up. `isLost`: not all was written to its images. */
	| {
			readonly tell: 'exit';
			readonly status: number;
			readonly isOrdered?: boolean;
			readonly outOfMemory?: number | undefined;
			readonly isLost?: boolean;
	  }
	/** After that, where streams have no end of their own: what came out of them in all; no `counts` where the sandbox was ended by us meanwhile. */
	| {readonly tell: 'wrote'; readonly counts?: OutputCounts | undefined}
	/** Who answers holds the console: bytes come and go on these lines, `done` is their end. `holder`: it has it on a terminal of its own. */
	| {readonly tell: 'relay'; readonly holder: {readonly pid: number; readonly size: TerminalSize} | undefined}
	/** That has changed. */
	| {readonly tell: 'size'; readonly size: TerminalSize}
	/** Nobody holds it: libvirt opens it. */
	| {readonly tell: 'direct'; readonly tty: number; readonly uri: string; readonly uuid: string}
	/** `answered`: of so many of its first bytes the questions to a terminal have been answered. */
	| {readonly tell: 'output'; readonly data: string; readonly answered?: number | undefined}
	| {readonly tell: 'done'}
	/** Undefined: it has none, or the command goes on. */
	| {readonly tell: 'written'; readonly isWritten?: boolean | undefined}
	| {readonly tell: 'consoles'; readonly consoles: ReadonlyArray<ConsoleFacts>}
	| {readonly tell: 'error'; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined};

export interface ConsoleFacts {
	/** `boot`, `tty`, `shell`, or `exec-N` for a spare one. */
	readonly name: string;
	readonly state: 'captured' | 'in use' | 'free';
}

/** Longer than any command line that the kernel would take. */
const longestLine = 4 * 1024 * 1024;

/** Writes one line. `onSent`: the system has taken it, or nothing is taken any more. */
export function sendLine(socket: Socket, line: ControlRequest | ClientLine | OwnerLine, onSent: () => void = () => undefined): void {
	if (socket.writable) socket.write(`${JSON.stringify(line)}\n`, () => onSent());
	else onSent();
}

/** Calls back with each line, parsed; destroys the socket on what is no line of JSON objects. */
export function receiveLines(socket: Socket, onLine: (line: unknown) => void): void {
	let rest = '';
	socket.setEncoding('utf8');
	socket.on('data', (text: string) => {
		const parts = (rest + text).split('\n');
		rest = parts.pop() ?? '';
		if (rest.length > longestLine) {
			socket.destroy();
			return;
		}
		for (const part of parts) {
			let line: unknown;
			try {
				line = JSON.parse(part);
			} catch {
				socket.destroy();
				return;
			}
			onLine(line);
		}
	});
}

/** An error as a line. */
export function describeError(error: unknown): OwnerLine {
	if (error instanceof ShellError) {
		return {tell: 'error', code: error.code, message: error.message, hint: error.hint};
	}
	return {tell: 'error', code: 'failed', message: error instanceof Error ? error.message : String(error), hint: undefined};
}

/** The other way round. */
export function errorOf({code, message, hint}: Extract<OwnerLine, {tell: 'error'}>): ShellError {
	return new ShellError(code, message, {hint});
}
