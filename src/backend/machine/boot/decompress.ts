import {execFile} from 'node:child_process';
import {ShellError} from '../../../core/errors.ts';

/** A few kilobytes may stand for gigabytes. */
export const mostUnpackedBytes = 256 * 1024 ** 2;
/** So much at once: nothing ends a step that is begun, not even the end of this process. */
const stepBytes = 64 * 1024;

/** Data as it was before gzip, xz or zstd, told by its first bytes; anything else as it is. Rejects where there is too much of it. */
export async function decompress(data: Buffer, signal?: AbortSignal): Promise<Buffer> {
	const start = data.toString('hex', 0, 6);
	if (start === 'fd377a585a00') return unxz(data, signal);
	if (!start.startsWith('1f8b') && !start.startsWith('28b52ffd')) return data;
	const {createGunzip, createZstdDecompress} = await import('node:zlib');
	const {pipeline} = await import('node:stream/promises');
	const options = {chunkSize: stepBytes};
	const unpacked: Buffer[] = [];
	let bytes = 0;
	await pipeline(
		slicesOf(data),
		start.startsWith('1f8b') ? createGunzip(options) : createZstdDecompress(options),
		async (source: AsyncIterable<Buffer>) => {
			for await (const part of source) {
				bytes += part.length;
				if (bytes > mostUnpackedBytes) throw new RangeError('It unpacks to too much');
				unpacked.push(part);
			}
		},
		{signal},
	);
	return Buffer.concat(unpacked, bytes);
}

function* slicesOf(data: Buffer): Generator<Buffer> {
	for (let at = 0; at < data.length; at += stepBytes) yield data.subarray(at, at + stepBytes);
}

const longestUnpackMs = 20_000;

/** Node has no xz: the tool does it, or busybox. */
async function unxz(data: Buffer, signal: AbortSignal | undefined): Promise<Buffer> {
	const tools: ReadonlyArray<readonly [file: string, ...words: string[]]> = [
		['xz', '-dc'],
		['busybox', 'unxz', '-c'],
	];
	let fault: unknown;
	for (const [file, ...words] of tools) {
		try {
			return await filter([file, ...words], data, signal);
		} catch (error) {
			signal?.throwIfAborted();
			fault = error;
		}
	}
	throw new ShellError('unavailable', 'This host can decompress no xz', {hint: 'Install xz-utils', cause: fault});
}

function filter([file, ...words]: readonly [file: string, ...words: string[]], data: Buffer, signal: AbortSignal | undefined): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const options = {encoding: 'buffer', maxBuffer: mostUnpackedBytes, timeout: longestUnpackMs, signal} as const;
		const child = execFile(file, words, options, (error, stdout) => {
			if (error === null) resolve(stdout);
			else reject(error);
		});
		child.stdin?.on('error', () => undefined);
		child.stdin?.end(data);
	});
}
