import {usageError} from '../../core/errors.ts';
import {hasControlCharacters, isUnsafeCharacter} from '../../core/text.ts';

/** The longest name of a domain, in bytes: libvirt makes file names and machine names of it. */
const longestName = 200;

/** What no name may be like, and how that is told; the first that fits is. */
const faults: ReadonlyArray<readonly [has: (text: string) => boolean, fault: string]> = [
	[(text) => text.trim() === '', 'holds nothing but blanks'],
	[hasControlCharacters, 'holds a control character'],
	[(text) => /\p{Default_Ignorable_Code_Point}/u.test(text) || Array.from(text).some(isUnsafeCharacter), 'holds an invisible character'],
	[(text) => text.includes('/'), "holds a '/'"],
	[(text) => text.startsWith('.'), "begins with '.'"],
	[(text) => text.startsWith('-'), "begins with '-'"],
	[(text) => text !== text.trim(), 'begins or ends with a blank'],
	[(text) => Buffer.byteLength(text) > longestName, `is longer than ${longestName} bytes`],
];

/** Reads a sandbox's name: what libvirt takes as a domain's name, no more. */
export function parseName(text: string, what = 'name'): string {
	const fault = faults.find(([has]) => has(text))?.[1];
	if (fault !== undefined) {
		throw usageError(text === '' ? `The ${what} is empty` : `The ${what} '${text}' ${fault}`, 'Use letters, digits, -, _ and ., such as web-1.');
	}
	return text;
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
