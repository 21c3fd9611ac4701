import {ShellError} from '../core/errors.ts';
import {defineCommand, optional} from './command.ts';
import {count} from './kinds.ts';
import {sessionChanges} from './session-changes.ts';

export const redo = defineCommand({
	name: 'redo',
	group: 'definition',
	summary: 'Do again what undo took back',
	params: {steps: optional(count('N', 1, 1000), 'how many changes (default 1)')},
	examples: [['new web; set memory 1G; undo; redo', 'the memory is 1 GiB']],
	async *run({steps = 1}, {session}) {
		const before = session.state;
		if (session.future.length < steps) {
			throw new ShellError(
				'refused',
				session.future.length === 0 ? 'There is nothing to redo' : `There are only ${session.future.length} changes to redo`,
			);
		}
		for (let step = 0; step < steps; step++) {
			session.redo();
		}
		yield {kind: 'changes', changes: sessionChanges(before, session.state)};
	},
});
