import {constants, fstatSync, openSync, writeSync} from 'node:fs';
import {clockMs} from '../../core/clock-ms.ts';

/** How long a reader may take nothing before the rest of a text is dropped, in milliseconds. */
const patienceMs = 1000;

/** What writes to a descriptor of this process at once, whatever its kind, and does not wait for good where nobody reads. */
export function openWriter(descriptor: number): (text: string) => void {
	let own: number | undefined;
	return (text) => {
		own ??= reopen(descriptor);
		let bytes = Buffer.from(text);
		const deadline = clockMs() + patienceMs;
		while (bytes.length > 0 && clockMs() < deadline) {
			try {
				bytes = bytes.subarray(writeSync(own, bytes));
			} catch (error) {
				if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) {
					return;
				}
			}
		}
	};
}

/** A descriptor of our own on the same pipe or terminal, whose writes do not block. */
function reopen(descriptor: number): number {
	try {
		const kind = fstatSync(descriptor);
		const blocks = kind.isFIFO() || kind.isCharacterDevice();
		return blocks ? openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY) : descriptor;
	} catch {
		return descriptor;
	}
}
