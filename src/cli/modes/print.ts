import {ShellError} from '../../core/errors.ts';
import {systemReason} from '../../core/system-reason.ts';
import {openOutputSink} from '../terminal/output-sink.ts';

/** What a program ends with whose reader has gone. */
const readerGoneStatus = 141;

/** Writes to standard output and answers with the status of that. */
export async function print(text: string, status = 0): Promise<number> {
	try {
		await openOutputSink(1).write(Buffer.from(text));
		return status;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'EPIPE') {
			return readerGoneStatus;
		}
		throw new ShellError('failed', `cannot write standard output: ${systemReason(error)}`, {cause: error});
	}
}
