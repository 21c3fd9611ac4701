import type {Change} from '../core/output.ts';
import {defaultSpec} from '../spec/default-spec.ts';
import {compareItems} from '../spec/items.ts';
import {quoteWord} from './quote-word.ts';
import type {SessionState} from './session.ts';

/** What differs between two states of a session: definitions that came or went, and their values (`web: memory`). */
export function sessionChanges(from: SessionState, to: SessionState): readonly Change[] {
	const names = new Set([...from.definitions.keys(), ...to.definitions.keys()]);
	return [...names].flatMap((name): readonly Change[] => {
		const before = from.definitions.get(name);
		const after = to.definitions.get(name);
		if (before === undefined || after === undefined) {
			return [{path: `definition ${name}`, from: before === undefined ? null : 'defined', to: after === undefined ? null : 'defined', effect: 'none'}];
		}
		const changes = before === after ? [] : compareItems(before.spec ?? defaultSpec, after.spec, quoteWord);
		return changes.map((change) => ({...change, path: `${name}: ${change.path}`}));
	});
}
