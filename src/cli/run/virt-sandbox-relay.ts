import type {Readable} from 'node:stream';
import type {OutputSink} from '../../backend/types.ts';
import {ShellError} from '../../core/errors.ts';
import {systemReason} from '../../core/system-reason.ts';
import {relayOutput} from '../terminal/relay-output.ts';
import {signalNumber} from '../terminal/signal-inbox.ts';
import type {Ending} from './virt-sandbox-end.ts';

/** Waits for the end of a stream whose bytes go to the sink, by its own way or by ours. */
export async function relay(source: Readable | undefined, sink: OutputSink | undefined, name: string, ending: Ending): Promise<void> {
	try {
		if (source !== undefined && sink !== undefined) {
			await relayOutput(source, sink);
		}
	} catch (error) {
		failOutput(error, name, ending);
	}
}

/** A reader that has gone ends the command as SIGPIPE would; any other failure of a write is ours to tell. */
function failOutput(error: unknown, name: string, ending: Ending): void {
	if (error instanceof ShellError) {
		failSource(error, ending);
		return;
	}
	if (error instanceof Error && 'code' in error && error.code === 'EPIPE') {
		ending.end(signalNumber('SIGPIPE'), 128 + signalNumber('SIGPIPE'));
		return;
	}
	ending.destroy(125);
	throw new ShellError('failed', `cannot write ${name}: ${systemReason(error)}`, {
		hint: 'The sandbox was ended, since what its command wrote would be lost.',
		cause: error,
	});
}

/** What the command wrote does not arrive any more: of a sandbox that is being ended anyway that is no surprise. */
export function failSource(error: ShellError, ending: Ending): void {
	if (ending.isAsked()) return;
	ending.destroy(125);
	throw error;
}
