import {usageError} from '../../core/errors.ts';
import {splitOnce} from '../../core/text.ts';
import type {EnvironmentValue} from '../types.ts';

const namesHint = 'Names hold letters, digits and _, and do not begin with a digit.';
const form = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads `NAME=VALUE`; the value may be empty and hold every character but NUL. `NAME` alone stands for the value that the caller has. */
export function parseEnvironment(text: string): readonly [name: string, value: EnvironmentValue] {
	const [name, value = null] = splitOnce(text, '=');
	if (!form.test(name)) {
		throw usageError(name === '' ? `The environment '${text}' has no name` : `'${name}' cannot name an environment variable`, namesHint);
	}
	if (value?.includes('\0') === true) {
		throw usageError(`The value of '${name}' holds a NUL`, 'No environment can hold one.');
	}
	return [name, value];
}

/** Writes one variable as `parseEnvironment` reads it. */
export function formatEnvironment(name: string, value: EnvironmentValue): string {
	return value === null ? name : `${name}=${value}`;
}

/**
 * Reads a file of variables: one `NAME=VALUE` or `NAME` a line, the value being all to the line's end; empty lines and lines that begin
 * with `#` are skipped. An error names the line, and says nothing of what is in it.
 */
export function parseEnvironmentFile(text: string, path: string): ReadonlyArray<readonly [name: string, value: EnvironmentValue]> {
	return text
		.replace(/^\ufeff/, '')
		.split('\n')
		.map((line) => line.replace(/\r$/, '').trimStart())
		.flatMap((line, index) => {
			if (line === '' || line.startsWith('#')) return [];
			const [name, value = null] = splitOnce(line, '=');
			if (!form.test(name) || value?.includes('\0') === true) {
				throw usageError(`Line ${index + 1} of the environment file '${path}' is neither NAME=VALUE nor NAME`, namesHint);
			}
			return [[name, value] as const];
		});
}
