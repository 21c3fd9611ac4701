/** What kind of failure it is; programs branch on it, never on a message. */
export type ErrorCode = 'usage' | 'not-found' | 'refused' | 'unavailable' | 'interrupted' | 'failed' | 'not-executable' | 'no-command';

export interface ShellErrorOptions {
	/** What the user can do now, one sentence. */
	readonly hint?: string | undefined;
	readonly cause?: unknown;
}

/** A failure that a person can act on: what failed, which thing, and (the hint) what now. */
export class ShellError extends Error {
	/** By its name: the screen is a module of its own, with a copy of this class. */
	static override [Symbol.hasInstance](value: unknown): boolean {
		// A subclass inherits this: of one is only what it made.
		if (this !== ShellError) return Function.prototype[Symbol.hasInstance].call(this, value);
		return value instanceof Error && value.name === 'ShellError';
	}

	override readonly name = 'ShellError';
	readonly code: ErrorCode;
	readonly hint: string | undefined;

	constructor(code: ErrorCode, message: string, options: ShellErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : {cause: options.cause});
		this.code = code;
		this.hint = options.hint;
	}
}

/** An error for input that a person typed wrong. */
export function usageError(message: string, hint?: string): ShellError {
	return new ShellError('usage', message, {hint});
}

/** A hint with its full stop, whoever wrote it; a line of usage has none, since it is to be typed. */
export function hintSentence(hint: string): string {
	return /[\p{L}\p{N})'"`]$/u.test(hint) && !hint.includes('Usage: ') ? `${hint}.` : hint;
}
