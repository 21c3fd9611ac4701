import {ShellError, usageError} from '../core/errors.ts';
import {isObject} from '../core/is-object.ts';
import {didYouMean} from '../core/nearest-word.ts';
import type {Key} from './key.ts';
import {keys} from './keys.ts';
import {formatEnvironment, parseEnvironment} from './parse/parse-environment.ts';
import type {SandboxSpec} from './types.ts';

/** Where editors find the schema of profiles. */
export const profileSchemaUri = 'https://virt-sandbox.org/schema/profile-1.json';

/** The version of profiles that this program writes. */
export const profileVersion = 1;

/** What a profile file says, read but not yet put into a spec. */
export interface Profile {
	readonly include: readonly string[];
	readonly sandbox: Readonly<Record<string, unknown>>;
}

const topLevel = ['$schema', 'version', 'description', 'include', 'sandbox'];

/** The path of a key within `sandbox`: `cpu-shares` → [cpuShares], `kernel.path` → [kernel, path]. */
export function profilePath(key: Key): readonly string[] {
	return key.name.split('.').map((part) => part.replaceAll(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase()));
}

/** Keys that a profile holds: all but the name, which is the definition's own. */
export const profileKeys: readonly Key[] = keys.filter(({name}) => name !== 'name');

/** A spec's set values as `sandbox` of a profile: path → JSON value; undefined: not set. */
export function profileValues(spec: SandboxSpec): ReadonlyArray<readonly [path: readonly string[], value: unknown]> {
	return profileKeys.map((key) => {
		const words = key.get(spec);
		return [profilePath(key), words === undefined ? undefined : toJson(key, words)] as const;
	});
}

function toJson(key: Key, words: readonly string[]): unknown {
	const [word = ''] = words;
	switch (key.form) {
		case 'object':
			return Object.fromEntries(words.map(parseEnvironment));
		case 'list':
			return words;
		case 'integer':
			return Number(word);
		case 'boolean':
			return word === 'on';
		case 'text':
		case 'size':
		case 'choice':
			return word;
	}
}

/** Checks the shape of a profile; throws a ShellError that names the key at fault. */
export function readProfile(value: unknown, what: string): Profile {
	if (!isObject(value)) {
		throw new ShellError('failed', `${what} holds no object`, {hint: 'A profile is {"version": 1, "sandbox": {…}}.'});
	}
	const {version} = value;
	if (typeof version === 'number' && version > profileVersion) {
		throw new ShellError('refused', `${what} has version ${version}, and this program knows ${profileVersion}`, {
			hint: 'The file is left as it is; use a later virt-sandbox-shell.',
		});
	}
	if (version !== profileVersion) {
		throw new ShellError('failed', `${what} has no version ${profileVersion}`, {hint: `Add "version": ${profileVersion}.`});
	}
	for (const key of Object.keys(value)) {
		if (!topLevel.includes(key)) {
			throw unknownKey(key, topLevel, what);
		}
	}
	const include = value['include'] ?? [];
	if (!Array.isArray(include) || !include.every((each) => typeof each === 'string')) {
		throw new ShellError('failed', `The include of ${inSentence(what)} is not a list of profile names`);
	}
	const sandbox = value['sandbox'] ?? {};
	if (!isObject(sandbox)) {
		throw new ShellError('failed', `The sandbox of ${inSentence(what)} is not an object`);
	}
	if ('name' in sandbox) {
		throw new ShellError('failed', `The sandbox of ${inSentence(what)} has a name`, {hint: 'The name is given where the profile is used: take it out.'});
	}
	return {include, sandbox};
}

/** Puts a profile's values into a spec; lists are added to those that are there, relative paths of the host start at /. Throws a ShellError that names the key. */
export function applyProfile(spec: SandboxSpec, {sandbox}: Profile, what: string): SandboxSpec {
	const flat = new Map<string, unknown>();
	for (const [name, value] of Object.entries(sandbox)) {
		if (name === 'kernel' && isObject(value)) {
			for (const [part, inner] of Object.entries(value)) {
				flat.set(`kernel.${part}`, inner);
			}
		} else {
			flat.set(name, value);
		}
	}
	const byPath = new Map(profileKeys.map((key) => [profilePath(key).join('.'), key]));
	return [...flat].reduce((changed, [path, value]) => {
		const key = byPath.get(path);
		if (key === undefined) {
			throw unknownKey(path, [...byPath.keys()], what);
		}
		const words = toWords(key, value, what);
		try {
			for (const word of words) key.checkInProfile?.(word);
			return words.length === 0 && key.many ? changed : key.set(changed, merge(key.get(changed) ?? [], words, key), '/');
		} catch (error) {
			if (error instanceof ShellError) {
				throw new ShellError('failed', `${what}, key '${path}': ${error.message}`, {hint: error.hint, cause: error});
			}
			throw error;
		}
	}, spec);
}

/** A later item takes the place of one with the same target, tag or name. */
function merge(before: readonly string[], words: readonly string[], key: Key): readonly string[] {
	const {identify} = key;
	if (identify === undefined) return words;
	const fresh = new Set(words.map(identify));
	return [...before.filter((word) => !fresh.has(identify(word))), ...words];
}

function toWords(key: Key, value: unknown, what: string): readonly string[] {
	const path = profilePath(key).join('.');
	const wrong = (wanted: string, shape = key.placeholder) =>
		new ShellError('failed', `The key '${path}' of ${inSentence(what)} is not ${wanted}`, {hint: `Write it as ${shape}.`});
	if (key.form === 'object') {
		if (!isObject(value) || !Object.values(value).every((each) => typeof each === 'string' || each === null)) {
			throw wrong('an object of strings', '{"NAME": "VALUE"}');
		}
		return Object.entries(value).map(([name, text]) => formatEnvironment(name, text === null ? null : String(text)));
	}
	if (key.many) {
		if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) {
			throw wrong('a list of strings');
		}
		return value;
	}
	if (typeof value === 'boolean' && key.form === 'boolean') {
		return [value ? 'on' : 'off'];
	}
	if (typeof value === 'number' && Number.isFinite(value)) {
		return [String(value)];
	}
	if (typeof value !== 'string') {
		throw wrong('a string');
	}
	return [value];
}

/** What begins a sentence, within one. */
function inSentence(what: string): string {
	return what.replace(/^The(?= )/, 'the');
}

function unknownKey(key: string, known: readonly string[], what: string): ShellError {
	return new ShellError('failed', `${what} has the unknown key '${key}'`, {hint: didYouMean(key, known) ?? `The keys are ${known.join(', ')}.`});
}

/** The name of a profile, checked. */
export function checkProfileName(name: string): string {
	if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(name)) {
		throw usageError(`'${name}' cannot name a profile`, 'Use letters, digits, -, _ and ., such as web-1.');
	}
	return name;
}
