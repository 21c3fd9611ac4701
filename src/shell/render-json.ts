import {ShellError} from '../core/errors.ts';
import type {Output} from '../core/output.ts';

/** One line of JSON and the stream it belongs to: contract, "JSON". */
export interface JsonLine {
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
		case 'progress':
			return {stream: 'stderr', text: jsonLine(output)};
	}
}

/** Renders a failure as a line of JSON for standard error. */
export function renderJsonError(error: unknown): JsonLine {
	const failure = error instanceof ShellError ? error : undefined;
	const message = error instanceof Error ? error.message : String(error);
	const hint = failure?.hint;
	return {stream: 'stderr', text: jsonLine({kind: 'error', code: failure?.code ?? 'bug', message, ...(hint === undefined ? {} : {hint})})};
}

function jsonLine(value: object): string {
	return `${JSON.stringify({v: 1, ...value})}\n`;
}
