import type {ProgramArchitecture} from '../program/program-file.ts';
import {callNumbers, type Abi} from './call-numbers.ts';
import {compileFilter} from './compile-filter.ts';
import {absent, allowed, refused, type CallGroup} from './default-calls.ts';
import {judged} from './judged-calls.ts';
import {abisOf, answers, errors, type AbiRules, type Clause} from './rules.ts';

/**
 * The filter that a sandbox has unless another is asked for: it lists what is allowed (default-calls.ts and judged-calls.ts), so that a call
 * that is invented tomorrow is not there until somebody has looked at it.
 */
export function defaultFilter(architecture: ProgramArchitecture): Buffer {
	return compileFilter(abisOf[architecture].map(defaultRules));
}

/** What becomes of the calls of one ABI. */
function defaultRules(abi: Abi): AbiRules {
	const numbers = callNumbers(abi);
	const clauses = new Map<number, readonly Clause[]>();
	const add = ({calls}: CallGroup, fate: readonly Clause[]): void => {
		for (const name of namesIn(calls)) {
			const number = numbers.get(name);
			if (number !== undefined) clauses.set(number, fate);
		}
	};
	const otherwise = answers.fail(errors.notImplemented);
	for (const group of allowed) add(group, [{when: [], answer: answers.allow}]);
	for (const group of refused) add(group, [{when: [], answer: answers.fail(errors.notPermitted)}]);
	for (const group of absent) add(group, [{when: [], answer: otherwise}]);
	for (const group of judged) add(group, [...group.clauses, {when: [], answer: group.otherwise}]);
	return {abi, clauses, otherwise};
}

/** The names of a list. */
export function namesIn(calls: string): string[] {
	return calls.split(/\s+/);
}
