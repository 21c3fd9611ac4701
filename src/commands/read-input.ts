import {Writable} from 'node:stream';
import {ShellError} from '../core/errors.ts';
import type {CommandContext} from './context.ts';

/** All of standard input, up to so many bytes. */
export async function readInput({host, signal}: Pick<CommandContext, 'host' | 'signal'>, mostBytes: number): Promise<Uint8Array> {
	signal.throwIfAborted();
	const pieces: Uint8Array[] = [];
	let bytes = 0;
	const {promise, resolve, reject} = Promise.withResolvers<void>();
	const sink = new Writable({
		write(piece: Uint8Array, _encoding, done) {
			bytes += piece.length;
			if (bytes > mostBytes) reject(new ShellError('failed', `Standard input is longer than ${mostBytes} bytes`));
			else pieces.push(piece);
			done();
		},
		final(done) {
			resolve();
			done();
		},
	});
	const onAbort = (): void => reject(signal.reason as Error);
	signal.addEventListener('abort', onAbort, {once: true});
	const feeding = host.feed(sink, reject);
	try {
		await promise;
		return Buffer.concat(pieces);
	} finally {
		signal.removeEventListener('abort', onAbort);
		feeding.stop();
	}
}
