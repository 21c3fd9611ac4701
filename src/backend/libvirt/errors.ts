import {readDomain, readNetwork} from './wire-types.ts';
import type {XdrReader} from './xdr.ts';

/** libvirt's error numbers that programs branch on (virErrorNumber). */
export const errorCodes = {
	internal: 1,
	noConnect: 5,
	xml: 27,
	noDomain: 42,
	noNetwork: 43,
	authFailed: 45,
	operationInvalid: 55,
	authCancelled: 79,
	authUnavailable: 94,
} as const;

/** What libvirtd answered in place of a result. */
export class LibvirtError extends Error {
	override readonly name = 'LibvirtError';
	/** virErrorNumber; see `errorCodes`. */
	readonly code: number;
	/** virErrorDomain: the part of libvirt that failed. */
	readonly domain: number;
	/** 1 warning, 2 error. */
	readonly level: number;
	/** libvirt's own words, as it sent them: foreign text. */
	readonly text: string;
	/** The procedure that was called, for instance `DOMAIN_CREATE_XML`. */
	readonly procedure: string;

	constructor(fields: {readonly code: number; readonly domain: number; readonly level: number; readonly text: string; readonly procedure: string}) {
		super(fields.text);
		this.code = fields.code;
		this.domain = fields.domain;
		this.level = fields.level;
		this.text = fields.text;
		this.procedure = fields.procedure;
	}
}

/** Why a connection ended. `closed` is our own close(). */
export type CloseKind = 'closed' | 'ended' | 'socket' | 'protocol' | 'keepalive';

export interface CloseReason {
	readonly kind: CloseKind;
	/** One sentence without a full stop. */
	readonly message: string;
	readonly cause?: unknown;
}

/** The connection to libvirtd is gone: every call and stream on it rejects with this. */
export class ConnectionLost extends Error {
	override readonly name = 'ConnectionLost';
	readonly reason: CloseReason;
	/** The procedure that was waiting, or undefined for a call that was never sent and for streams. */
	readonly procedure: string | undefined;

	constructor(reason: CloseReason, procedure?: string) {
		super(reason.message, reason.cause === undefined ? undefined : {cause: reason.cause});
		this.reason = reason;
		this.procedure = procedure;
	}
}

/** libvirtd did not answer in time. The connection stays usable; what the call did is not known. */
export class CallTimeout extends Error {
	override readonly name = 'CallTimeout';
	readonly procedure: string;
	readonly timeoutMs: number;

	constructor(procedure: string, timeoutMs: number) {
		super(`libvirtd has not answered ${procedure} for ${timeoutMs} ms`);
		this.procedure = procedure;
		this.timeoutMs = timeoutMs;
	}
}

/** What kept a connection from being opened. */
export type ConnectProblem = 'uri' | 'absent' | 'refused' | 'permission' | 'auth' | 'transport' | 'timeout' | 'start' | 'socket';

/** No connection could be opened; `problem` says why. An error of libvirtd's own OPEN is a LibvirtError. */
export class ConnectFailed extends Error {
	override readonly name = 'ConnectFailed';
	readonly problem: ConnectProblem;
	readonly uri: string;
	/** What can be done, one sentence, where this client knows it. */
	readonly hint: string | undefined;

	constructor(problem: ConnectProblem, uri: string, message: string, cause?: unknown, hint?: string) {
		super(message, cause === undefined ? undefined : {cause});
		this.problem = problem;
		this.uri = uri;
		this.hint = hint;
	}
}

/** Whether an error is libvirtd's with this number. */
export function hasCode(error: unknown, code: number): error is LibvirtError {
	return error instanceof LibvirtError && error.code === code;
}

/** Reads remote_error. */
export function readError(reader: XdrReader, procedure: string): LibvirtError {
	const code = reader.signed();
	const domain = reader.signed();
	const message = reader.optionalString();
	const level = reader.signed();
	reader.optional(() => readDomain(reader));
	reader.optionalString();
	reader.optionalString();
	reader.optionalString();
	reader.signed();
	reader.signed();
	reader.optional(() => readNetwork(reader));
	return new LibvirtError({code, domain, level, text: message ?? `libvirt error ${code}`, procedure});
}
