import type {Output} from '../core/output.ts';
import type {CommandContext} from './context.ts';
import type {Candidate, CompletionContext} from './completion.ts';

/** What a word may be: how it is called in help, how it is read (throws a usage error), and what may stand there. */
export interface Kind<T> {
	/** As help shows it: `NAME`, `SIZE`, `on|off`. */
	readonly placeholder: string;
	parse(text: string): T;
	complete?(prefix: string, context: CompletionContext): Iterable<Candidate> | Promise<Iterable<Candidate>>;
}

type Role = 'required' | 'optional' | 'rest' | 'option' | 'repeated' | 'flag';

export interface Param<T> {
	readonly role: Role;
	readonly help: string;
	readonly kind: Kind<unknown> | undefined;
	/** One letter, `-f`. */
	readonly short: string | undefined;
	/** Other long names that are understood. */
	readonly aliases: readonly string[];
	/** rest: from the first of these words on, nothing is an option any more. `dashes`: they start only after `--`. */
	readonly raw: boolean | 'dashes';
	/** rest: at least so many. */
	readonly least: number;
	/** Carries the type only. */
	readonly type?: T;
}

/** Declaration order is positional order. */
type Params = Readonly<Record<string, Param<unknown>>>;
type Args<P extends Params> = Readonly<{[K in keyof P]: P[K] extends Param<infer T> ? T : never}>;

export const groups = {
	definition: 'Definitions',
	parts: 'Parts of a definition',
	profile: 'Profiles',
	life: 'Running sandboxes',
	look: 'Looking at sandboxes',
	consoles: 'Consoles',
	host: 'Host and connection',
	shell: 'The shell itself',
} as const;
export type Group = keyof typeof groups;

export interface Command<P extends Params = Params> {
	readonly name: string;
	readonly aliases?: readonly string[];
	readonly group: Group;
	readonly summary: string;
	readonly description?: string;
	/** Not listed in help and completion. */
	readonly hidden?: boolean;
	readonly params: P;
	readonly examples?: ReadonlyArray<readonly [line: string, explanation: string]>;
	/** Looks at the arguments together before anything of the script runs; throws WrongArgument or a usage error. */
	check?(args: Args<P>): void;
	/** Its failures, and the status of what it ran, are the guest's: faults of ours end 125. */
	readonly relaysStatus?: boolean;
	run(args: Args<P>, context: CommandContext): AsyncIterable<Output>;
}

/** Keeps the types of the parameters. */
export function defineCommand<const P extends Params>(command: Command<P>): Command<P> {
	return command;
}

const plain = {short: undefined, aliases: [], raw: false, least: 0} as const;

/** A word that must be there. */
export function required<T>(kind: Kind<T>, help: string, more: {aliases?: readonly string[]} = {}): Param<T> {
	return {...plain, role: 'required', kind, help, ...more};
}

/** A word that may be left out. */
export function optional<T>(kind: Kind<T>, help: string, more: {aliases?: readonly string[]} = {}): Param<T | undefined> {
	return {...plain, role: 'optional', kind, help, ...more};
}

/** All further words. */
export function rest<T>(kind: Kind<T>, help: string, more: {raw?: boolean | 'dashes'; least?: number} = {}): Param<readonly T[]> {
	return {...plain, role: 'rest', kind, help, ...more};
}

/** `--name VALUE`, at most once. */
export function option<T>(kind: Kind<T>, help: string, more: {short?: string; aliases?: readonly string[]} = {}): Param<T | undefined> {
	return {...plain, role: 'option', kind, help, ...more};
}

/** `--name VALUE`, as often as wanted. */
export function repeated<T>(kind: Kind<T>, help: string, more: {short?: string} = {}): Param<readonly T[]> {
	return {...plain, role: 'repeated', kind, help, ...more};
}

/** `--name`. */
export function flag(help: string, more: {short?: string; aliases?: readonly string[]} = {}): Param<boolean> {
	return {...plain, role: 'flag', kind: undefined, help, ...more};
}

/** `keepGoing` → `keep-going`. */
export function optionName(key: string): string {
	return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A usage error that names the parameter at fault, so that the place in the line can be told. */
export class WrongArgument extends Error {
	/** By its name: the screen is a module of its own, with a copy of this class. */
	static override [Symbol.hasInstance](value: unknown): boolean {
		// A subclass inherits this: of one is only what it made.
		if (this !== WrongArgument) return Function.prototype[Symbol.hasInstance].call(this, value);
		return value instanceof Error && value.name === 'WrongArgument';
	}

	override readonly name = 'WrongArgument';
	readonly param: string;
	readonly index: number;
	readonly hint: string | undefined;

	constructor(param: string, message: string, hint?: string, index = 0) {
		super(message);
		this.param = param;
		this.hint = hint;
		this.index = index;
	}
}
