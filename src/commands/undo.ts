import {ShellError} from '../core/errors.ts';
import type {Change} from '../core/output.ts';
import {compareItems} from '../spec/items.ts';
import {defineCommand, optional, type Command} from './command.ts';
import {count} from './kinds.ts';
import {quoteWord} from './quote-word.ts';
import type {SessionState} from './session.ts';

/** What differs between two states of a session: definitions that came or went, and their values (`web: memory`). */
function sessionChanges(from: SessionState, to: SessionState): readonly Change[] {
	const names = new Set([...from.definitions.keys(), ...to.definitions.keys()]);
	return [...names].flatMap((name): readonly Change[] => {
		const before = from.definitions.get(name);
		const after = to.definitions.get(name);
		if (before === undefined || after === undefined) {
			return [{path: `definition ${name}`, from: before === undefined ? null : 'defined', to: after === undefined ? null : 'defined', effect: 'none'}];
		}
		const changes = before === after ? [] : compareItems(before.spec, after.spec, quoteWord);
		return changes.map((change) => ({...change, path: `${name}: ${change.path}`}));
	});
}

type Described = Required<Pick<Command, 'summary' | 'examples'>>;

function stepCommand(name: 'undo' | 'redo', from: 'past' | 'future', described: Described) {
	return defineCommand({
		name,
		group: 'definition',
		...described,
		params: {steps: optional(count('N', 1, 1000), 'how many changes (default 1)')},
		async *run({steps = 1}, {session}) {
			const before = session.state;
			const {length} = session[from];
			if (length < steps) {
				throw new ShellError('refused', length === 0 ? `There is nothing to ${name}` : `There are only ${length} changes to ${name}`);
			}
			for (let step = 0; step < steps; step++) {
				session[name]();
			}
			yield {kind: 'changes', changes: sessionChanges(before, session.state)};
		},
	});
}

export const undo = stepCommand('undo', 'past', {
	summary: 'Take back the last change of a definition',
	examples: [
		['new web; set memory 1G; undo', 'the memory is 512 MiB again'],
		['new web; set memory 1G; set vcpus 2; undo 2', 'takes both back'],
	],
});

export const redo = stepCommand('redo', 'future', {
	summary: 'Do again what undo took back',
	examples: [['new web; set memory 1G; undo; redo', 'the memory is 1 GiB']],
});
