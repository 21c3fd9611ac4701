import type {Definition} from '../../commands/session.ts';
import {writeSpecWords} from '../../spec/spec-words.ts';

type Definitions = ReadonlyMap<string, Definition>;

/**
 * Finds what differs between a session's definitions as both sides knew them (`base`) and as the other side left them, to be taken over.
 * Nothing that either side wrote is lost.
 */
export function mergeDefinitions(base: Definitions, own: Definitions, others: Definitions) {
	/** By name; undefined: it was deleted there. */
	const changes = new Map<string, Definition | undefined>();
	/** Changed here and there: the other one's is among the changes, by another name. */
	const clashes: Array<{name: string; other: string}> = [];
	const isTaken = (name: string): boolean => [own, others, changes].some((names) => names.has(name));
	for (const name of new Set([...base.keys(), ...others.keys()])) {
		const [before, mine, other] = [base.get(name), own.get(name), others.get(name)];
		if (isSame(other, before) || isSame(other, mine)) {
			continue;
		}
		if (mine === undefined || isSame(mine, before)) {
			changes.set(name, other);
		} else if (other !== undefined) {
			let number = 2;
			while (isTaken(`${name}-${number}`)) {
				number++;
			}
			const free = `${name}-${number}`;
			changes.set(free, {...other, name: free, spec: {...other.spec, name: free}, baseline: {...other.baseline, name: free}});
			clashes.push({name, other: free});
		}
	}
	return {changes, clashes};
}

function isSame(one: Definition | undefined, other: Definition | undefined): boolean {
	return one === other || (one !== undefined && other !== undefined && wordsOf(one) === wordsOf(other));
}

function wordsOf({spec}: Definition): string {
	return JSON.stringify(writeSpecWords(spec));
}
