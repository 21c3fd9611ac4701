/** What the first line of a log says. It is as long as ever, so that a file system without room takes it too. */
export interface LogHead {
	/** Bytes of the log that are not kept any more. */
	readonly dropped: number;
	/** Bytes that could not be written after the last line. */
	readonly lost: number;
}

const digits = 16;

export function writeLogHead({dropped, lost}: LogHead): Buffer {
	return Buffer.from(`dropped ${String(dropped).padStart(digits, '0')} lost ${String(lost).padStart(digits, '0')}\n`);
}

export const logHeadBytes = writeLogHead({dropped: 0, lost: 0}).length;

/** Undefined: there is none, since there was no room for it. */
export function readLogHead(data: Buffer): LogHead | undefined {
	const match = /^dropped (\d+) lost (\d+)\n$/.exec(data.subarray(0, logHeadBytes).toString('latin1'));
	return match === null ? undefined : {dropped: Number(match[1]), lost: Number(match[2])};
}
