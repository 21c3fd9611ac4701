import {usageError} from '../core/errors.ts';
import {enumerateWords} from '../core/enumerate-words.ts';
import {didYouMean} from '../core/nearest-word.ts';
import {defaultSpec} from './default-spec.ts';
import type {Key, KeyOption, KeyValues, OptionGroup} from './key.ts';
import type {SandboxSpec} from './types.ts';

/** A key with one value, as it is defined. */
interface Single extends Pick<Key, 'name' | 'help' | 'placeholder' | 'fallback' | 'checkInProfile'>, Partial<Pick<Key, 'aliases' | 'values' | 'form'>> {
	/** The options that set it: a group, the one of its name. */
	readonly options: OptionGroup | readonly KeyOption[];
	get(spec: SandboxSpec): string | undefined;
	set(spec: SandboxSpec, word: string, directory: string): SandboxSpec;
	unset(spec: SandboxSpec): SandboxSpec;
}

/** A key with one value: one word, no more. */
function single(key: Single): Key {
	return {
		aliases: [],
		values: {kind: 'word'},
		form: 'text',
		...key,
		options: typeof key.options === 'string' ? [{name: key.name, group: key.options}] : key.options,
		many: false,
		get(spec) {
			const value = key.get(spec);
			return value === undefined ? undefined : [value];
		},
		set(spec, words, directory) {
			const [word, more] = words;
			if (word === undefined) {
				throw usageError(`The key '${key.name}' needs a value`, `Write set ${key.name} ${key.placeholder}.`);
			}
			if (more !== undefined) {
				throw usageError(`The key '${key.name}' takes one word, and '${more}' is a second`, 'Quote a value that holds blanks.');
			}
			return key.set(spec, word, directory);
		},
	};
}

/** How one value is read and written. */
interface Words<Value> {
	parse(text: string, directory: string): Value;
	/** Undefined: nothing is set. Left out: the value is its own text. */
	format?(value: Exclude<Value, undefined>): string | undefined;
}

type Described = Omit<Single, 'name' | 'get' | 'set' | 'unset'>;

function written<Value>(value: Value, unset: Value, format: Words<Value>['format'] = String): string | undefined {
	return value === unset || value === undefined ? undefined : format(value as Exclude<Value, undefined>);
}

/** The key of a field of the spec. */
export function field<F extends keyof SandboxSpec>(name: F, {parse, format, ...key}: Described & Words<SandboxSpec[F]>): Key {
	return single({
		...key,
		name,
		get: (spec) => written(spec[name], defaultSpec[name], format),
		set: (spec, text, directory) => ({...spec, [name]: parse(text, directory)}),
		unset: (spec) => ({...spec, [name]: defaultSpec[name]}),
	});
}

type Parted = 'limits' | 'kernel' | 'consoles';

/** How a part of such a field is described. */
export type PartKey<F extends Parted, P extends keyof SandboxSpec[F]> = Described & Pick<Single, 'name'> & Words<SandboxSpec[F][P]>;

/** The key of a part of such a field. */
export function part<F extends Parted, P extends keyof SandboxSpec[F]>([of, name]: readonly [F, P], {parse, format, ...key}: PartKey<F, P>): Key {
	return single({
		...key,
		get: (spec) => written(spec[of][name], defaultSpec[of][name], format),
		set: (spec, text, directory) => ({...spec, [of]: {...spec[of], [name]: parse(text, directory)}}),
		unset: (spec) => ({...spec, [of]: {...spec[of], [name]: defaultSpec[of][name]}}),
	});
}

/** The word itself, if it is one of these; else a usage error that names the nearest. */
export function oneOf<W extends string>(words: Readonly<Record<W, string>>, text: string, what: string): W {
	const names = Object.keys(words) as W[];
	const found = names.find((name) => name === text);
	if (found === undefined) {
		throw usageError(`There is no ${what} '${text}'`, didYouMean(text, names) ?? `It is ${enumerateWords(names)}.`);
	}
	return found;
}

const truths: Readonly<Record<string, boolean>> = {on: true, yes: true, true: true, off: false, no: false, false: false};
/** The two values of a switch, for completion. */
export const onOff: KeyValues = {kind: 'choice', words: {on: 'yes', off: 'no'}};

/** Reads on, yes, true, off, no, false. */
export function parseTruth(text: string, what?: string): boolean {
	const value = Object.hasOwn(truths, text) ? truths[text] : undefined;
	if (value === undefined) {
		const subject = what === undefined ? `'${text}'` : `The value '${text}' of ${what}`;
		throw usageError(`${subject} is neither on nor off`, didYouMean(text, Object.keys(truths)) ?? 'Write on, yes or true, or off, no or false.');
	}
	return value;
}
