import {usageError} from '../core/errors.ts';

/** Reads `NAME=VALUE`; the value may be empty and hold every character but NUL. */
export function parseEnvironment(text: string): readonly [name: string, value: string] {
	const equals = text.indexOf('=');
	if (equals < 0) {
		throw usageError(`The environment '${text}' has no '='`, `Write ${text === '' ? 'NAME' : text}=VALUE.`);
	}
	const name = text.slice(0, equals);
	if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
		throw usageError(
			name === '' ? `The environment '${text}' has no name` : `'${name}' cannot name an environment variable`,
			'Names hold letters, digits and _, and do not begin with a digit.',
		);
	}
	const value = text.slice(equals + 1);
	if (value.includes('\0')) {
		throw usageError(`The value of '${name}' holds a NUL`, 'No environment can hold one.');
	}
	return [name, value];
}

/** Writes one variable as `parseEnvironment` reads it. */
export function formatEnvironment(name: string, value: string): string {
	return `${name}=${value}`;
}
