import {usageError} from '../core/errors.ts';
import {hasControlCharacters} from '../core/text.ts';

/** Folds `//`, `.` and a trailing `/` of an absolute path. `..` stays: after a link it leads elsewhere, which only the kernel knows. */
function normalise(path: string): string {
	return `/${path
		.split('/')
		.filter((part) => part !== '' && part !== '.')
		.join('/')}`;
}

/** Reads an absolute path of the guest: normalised, without `..` or control characters. */
export function parseGuestPath(text: string, what: string): string {
	checkCharacters(text, what);
	if (!text.startsWith('/')) {
		throw usageError(`The ${what} '${text}' is not an absolute path`, `Write it from the root of the sandbox, as /${text}.`);
	}
	if (text.split('/').includes('..')) {
		throw usageError(`The ${what} '${text}' holds '..'`, 'Write the path without it.');
	}
	return normalise(text);
}

/** Reads a path of the host. A relative one is taken from `directory` where that is given, else refused. */
export function parseHostPath(text: string, what: string, directory?: string): string {
	checkCharacters(text, what);
	if (text.startsWith('/')) {
		return normalise(text);
	}
	if (directory === undefined) {
		throw usageError(`The ${what} '${text}' is not an absolute path`, 'Write it from the root of the host.');
	}
	return normalise(`${directory}/${text}`);
}

function checkCharacters(text: string, what: string): void {
	if (text === '') {
		throw usageError(`The ${what} is empty`, 'Write an absolute path.');
	}
	if (hasControlCharacters(text)) {
		throw usageError(`The ${what} '${text}' holds a control character`, 'No document of libvirt can hold it: use another name.');
	}
	if (text.length > 4095) {
		throw usageError(`The ${what} is longer than 4095 characters`, 'Use a shorter path.');
	}
}

/** Whether `path` is `directory` or lies below it, by path component. */
export function isWithin(path: string, directory: string): boolean {
	return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** Number of components: 0 for `/`. */
export function pathDepth(path: string): number {
	return path === '/' ? 0 : path.split('/').length - 1;
}
