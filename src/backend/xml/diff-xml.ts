import type {Element} from './element.ts';
import {writeXmlLines, type XmlLine} from './write-xml.ts';

/** A line of two documents laid over each other. */
interface DiffLine {
	readonly change: 'same' | 'added' | 'removed';
	readonly line: XmlLine;
}

/** Above this product of lengths the exact comparison would take too much memory, and the changed middle is shown as a whole. */
const largestTable = 4_000_000;

/** Lays the lines of two documents over each other; within a change, removed lines come before added ones. */
export function diffXml(before: Element, after: Element): DiffLine[] {
	return diffLines(writeXmlLines(before), writeXmlLines(after));
}

/** As `diffXml`, on lines that are there already. */
function diffLines(before: readonly XmlLine[], after: readonly XmlLine[]): DiffLine[] {
	let start = 0;
	while (start < before.length && start < after.length && before[start]?.text === after[start]?.text) {
		start++;
	}
	let end = 0;
	while (end < before.length - start && end < after.length - start && before.at(-1 - end)?.text === after.at(-1 - end)?.text) {
		end++;
	}
	const same = (line: XmlLine): DiffLine => ({change: 'same', line});
	return [
		...after.slice(0, start).map(same),
		...diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
		...after.slice(after.length - end).map(same),
	];
}

/** Longest common subsequence, by a table of lengths from the end. */
function diffMiddle(before: readonly XmlLine[], after: readonly XmlLine[]): DiffLine[] {
	const removed = (line: XmlLine): DiffLine => ({change: 'removed', line});
	const added = (line: XmlLine): DiffLine => ({change: 'added', line});
	if (before.length * after.length > largestTable || before.length === 0 || after.length === 0) {
		return [...before.map(removed), ...after.map(added)];
	}
	const width = after.length + 1;
	const lengths = new Uint32Array((before.length + 1) * width);
	const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
	for (let row = before.length - 1; row >= 0; row--) {
		for (let column = after.length - 1; column >= 0; column--) {
			lengths[row * width + column] =
				before[row]?.text === after[column]?.text ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
		}
	}
	const lines: DiffLine[] = [];
	let row = 0;
	let column = 0;
	while (row < before.length || column < after.length) {
		const oldLine = before[row];
		const newLine = after[column];
		if (oldLine !== undefined && newLine !== undefined && oldLine.text === newLine.text) {
			lines.push({change: 'same', line: newLine});
			row++;
			column++;
		} else if (oldLine !== undefined && (newLine === undefined || at(row + 1, column) >= at(row, column + 1))) {
			lines.push(removed(oldLine));
			row++;
		} else if (newLine !== undefined) {
			lines.push(added(newLine));
			column++;
		}
	}
	return lines;
}
