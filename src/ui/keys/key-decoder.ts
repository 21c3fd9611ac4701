import {StringDecoder} from 'node:string_decoder';
import {splitKeys, type Key} from './decode-keys.ts';

/** How long a lone ESC may be the beginning of a sequence, in milliseconds. */
const escapeMs = 40;

/** Turns chunks of bytes, cut anywhere, into keys. */
export function createKeyDecoder(onKeys: (keys: readonly Key[]) => void) {
	let decoder = new StringDecoder('utf8');
	let rest = '';
	let timer: NodeJS.Timeout | undefined;
	const take = (text: string, final: boolean): void => {
		const split = splitKeys(text, final);
		({rest} = split);
		if (split.keys.length > 0) {
			onKeys(split.keys);
		}
		if (rest !== '' && !final) {
			timer = setTimeout(() => take(rest, true), escapeMs);
		}
	};
	return {
		push(chunk: Uint8Array): void {
			clearTimeout(timer);
			take(rest + decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)), false);
		},
		/** Gives up what is half read. */
		reset(): void {
			clearTimeout(timer);
			rest = '';
			decoder = new StringDecoder('utf8');
		},
	};
}
