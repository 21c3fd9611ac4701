import {placesIn, type LinePlace} from '../backend/xml/scan/places.ts';
import type {XmlFault} from '../backend/xml/scan/scanned.ts';
import {tableOf, type Output} from '../core/output.ts';
import {safeText, truncate} from '../core/text.ts';

/** What is wrong, and where that has a place in a text. */
export interface Fault extends Partial<Pick<XmlFault, 'start' | 'end' | 'culprit' | 'path'>> {
	readonly source: XmlFault['source'];
	readonly level: NonNullable<XmlFault['level']>;
	readonly message: string;
	readonly cure?: string | undefined;
}

/** Cells of a line of the text that are shown, and of those before the culprit. */
const [shownCells, cellsBefore] = [100, 60];

/** Characters of a line that are looked at for them. */
const mostRead = 1000;

/** Faults of a text; `file`: its name. */
export function showFaults(faults: readonly Fault[], text: string, {output, file}: {output: 'text' | 'json'; file?: string | undefined}): Output {
	const placeOf = placesIn(text);
	const placed = faults.map((fault) => ({fault, place: fault.start === undefined ? undefined : placeOf(fault.start)}));
	if (output === 'text') {
		return {kind: 'document', format: 'text', text: placed.map(({fault, place}) => describe(fault, place, {text, file})).join('\n')};
	}
	return tableOf(
		['line', 'column', 'path', 'culprit', 'message', 'cure', 'source', 'level'],
		placed.map(({fault: {path, culprit, message, cure, source, level}, place}) => ({
			line: place?.line,
			column: place?.column,
			path,
			culprit,
			message,
			cure,
			source,
			level,
		})),
	);
}

/** As compilers do, so that editors find the place. */
function describe(fault: Fault, place: LinePlace | undefined, {text, file}: {readonly text: string; readonly file: string | undefined}): string {
	const {level, message, cure} = fault;
	const where = place === undefined ? [] : [...(file === undefined ? [] : [safeText(file)]), place.line, place.column];
	return [
		[...where, ` ${level}`, ` ${safeText(message)}`].join(':').trimStart(),
		...excerpt(fault, text),
		...(cure === undefined ? [] : [`  cure: ${safeText(cure)}`]),
	].join('\n');
}

/** The line, and below it what the fault is of. */
function excerpt({start, end = 0}: Fault, text: string): string[] {
	if (start === undefined) return [];
	const lineStart = text.lastIndexOf('\n', start - 1) + 1;
	const lineEnd = text.indexOf('\n', start) === -1 ? text.length : text.indexOf('\n', start);
	const written = text.slice(lineStart, lineEnd).trimEnd();
	if (written === '') return [];
	const indent = written.length - written.trimStart().length;
	const from = Math.max(Math.min(indent, start - lineStart), start - lineStart - cellsBefore);
	const before = safeText(text.slice(lineStart + from, start).replaceAll('\t', ' '));
	const culprit = safeText(text.slice(start, Math.min(end, lineEnd, start + shownCells)).replaceAll('\t', ' '));
	const shown = truncate(safeText(written.slice(from, from + mostRead).replaceAll('\t', ' ')), shownCells);
	return [`    ${shown}`, `    ${' '.repeat(before.length)}^${'~'.repeat(Math.max(0, Math.min(culprit.length, shownCells - before.length) - 1))}`];
}
