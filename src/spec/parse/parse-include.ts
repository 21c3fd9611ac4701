import {ShellError} from '../../core/errors.ts';
import {splitOnce} from '../../core/text.ts';
import {parseGuestPath, parseHostPath} from '../paths.ts';
import type {Include} from '../types.ts';

/** Reads `GUEST=HOST`: the host's file or directory HOST is copied to GUEST. A single path stands for both. */
export function parseInclude(text: string, directory?: string): Include {
	const [guest, source] = splitOnce(text, '=');
	if (source === undefined) {
		const host = parseHostPath(text, 'included file', directory);
		return {guest: parseGuestPath(host, 'include target'), host};
	}
	return {guest: parseGuestPath(guest, 'include target'), host: parseHostPath(source, 'included file', directory)};
}

/** Writes an include as `parseInclude` reads it. */
export function formatInclude(include: Include): string {
	if (include.guest.includes('=')) {
		throw new ShellError('refused', `The include to '${include.guest}' cannot be written as an option`, {hint: "Use a target without '='."});
	}
	return `${include.guest}=${include.host}`;
}

/** The includes of a file, one `GUEST=HOST` a line; empty lines and lines that begin with `#` are skipped. */
export function readIncludeFile(text: string): string[] {
	return text
		.split('\n')
		.map((line) => line.replace(/\r$/, ''))
		.filter((line) => line.trim() !== '' && !line.startsWith('#'));
}
