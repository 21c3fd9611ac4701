import {isObject} from '../../../core/is-object.ts';
import {nearestWord} from '../../../core/nearest-word.ts';

/** An object out of JSON, not looked into. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value at a place of a JSON document as an object; else an Error that names the place, as of all here. */
function object(value: unknown, place: string): JsonObject {
	if (!isObject(value)) throw new Error(`${place} is not an object`);
	return value;
}

/** The same, with no other keys than these: a misspelt one would change what is meant without a word. */
export function objectOf(value: unknown, keys: readonly string[], place: string): JsonObject {
	const found = object(value, place);
	const unknown = Object.keys(found).find((key) => !keys.includes(key));
	if (unknown === undefined) return found;
	const near = nearestWord(unknown, keys);
	throw new Error(`${place} has a key that is not known: '${unknown}'${near === undefined ? '' : `. Did you mean '${near}'?`}`);
}

export function list(value: unknown, place: string): readonly unknown[] {
	if (!Array.isArray(value)) throw new Error(`${place} is not a list`);
	return value;
}

export function text(value: unknown, place: string): string {
	if (typeof value !== 'string') throw new Error(`${place} is not a string`);
	return value;
}

/** A whole number from 0 on. */
export function number(value: unknown, most: number, place: string): number {
	if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) throw new Error(`${place} is not a whole number from 0 to ${most}`);
	return value;
}

/** A whole number of as many bits as JSON has here. */
export function wide(value: unknown, place: string): bigint {
	return BigInt(number(value, Number.MAX_SAFE_INTEGER, place));
}
