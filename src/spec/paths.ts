import {dirname} from 'node:path';
import {usageError} from '../core/errors.ts';
import {hasControlCharacters} from '../core/text.ts';

/** Folds `//`, `.` and a trailing `/` of an absolute path. `..` stays: after a link it leads elsewhere, which only the kernel knows. */
function normalise(path: string): string {
	return `/${path
		.split('/')
		.filter((part) => part !== '' && part !== '.')
		.join('/')}`;
}

/** Reads a path of the guest: normalised, without `..`, control characters or bytes that are no UTF-8. */
export function parseGuestPath(text: string, what: string): string {
	return checkBytes(parseGuestDirectory(text, what), what);
}

/**
 * The same of where a command is to start, which may hold any bytes. A relative one begins at `directory`, and each leading `..` goes one up from
 * there; without a `directory` it is refused.
 */
export function parseGuestDirectory(text: string, what: string, directory?: string): string {
	checkCharacters(text, what);
	const [, up, rest = ''] = /^(\.\.)(?:\/+(.*))?$/s.exec(text) ?? [];
	if (up !== undefined && directory !== undefined) return parseGuestDirectory(rest === '' ? '.' : rest, what, dirname(directory));
	if (!text.startsWith('/') && directory === undefined) {
		throw usageError(`The ${what} '${text}' is not an absolute path`, `Write it from the root of the sandbox, as /${text}.`);
	}
	if (text.split('/').includes('..')) {
		throw usageError(`The ${what} '${text}' holds '..'`, 'Write the path without it.');
	}
	return checkLength(normalise(text.startsWith('/') ? text : `${directory ?? ''}/${text}`), what);
}

/** Reads a path of the host. A relative one is taken from `directory` where that is given, else refused. */
export function parseHostPath(text: string, what: string, directory?: string): string {
	checkCharacters(text, what);
	if (text.startsWith('/')) {
		return checkBytes(normalise(text), what);
	}
	if (directory === undefined) {
		throw usageError(`The ${what} '${text}' is not an absolute path`, 'Write it from the root of the host.');
	}
	return checkBytes(normalise(`${directory}/${text}`), what);
}

/** What the kernel takes, in bytes: of a path, and of one name in it. */
const longest = {path: 4095, name: 255} as const;

function checkLength(path: string, what: string): string {
	if (Buffer.byteLength(path) > longest.path) {
		throw usageError(`The ${what} is longer than ${longest.path} bytes`, 'Use a shorter path.');
	}
	const name = path.split('/').find((part) => Buffer.byteLength(part) > longest.name);
	if (name !== undefined) {
		throw usageError(
			`The ${what} holds a name longer than ${longest.name} bytes: '${[...name].slice(0, 40).join('')}…'`,
			'No file system has such a name: use a shorter one.',
		);
	}
	return path;
}

/** Node has the character in the place of a byte that is no UTF-8: it may be another name. */
function checkBytes(path: string, what: string): string {
	if (!path.isWellFormed() || path.includes('\ufffd')) {
		throw usageError(`The ${what} '${path}' holds bytes that are not UTF-8`, 'No document of libvirt can hold them: use another name.');
	}
	return checkLength(path, what);
}

function checkCharacters(text: string, what: string): void {
	if (text === '') {
		throw usageError(`The ${what} is empty`, 'Write an absolute path.');
	}
	if (hasControlCharacters(text)) {
		throw usageError(`The ${what} '${text}' holds a control character`, 'No document of libvirt can hold it: use another name.');
	}
}

/** Whether `path` is `directory` or lies below it, by path component. */
export function isWithin(path: string, directory: string): boolean {
	return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** The directories on the way to a place at the top and below, itself last. */
export function waysTo(place: string): string[] {
	const above = dirname(place);
	return above === place ? [] : [...waysTo(above), place];
}

/** The innermost of what lies at places that a path is in; of several at one place the last, which hides the others. */
export function innermost<Item>(items: Iterable<Item>, path: string, placeOf: (item: Item) => string): Item | undefined {
	let best: {readonly item: Item; readonly place: string} | undefined;
	for (const item of items) {
		const place = placeOf(item);
		if (isWithin(path, place) && (best === undefined || place.length >= best.place.length)) best = {item, place};
	}
	return best?.item;
}

/** Number of components: 0 for `/`. */
export function pathDepth(path: string): number {
	return path === '/' ? 0 : path.split('/').length - 1;
}
