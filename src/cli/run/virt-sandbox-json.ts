import type {OutputSink} from '../../backend/types.ts';

/** What takes the two streams of a command as JSON lines on one descriptor. */
export function createJsonSinks(sink: OutputSink): {readonly stdout: OutputSink; readonly stderr: OutputSink} {
	// Lines of the two streams must not mix, so one waits for the other.
	let last: Promise<void> = Promise.resolve();
	const lines = (stream: 'stdout' | 'stderr'): OutputSink => ({
		write(chunk) {
			const line = outputLine(stream, chunk);
			const next = last.then(() => sink.write(line));
			last = next.catch(() => {});
			return next;
		},
	});
	return {stdout: lines('stdout'), stderr: lines('stderr')};
}

function outputLine(stream: 'stdout' | 'stderr', chunk: Uint8Array): Uint8Array {
	const data = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('base64');
	return Buffer.from(`${JSON.stringify({v: 1, kind: 'output', stream, data})}\n`);
}
