import {isatty} from 'node:tty';
import type {OutputSink} from '../../backend/types.ts';
import {isCode} from '../../core/is-code.ts';
import {openOutputSink} from './output-sink.ts';
import {signalNumber} from './signal-inbox.ts';

/** Whether an error is of a terminal that has gone: one of `terminals`, descriptors that led to one, leads to none any more. */
export function isOfGoneTerminal(error: unknown, terminals: readonly number[]): boolean {
	return isCode(error, 'EIO') && !terminals.every((descriptor) => isatty(descriptor));
}

/** Does what SIGHUP does, which the kernel sends only to whom the terminal controls, and sometimes later than the first error. */
export function hangUp(): void {
	if (!process.emit('SIGHUP', 'SIGHUP')) {
		process.exit(128 + signalNumber('SIGHUP'));
	}
}

/** As `openOutputSink`; a terminal that has gone is a hangup, and what is written to it from then on is dropped. */
export function openSessionSink(descriptor: number): OutputSink {
	const sink = openOutputSink(descriptor);
	const terminals = isatty(descriptor) ? [descriptor] : [];
	const drop = (error: unknown): void => {
		if (!isOfGoneTerminal(error, terminals)) throw error;
		hangUp();
	};
	return {
		write(chunk) {
			try {
				return sink.write(chunk)?.catch(drop);
			} catch (error) {
				drop(error);
				return undefined;
			}
		},
	};
}
