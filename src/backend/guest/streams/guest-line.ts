import {isIP} from 'node:net';

/** What a guest may say. Everything else it writes is dropped. */
type GuestLine =
	| {readonly verb: 'ready' | 'found'; readonly session: number}
	| {readonly verb: 'exit'; readonly session: number; readonly status: number}
	| {readonly verb: 'fatal'; readonly session: number; readonly word: string};

const longestLine = 256;

/** One line of the guest, without its end; undefined when it is none of ours. */
export function parseGuestLine(line: string): GuestLine | undefined {
	const [, verb, number, word] = /^(ready|found|exit|fatal) (\d{1,9})(?: ([a-z0-9]{1,32}))?$/.exec(line) ?? [];
	const session = Number(number);
	switch (verb) {
		case 'ready':
		case 'found':
			return word === undefined ? {verb, session} : undefined;
		case 'exit':
			return word !== undefined && /^\d{1,3}$/.test(word) && Number(word) <= 255 ? {verb, session, status: Number(word)} : undefined;
		case 'fatal':
			return word === undefined ? undefined : {verb, session, word};
		default:
			return undefined;
	}
}

/** The name servers that a guest got with its network: `dns ADDRESS…`. */
export function parseNameServers(line: string): string[] | undefined {
	const match = /^dns((?: [0-9a-fA-F.:]{2,45}){1,3})$/.exec(line);
	return match?.[1]
		?.trim()
		.split(' ')
		.filter((address) => isIP(address) !== 0);
}

/** Cuts a hostile stream into lines; one that is too long is dropped whole. */
export function createLineSplitter(onLine: (line: string) => void): (text: string) => void {
	let rest = '';
	let dropping = false;
	return (text) => {
		const parts = (rest + text).split('\n');
		rest = parts.pop() ?? '';
		for (const part of parts) {
			if (!dropping && part.length <= longestLine) onLine(part);
			dropping = false;
		}
		if (rest.length > longestLine) {
			rest = '';
			dropping = true;
		}
	};
}
