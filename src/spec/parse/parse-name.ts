import {usageError} from '../../core/errors.ts';
import {hasControlCharacters, isUnsafeCharacter} from '../../core/text.ts';

/** The longest name of a domain, in bytes: libvirt makes file names and machine names of it. */
const longestName = 200;

/** Reads a sandbox's name: what libvirt takes as a domain's name, no more. */
export function parseName(text: string, what = 'name'): string {
	const fault = findFault(text);
	if (fault !== undefined) {
		throw usageError(text === '' ? `The ${what} is empty` : `The ${what} '${text}' ${fault}`, 'Use letters, digits, -, _ and ., such as web-1.');
	}
	return text;
}

function findFault(text: string): string | undefined {
	if (text.trim() === '') {
		return 'holds nothing but blanks';
	}
	if (hasControlCharacters(text)) {
		return 'holds a control character';
	}
	if (Array.from(text).some(isUnsafeCharacter)) {
		return 'holds an invisible character';
	}
	if (text.includes('/')) {
		return "holds a '/'";
	}
	if (text.startsWith('.')) {
		return "begins with '.'";
	}
	if (text.startsWith('-')) {
		return "begins with '-'";
	}
	if (text !== text.trim()) {
		return 'begins or ends with a blank';
	}
	return Buffer.byteLength(text) > longestName ? `is longer than ${longestName} bytes` : undefined;
}

/** Reads a host name: letters, digits and `-`, in parts joined by dots, 64 characters at most. */
export function parseHostname(text: string): string {
	if (text.length > 64 || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(text)) {
		throw usageError(
			text === '' ? 'The host name is empty' : `'${text}' is not a host name`,
			'Use letters, digits and -, in parts joined by dots, 64 characters at most.',
		);
	}
	return text;
}
