import {wordToBytes} from '../bytes.ts';
import type {Call, Value} from './call-program.ts';

const setNoNewPrivileges = 38;
const setSystemCallFilter = 22;
const byProgram = 2;

/** Makes one call of a program by its name. */
export type MakeCall = (name: string, args: readonly Value[], rest?: Pick<Call, 'afterErrno' | 'required'>) => Call;

/** Makes calls with the numbers of one architecture; a name that it does not have is a fault of ours. */
export function callByName(numbers: ReadonlyMap<string, number>): MakeCall {
	return (name, args, rest) => {
		const number = numbers.get(name);
		if (number === undefined) throw new TypeError(`There is no system call ${name}`);
		return {number, args, ...rest};
	};
}

/** No program that is run from now on gives a right that is not there. */
export function takeNoNewPrivileges(call: MakeCall): Call {
	return call('prctl', [setNoNewPrivileges, 1, 0, 0, 0], {required: true});
}

/** Takes on a filter of system calls for ever: the program as the kernel takes it. */
export function takeFilter(call: MakeCall, filter: Buffer): Call {
	return call('prctl', [setSystemCallFilter, byProgram, {fields: [filter.length / 8, filter]}], {required: true});
}

/** Says why on standard error, and ends. */
export function die(call: MakeCall, message: string, status: number): Call[] {
	const text = wordToBytes(`virt-sandbox: ${message}\n`);
	return [call('write', [2, text, text.length]), call('exit_group', [status])];
}
