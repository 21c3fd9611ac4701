import type {SandboxSpec} from './types.ts';

/** What may be written as the value of a key, for completion. */
export type KeyValues =
	| {readonly kind: 'choice' | 'choice-or-path'; readonly words: Readonly<Record<string, string>>}
	| {readonly kind: 'host-path' | 'sandbox-path' | 'word' | 'words' | 'uri' | 'user' | 'kernel-version'};

/** Headings of virt-sandbox's help, in its order. */
export const optionGroups = [
	'Sandbox',
	'Command',
	'Files',
	'Network and security',
	'Limits',
	'Machine',
	'Running ones',
	'Checking',
	'Output',
	'Connection',
] as const;
export type OptionGroup = (typeof optionGroups)[number];

/** An option of virt-sandbox that sets a key. */
export interface KeyOption {
	/** Its long name. */
	readonly name: string;
	readonly short?: string;
	readonly group: OptionGroup;
	/** Where it is not what the key's own says. */
	readonly help?: string;
	/** Name of its value in the help; default: the key's placeholder. */
	readonly value?: string;
	/** Options it cannot be given with. */
	readonly excludes?: readonly string[];
	/** What a switch sets. */
	readonly word?: string;
	/** Words of the key that are none of the option, each with what to do instead. */
	readonly refused?: Readonly<Record<string, string>>;
	/** Its value names a file that holds words. */
	readonly file?: {
		/** What the file is called. */
		readonly what: string;
		/** What a line of it is. */
		readonly line: string;
		/** The words in its text; throws a usage error. */
		read(text: string, path: string): readonly string[];
	};
}

/** What JSON has a value as; `size`: a text with a unit, or a number of bytes or seconds. */
type KeyForm = 'text' | 'size' | 'integer' | 'boolean' | 'choice' | 'list' | 'object';

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
	readonly options: readonly KeyOption[];
	readonly form: KeyForm;
	/** Takes several words: each is one item, or (command) one word of it. */
	readonly many: boolean;
	/** Of several words: what tells an item from the others. A profile's items are added to those that are there; undefined: they take their place. */
	identify?(word: string): string;
	/** Refuses in a profile, which may be anybody's, what people may write themselves. */
	checkInProfile?(word: string): void;
	/** The value as `set` reads it back, one text for each word; undefined: not set. */
	get(spec: SandboxSpec): readonly string[] | undefined;
	/** Reads words as the value; throws a usage error. `directory`: where relative paths of the host start. */
	set(spec: SandboxSpec, words: readonly string[], directory: string): SandboxSpec;
	unset(spec: SandboxSpec): SandboxSpec;
}
