/** Bytes that a command has written, as its guest counted them; undefined: it cannot tell, as what counts them was killed. */
export interface OutputCounts {
	readonly out: number | undefined;
	readonly err: number | undefined;
}

/** How much the host answers to `clock`. */
export const timeBytes = 16;

/** What a machine's guest may say. Everything else it writes is dropped. */
export type MachineLine =
	/** `left`: it has written all to its images, and powers off. */
	| {readonly verb: 'hello' | 'root' | 'clock' | 'left'}
	| {readonly verb: 'ready' | 'found' | 'closed'; readonly session: number}
	/** `killed`: how many processes the kernel has ended for want of memory. */
	| {readonly verb: 'memory'; readonly session: number; readonly killed: number}
	| {readonly verb: 'exit'; readonly session: number; readonly status: number}
	/** All that came out of its pipes. */
	| {readonly verb: 'wrote'; readonly session: number; readonly counts: OutputCounts}
	| {readonly verb: 'fatal'; readonly session: number; readonly word: string};

/** One line of the guest, without its end; undefined when it is none of ours. */
export function parseMachineLine(line: string): MachineLine | undefined {
	if (line === 'hello' || line === 'root' || line === 'clock' || line === 'left') return {verb: line};
	const [, verb, number, rest] = /^(ready|found|closed|memory|exit|wrote|fatal) (\d{1,9})(?: ([a-z0-9 -]{1,48}))?$/.exec(line) ?? [];
	if (number === undefined) return undefined;
	const session = Number(number);
	switch (verb) {
		case 'ready':
		case 'found':
		case 'closed':
			return rest === undefined ? {verb, session} : undefined;
		case 'memory':
			return /^\d{1,9}$/.test(rest ?? '') ? {verb, session, killed: Number(rest)} : undefined;
		case 'exit':
			return /^\d{1,3}$/.test(rest ?? '') && Number(rest) <= 255 ? {verb, session, status: Number(rest)} : undefined;
		case 'wrote': {
			const [, out, err] = /^(\d{1,15}|-) (\d{1,15}|-)$/.exec(rest ?? '') ?? [];
			return out === undefined ? undefined : {verb, session, counts: {out: parseCount(out), err: parseCount(err)}};
		}
		case 'fatal':
			return rest === undefined || /[ -]/.test(rest) ? undefined : {verb, session, word: rest};
		default:
			return undefined;
	}
}

function parseCount(word: string | undefined): number | undefined {
	return word === '-' ? undefined : Number(word);
}
