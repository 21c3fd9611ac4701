import {hintSentence} from '../../core/errors.ts';
import {isObject} from '../../core/is-object.ts';
import type {Cell, Change, Column, Output} from '../../core/output.ts';
import {cellWidth, padCells, safeLines, safeText, truncate} from '../../core/text.ts';
import {describeSize} from '../../core/units.ts';
import {describeDuration} from './measures.ts';
import {describeFault} from './render-json.ts';
import type {Style} from './style.ts';
import {wrapWords} from './wrap-words.ts';

/** Text and the stream it belongs to; undefined: nothing to say. */
interface TextPart {
	readonly stream: 'stdout' | 'stderr';
	readonly text: string | Uint8Array;
}

export interface TextOptions {
	/** Cells of a line; undefined: no limit, nothing is cut. */
	readonly width: number | undefined;
	readonly style: Style;
	/** Standard output is a terminal: documents pass as they are where it is none. */
	readonly terminal: boolean;
	/** Notices of level info are written. */
	readonly chatty: boolean;
	/** Phases are written. */
	readonly phases?: boolean;
}

/** Renders one output for people. Foreign text comes out safe; only the guest's own output passes as it is. */
export function renderText(output: Output, options: TextOptions): TextPart | undefined {
	switch (output.kind) {
		case 'table':
			return {stream: 'stdout', text: renderTable(output.columns, output.rows, options)};
		case 'record':
			return {stream: 'stdout', text: output.type === 'event' ? renderEvent(output.fields) : renderFields(output.fields, options)};
		case 'document':
			return output.text === '' && output.format === 'xml'
				? undefined
				: {stream: 'stdout', text: withNewline(options.terminal ? safeLines(output.text) : output.text)};
		case 'changes':
			return {stream: 'stdout', text: output.changes.map((change) => renderChange(change, options)).join('')};
		case 'notice':
			if (output.level === 'info' && !options.chatty) {
				return undefined;
			}
			return {stream: 'stderr', text: renderNotice(output, options)};
		case 'progress':
			return options.phases === true
				? {stream: 'stderr', text: options.style.quiet(`${output.phase}: ${output.state} (${describeDuration(output.elapsedMs)})`) + '\n'}
				: undefined;
		case 'output':
			return {stream: output.stream === 'stderr' ? 'stderr' : 'stdout', text: output.data};
		case 'exit':
			return undefined;
	}
}

/** `error: what failed`, and the hint on a line of its own. */
export function renderError(error: unknown, options: TextOptions): TextPart {
	const {message, hint} = describeFault(error);
	if (message === '') {
		return {stream: 'stderr', text: ''};
	}
	const lines = renderMessage(message, options, {text: 'error:', style: options.style.bad});
	return {stream: 'stderr', text: hint === undefined ? lines : `${lines}${renderHint(hint, options)}`};
}

function renderHint(hint: string, options: TextOptions): string {
	const {quiet} = options.style;
	return renderMessage(hintSentence(hint), options, {text: '  hint:', style: quiet}, quiet);
}

/** A message behind a word that says what it is. On a terminal it breaks at words, and goes on below its beginning. */
function renderMessage(
	message: string,
	{width}: TextOptions,
	lead: {readonly text: string; readonly style: (text: string) => string},
	style: (text: string) => string = (text) => text,
): string {
	const text = safeText(message);
	const indent = lead.text === '' ? 0 : lead.text.length + 1;
	const lines = width === undefined ? [text] : wrapWords(text, Math.max(20, width - indent - 1));
	return lines
		.map((line, index) => {
			const start = indent === 0 ? '' : index === 0 ? `${lead.style(lead.text)} ` : ' '.repeat(indent);
			return `${start}${style(line)}\n`;
		})
		.join('');
}

function renderNotice({level, code, message, hint}: Extract<Output, {kind: 'notice'}>, options: TextOptions): string {
	const {quiet, warning, bad} = options.style;
	if (code === 'echo') {
		return `${safeLines(message)}\n`;
	}
	const lead = {text: level === 'info' ? '' : `${level}:`, style: {info: quiet, warning, error: bad}[level]};
	return `${renderMessage(message, options, lead)}${hint === undefined ? '' : renderHint(hint, options)}`;
}

function renderChange({path, from, to, effect}: Change, {style}: TextOptions): string {
	const when = effect === 'none' ? '' : style.quiet(`  (${effect})`);
	const name = safeText(path);
	if (from === null) {
		return `${style.good(`+ ${name}: ${safeText(to ?? '')}`)}${when}\n`;
	}
	if (to === null) {
		return `${style.bad(`- ${name}: ${safeText(from)}`)}${when}\n`;
	}
	return `${style.warning(`~ ${name}: ${safeText(from)} → ${safeText(to)}`)}${when}\n`;
}

