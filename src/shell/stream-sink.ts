import {renderJson, renderJsonError} from './render/render-json.ts';
import {renderError, renderText, type TextOptions} from './render/render-text.ts';
import {OutputFailure, type Sink} from './run-script.ts';

/** Takes bytes in order; undefined: taken at once. */
export interface ByteWriter {
	write(chunk: Uint8Array): Promise<void> | undefined;
}

interface StreamSinkOptions {
	readonly stdout: ByteWriter;
	readonly stderr: ByteWriter;
	readonly format: 'text' | 'json';
	readonly text: () => TextOptions;
	/** No notices and no progress. */
	readonly quiet: boolean;
}

/** Renders what commands yield to two streams. A stream that does not take it rejects with OutputFailure. */
export function createStreamSink({stdout, stderr, format, text, quiet}: StreamSinkOptions): Sink {
	const write = async (part: {stream: 'stdout' | 'stderr'; text: string | Uint8Array} | undefined) => {
		if (part === undefined || part.text.length === 0) {
			return;
		}
		try {
			await (part.stream === 'stdout' ? stdout : stderr).write(typeof part.text === 'string' ? Buffer.from(part.text) : part.text);
		} catch (error) {
			throw new OutputFailure(
				`Cannot write to ${part.stream === 'stdout' ? 'standard output' : 'standard error'}: ${error instanceof Error ? error.message : String(error)}`,
				{cause: error},
			);
		}
	};
	return {
		async write(output) {
			if (quiet && ((output.kind === 'notice' && output.level === 'info') || output.kind === 'progress')) {
				return;
			}
			await write(format === 'json' ? renderJson(output) : renderText(output, text()));
		},
		error: (error) => write(format === 'json' ? renderJsonError(error) : renderError(error, text())),
		async timing(elapsedMs) {
			const rounded = elapsedMs.toFixed(3);
			await write(
				format === 'json'
					? renderJson({kind: 'progress', phase: 'command', state: 'done', elapsedMs: Number(rounded)})
					: {stream: 'stdout', text: `\n(Time: ${rounded} ms)\n`},
			);
		},
	};
}
