import {usageError} from '../core/errors.ts';
import {didYouMean} from '../core/nearest-word.ts';
import type {Kind} from './command.ts';

/** Signals of Linux by name, as on x86 and ARM. */
const signals: Readonly<Record<string, number>> = {
	HUP: 1,
	INT: 2,
	QUIT: 3,
	ILL: 4,
	TRAP: 5,
	ABRT: 6,
	BUS: 7,
	FPE: 8,
	KILL: 9,
	USR1: 10,
	SEGV: 11,
	USR2: 12,
	PIPE: 13,
	ALRM: 14,
	TERM: 15,
	CHLD: 17,
	CONT: 18,
	STOP: 19,
	TSTP: 20,
	TTIN: 21,
	TTOU: 22,
	URG: 23,
	WINCH: 28,
};

const largestSignal = 64;

/** `TERM` for 15; undefined: it has none here. */
function signalName(number: number): string | undefined {
	return Object.keys(signals).find((name) => signals[name] === number);
}

/** A signal by name, with or without SIG, or by number; gives the number. */
export const signalKind: Kind<number> = {
	placeholder: 'SIGNAL',
	parse(word) {
		const name = word.toUpperCase().replace(/^SIG/, '');
		const number = /^[0-9]{1,2}$/.test(word) ? Number(word) : Object.hasOwn(signals, name) ? (signals[name] ?? 0) : 0;
		if (number < 1 || number > largestSignal) {
			throw usageError(
				`There is no signal '${word}'`,
				didYouMean(name, Object.keys(signals)) ?? `Write a name as TERM, or a number from 1 to ${largestSignal}.`,
			);
		}
		return number;
	},
	complete: () => Object.entries(signals).map(([text, number]) => ({text, description: String(number)})),
};

/** More is 128 + signal. */
const mostStatus = 128;

/** `status 3`, `status 137 (signal KILL)`. */
export function describeStatus(status: number): string {
	const signal = signalName(status - mostStatus);
	return signal === undefined ? `status ${status}` : `status ${status} (signal ${signal})`;
}
