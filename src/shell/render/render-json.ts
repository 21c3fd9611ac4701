import {Bug} from '../../core/bug.ts';
import {ShellError, hintSentence} from '../../core/errors.ts';
import {jsonLine} from '../../core/json-line.ts';
import type {Output} from '../../core/output.ts';
import {roundMs} from '../../core/units.ts';

/** One line of JSON and the stream it belongs to: contract, "JSON". */
interface JsonLine {
	readonly stream: 'stdout' | 'stderr';
	readonly text: string;
}

/** Renders one output as a line of JSON. */
export function renderJson(output: Output): JsonLine {
	switch (output.kind) {
		case 'table':
		case 'record':
		case 'document':
		case 'changes':
		case 'exit':
			return {stream: 'stdout', text: jsonLine(output)};
		case 'output':
			return {stream: 'stdout', text: jsonLine({...output, data: Buffer.from(output.data).toString('base64')})};
		case 'notice':
			return {stream: 'stderr', text: jsonLine(output.hint === undefined ? output : {...output, hint: hintSentence(output.hint)})};
		case 'progress':
			return {stream: 'stderr', text: jsonLine({...output, elapsedMs: roundMs(output.elapsedMs)})};
	}
}

/** Renders a failure as a line of JSON for standard error. */
export function renderJsonError(error: unknown): JsonLine {
	const {code, message, hint} = describeFault(error);
	return {stream: 'stderr', text: jsonLine({kind: 'error', code, message, ...(hint === undefined ? {} : {hint: hintSentence(hint)})})};
}

/** What is told of a failure: what is no ShellError is a fault of our own. */
export function describeFault(error: unknown): {readonly code: string; readonly message: string; readonly hint: string | undefined} {
	if (error instanceof ShellError) return error;
	const {message, hint} = error instanceof Bug ? error : new Bug(error, undefined);
	return {code: 'bug', message: `internal error: ${message}`, hint};
}
