import {ShellError} from '../core/errors.ts';
import {defineCommand, optional} from './command.ts';
import {count} from './kinds.ts';
import {sessionChanges} from './session-changes.ts';

export const undo = defineCommand({
	name: 'undo',
	group: 'definition',
	summary: 'Take back the last change of a definition',
	params: {steps: optional(count('N', 1, 1000), 'how many changes (default 1)')},
	examples: [
		['new web; set memory 1G; undo', 'the memory is 512 MiB again'],
		['new web; set memory 1G; set vcpus 2; undo 2', 'takes both back'],
	],
	async *run({steps = 1}, {session}) {
		const before = session.state;
		if (session.past.length < steps) {
			throw new ShellError('refused', session.past.length === 0 ? 'There is nothing to undo' : `There are only ${session.past.length} changes to undo`);
		}
		for (let step = 0; step < steps; step++) {
			session.undo();
		}
		yield {kind: 'changes', changes: sessionChanges(before, session.state)};
	},
});
