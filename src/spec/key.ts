import type {SandboxSpec} from './types.ts';

/** What may be written as the value of a key, for completion. */
export type KeyValues =
	| {readonly kind: 'choice' | 'choice-or-path'; readonly words: Readonly<Record<string, string>>}
	| {readonly kind: 'host-path' | 'sandbox-path' | 'word' | 'words' | 'uri' | 'user' | 'kernel-version'};

/** One value of a definition by the name that people give it. */
export interface Key {
	readonly name: string;
	readonly aliases: readonly string[];
	readonly help: string;
	/** How the value is written, as `SIZE`. */
	readonly placeholder: string;
	readonly values: KeyValues;
	/** What counts while the key is not set. */
	readonly fallback: string;
	/** Takes several words: each is one item, or (command) one word of it. */
	readonly many: boolean;
	/** The value as `set` reads it back, one text for each word; undefined: not set. */
	get(spec: SandboxSpec): readonly string[] | undefined;
	/** Reads words as the value; throws a usage error. `directory`: where relative paths of the host start. */
	set(spec: SandboxSpec, words: readonly string[], directory: string): SandboxSpec;
	unset(spec: SandboxSpec): SandboxSpec;
}
