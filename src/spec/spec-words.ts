import {usageError} from '../core/errors.ts';
import {defaultSpec} from './default-spec.ts';
import {findKey, keys} from './keys.ts';
import type {SandboxSpec} from './types.ts';

/** What is set in a spec, key by key, as the words that set it: the form in which programs keep a spec for one another. */
export type SpecWords = Readonly<Record<string, readonly string[]>>;

/** Writes a spec as words; throws where a part cannot be written as an option. */
export function writeSpecWords(spec: SandboxSpec): SpecWords {
	return Object.fromEntries(
		keys.flatMap((key) => {
			const words = key.get(spec);
			return words === undefined ? [] : [[key.name, words]];
		}),
	);
}

/** Reads what `writeSpecWords` wrote, every word checked anew; throws a usage error for anything else. */
export function readSpecWords(value: unknown): SandboxSpec {
	if (typeof value !== 'object' || value === null) {
		throw usageError('The stored description of the sandbox is not an object');
	}
	let spec = defaultSpec;
	for (const [name, words] of Object.entries(value)) {
		if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) {
			throw usageError(`The stored value of '${name}' is not a list of words`);
		}
		spec = findKey(name).set(spec, words, '/');
	}
	return spec;
}
