import {escapeUnits} from './text.ts';

/** One line of JSON as contract has it. What a terminal would obey or hide is written as \uXXXX, which is the same value. */
export function jsonLine(value: object): string {
	return `${escapeUnits(JSON.stringify({v: 1, ...value}))}\n`;
}