/** As virsh: a heading, a rule, rows. Numbers stand right. The widest columns give way where the line is too long; where that is not enough, each row is a sentence. */
function renderTable(columns: readonly Column[], rows: ReadonlyArray<Readonly<Record<string, Cell>>>, {width, style}: TextOptions): string {
	const cells = rows.map((row) => columns.map((column) => renderCell(row[column.name] ?? null, column.unit)));
	const headings = columns.map(({name}) => headingOf(name));
	const wanted = headings.map((heading, index) => Math.max(cellWidth(heading), ...cells.map((row) => cellWidth(row[index] ?? ''))));
	const room = width === undefined ? Number.POSITIVE_INFINITY : width - 1 - 3 * (columns.length - 1);
	if (wanted.reduce((sum, each) => sum + Math.min(each, leastCells), 0) > room) {
		// Side by side they do not fit: a row is a sentence.
		const lines = cells.flatMap((row) =>
			wrapWords(row.map((cell, index) => `${headings[index] ?? ''}: ${cell}`).join(', '), Math.max(20, (width ?? 80) - 2)).map((line, index) =>
				index === 0 ? line : `  ${line}`,
			),
		);
		return lines.map((line) => `${line}\n`).join('');
	}
	const widths = width === undefined ? wanted : fit(wanted, room);
	const line = (texts: readonly string[], numbers: readonly boolean[]) =>
		` ${texts
			.map((text, index) => {
				const room = widths[index] ?? 0;
				const cut = truncate(text, room);
				return numbers[index] === true ? ' '.repeat(Math.max(0, room - cellWidth(cut))) + cut : padCells(cut, room);
			})
			.join('   ')
			.trimEnd()}\n`;
	const numbers = columns.map(
		({name}) =>
			rows.length > 0 && rows.every((row) => typeof row[name] === 'number' || row[name] === null) && rows.some((row) => typeof row[name] === 'number'),
	);
	const rule = `${'-'.repeat(widths.reduce((sum, each) => sum + each, 1 + 3 * (columns.length - 1)))}\n`;
	return style.heading(line(headings, numbers).trimEnd()) + '\n' + style.quiet(rule.trimEnd()) + '\n' + cells.map((row) => line(row, numbers)).join('');
}

/** One line, as a log has it: the time, and what happened to whom. */
function renderEvent(fields: Readonly<Record<string, unknown>>): string {
	return `${Object.values(fields)
		.map((value) => renderCell(value, undefined))
		.join('  ')}\n`;
}

/** Words that people write in capitals. */
const acronyms = /^(?:cpu|dhcp|tty|uri|uuid)\b/i;

/** `memoryKiB` → `Memory KiB` is no word for people: the first letter grows, humps part. */
function headingOf(name: string): string {
	const parted = name.replaceAll(/([a-z])([A-Z])/g, (_all, before: string, after: string) => `${before} ${after.toLowerCase()}`);
	const grown = parted.replace(acronyms, (word) => word.toUpperCase());
	return grown.charAt(0).toUpperCase() + grown.slice(1);
}

/** No column of a table is cut below so many cells. */
const leastCells = 8;

/** Takes from the widest columns until all fit. */
function fit(wanted: readonly number[], room: number): readonly number[] {
	const widths = [...wanted];
	for (let total = widths.reduce((sum, each) => sum + each, 0); total > room; total--) {
		const widest = widths.indexOf(Math.max(...widths));
		if ((widths[widest] ?? 0) <= leastCells) {
			break;
		}
		widths[widest] = (widths[widest] ?? 0) - 1;
	}
	return widths;
}

function renderCell(value: unknown, unit: string | undefined): string {
	if (value === null || value === undefined) {
		return '-';
	}
	if (typeof value === 'boolean') {
		return value ? 'yes' : 'no';
	}
	if (typeof value === 'number') {
		return unit === 'KiB' ? describeSize(value * 1024) : unit === 'ms' ? describeDuration(value) : unit === undefined ? String(value) : `${value} ${unit}`;
	}
	return safeText(typeof value === 'string' ? value : JSON.stringify(value));
}

function renderFields(fields: Readonly<Record<string, unknown>>, options: TextOptions, indent = ''): string {
	const entries = Object.entries(fields);
	const room = Math.max(0, ...entries.map(([name]) => cellWidth(fieldHeading(name)))) + 1;
	return entries
		.map(([name, value]) => {
			const label = options.style.heading(padCells(`${fieldHeading(name)}:`, room));
			if (Array.isArray(value)) {
				const items = value.map((item: unknown) => (isObject(item) ? inline(item) : renderCell(item, undefined)));
				return items.length === 0
					? `${indent}${label} -\n`
					: items.map((item, index) => `${indent}${index === 0 ? label : ' '.repeat(room)} ${item}\n`).join('');
			}
			if (isObject(value)) {
				return Object.keys(value).length === 0
					? `${indent}${label} -\n`
					: `${indent}${label.trimEnd()}\n${renderFields(value, options, `${indent}  `)}`;
			}
			return `${indent}${label} ${renderCell(value, unitOf(name))}\n`;
		})
		.join('');
}

function unitOf(name: string): string | undefined {
	return name.endsWith('KiB') ? 'KiB' : name.endsWith('Ms') ? 'ms' : undefined;
}

function fieldHeading(name: string): string {
	return headingOf(safeText(name.replace(/(KiB|Ms)$/, '')));
}

function inline(fields: Readonly<Record<string, unknown>>): string {
	return Object.entries(fields)
		.filter(([, value]) => value !== null && value !== undefined)
		.map(([name, value]) => `${safeText(name)}=${renderCell(value, unitOf(name))}`)
		.join(' ');
}

function withNewline(text: string): string {
	return text === '' || text.endsWith('\n') ? text || '\n' : `${text}\n`;
}
