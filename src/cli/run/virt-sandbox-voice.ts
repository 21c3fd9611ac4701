import type {Voice} from '../../backend/types.ts';
import {Bug} from '../../core/bug.ts';
import {ShellError, hintSentence} from '../../core/errors.ts';
import {jsonLine} from '../../core/json-line.ts';
import {safeLines, safeText} from '../../core/text.ts';
import {roundMs} from '../../core/units.ts';
import {writeCrashReport} from '../crash-report.ts';

/** How much is said: faults alone, what a person at a terminal should know, or everything. */
export interface VoiceSettings {
	readonly json: boolean;
	readonly quiet: boolean;
	readonly verbose: boolean;
	readonly debug: boolean;
	/** Whether standard error is a terminal. */
	readonly terminal: boolean;
	/** How many cells its lines have, where it is one. */
	readonly columns?: () => number | undefined;
	/** Writes to standard error. */
	write(text: string): void;
	/** Writes down a fault of our own; gives the place of the report, undefined where it could not be written. */
	readonly report?: (error: unknown) => string | undefined;
}

/** What the program says on standard error. */
export interface ProgramVoice extends Voice {
	/** The one message of a fault, with its hint; with --debug, what caused it. */
	fault(error: unknown): void;
	/** One line of the debug trace. */
	trace(line: string): void;
	/** The domain XML of --print-xml. */
	document(xml: string): void;
	/** Times of --timing, in milliseconds. */
	timing(times: Readonly<Record<string, number>>): void;
}

/** A start that takes longer than this shows how far it is, in milliseconds. */
const slowMs = 400;
const eraseLine = '\r\u001B[K';

const usualColumns = 80;

/** The phases so far, the last of them where not all have room: a second row would stay. */
function progressLine(passed: readonly string[], columns: number): string {
	const shown = [...passed];
	const line = (): string => `starting: ${shown.length < passed.length ? '… ' : ''}${shown.join(', ')}`;
	while (shown.length > 1 && line().length >= columns) shown.shift();
	return line();
}

/** Notices that are written even where nobody watches, by their codes. */
const alwaysSaid: readonly RegExp[] = [
	// What became of a label.
	/^(?:security|label)/,
	// A daemon of ours serves.
	/^embedded/,
	// Why this host emulates its machines, which is told once.
	/^kvm$/,
	// A fault is over; another process keeps the sandbox.
	/^(?:network-back|keeper-replaced)$/,
	// Something of it stays, or a file of the host stays another user's.
	/^(?:left|image-owner|image-handed-on)$/,
	// What it does not see of the host.
	/^(?:home-covered|lacks|image-end)$/,
	// Nothing limits its processes, or they reached their limit; nor what it was to be held to.
	/^(?:pids-|no-limit$|swap-limit$)/,
	// Something could not be checked or covered.
	/^(?:not-seen|libvirt-in-sight|image-devices)$/,
];

/** Makes the voice of virt-sandbox, as text for people or as JSON lines. */
export function createProgramVoice(settings: VoiceSettings): ProgramVoice {
	const {json, quiet, verbose, debug, terminal, report = (error) => writeCrashReport(error, 'virt-sandbox')} = settings;
	const passed: string[] = [];
	let isProgressShown = false;
	const write = (text: string): void => {
		settings.write(isProgressShown ? `${eraseLine}${text}` : text);
		isProgressShown = false;
	};
	/** One line that is written over and over, and gone when anything else is to be read. */
	const showProgress = (name: string, elapsedMs: number): void => {
		passed.push(`${name} ${(elapsedMs / 1000).toFixed(1)} s`);
		if (name === 'ready') {
			if (isProgressShown) write('');
		} else if (elapsedMs > slowMs) {
			write(progressLine(passed, settings.columns?.() ?? usualColumns));
			isProgressShown = true;
		}
	};
	const line = (text: string): void => write(`virt-sandbox: ${safeText(text)}\n`);
	const object = (value: Readonly<Record<string, unknown>>): void => write(jsonLine(value));
	return {
		notice(level, code, message, hint) {
			const wanted = level === 'error' || (!quiet && (verbose || json || terminal || alwaysSaid.some((codes) => codes.test(code))));
			if (!wanted) {
				return;
			}
			if (json) {
				object({kind: 'notice', level, code, message, hint: hint === undefined ? undefined : hintSentence(hint)});
			} else {
				line(`${level === 'warning' ? 'warning: ' : ''}${message}${hint === undefined ? '' : ` (${hintSentence(hint)})`}`);
			}
		},
		phase(name, elapsedMs) {
			if (!verbose) {
				if (terminal && !json && !quiet) showProgress(name, elapsedMs);
				return;
			}
			if (json) {
				object({kind: 'progress', phase: name, state: 'done', elapsedMs: roundMs(elapsedMs)});
			} else {
				line(`${name}: ${elapsedMs.toFixed(0)} ms`);
			}
		},
		fault(error) {
			const {code, message, hint} = describeFault(error, report);
			if (json) {
				object({kind: 'error', code, message, hint});
			} else {
				line(message);
				if (hint !== undefined) {
					write(`  hint: ${safeText(hint)}\n`);
				}
			}
			if (debug && !json) {
				for (const cause of causes(error)) {
					write(`  ${safeLines(cause).replaceAll('\n', '\n  ')}\n`);
				}
			}
		},
		trace: (text) => (json ? object({kind: 'notice', level: 'info', code: 'trace', message: text}) : line(text)),
		document: (xml) => (json ? object({kind: 'document', format: 'xml', text: xml}) : write(safeLines(xml.endsWith('\n') ? xml : `${xml}\n`))),
		timing(times) {
			const parts = Object.entries(times);
			if (json) {
				object({kind: 'record', type: 'timing', fields: Object.fromEntries(parts.map(([part, elapsedMs]) => [part, roundMs(elapsedMs)]))});
			} else {
				line(parts.map(([part, elapsedMs]) => `${part} ${elapsedMs.toFixed(0)} ms`).join(', '));
			}
		},
	};
}

/** Code, message and hint of anything thrown; what is no ShellError is a bug of ours, and is written down. */
function describeFault(error: unknown, report: (error: unknown) => string | undefined): {code: string; message: string; hint: string | undefined} {
	if (error instanceof ShellError) {
		return {code: error.code, message: error.message, hint: error.hint === undefined ? undefined : hintSentence(error.hint)};
	}
	const {message, hint} = new Bug(error, report(error));
	return {code: 'bug', message: `internal error: ${message}`, hint: hintSentence(hint)};
}

/** The chain of causes, outermost first; a bug's own stack comes first of all. */
function causes(error: unknown): string[] {
	const lines: string[] = [];
	if (error instanceof Error && !(error instanceof ShellError)) {
		lines.push(error.stack ?? error.message);
	}
	let cause = error instanceof Error ? error.cause : undefined;
	for (let depth = 0; cause !== undefined && cause !== null && depth < 10; depth += 1) {
		lines.push(`caused by ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`);
		cause = cause instanceof Error ? cause.cause : undefined;
	}
	return lines;
}
