import {defineCommand, optional} from './command.ts';
import {runningName} from './names.ts';
import {assertWritable, callingFor, runningNameOf} from './running.ts';

export const suspend = defineCommand({
	name: 'suspend',
	group: 'life',
	summary: 'Stop the clock of a sandbox',
	description: 'Nothing in it runs until it is resumed; it keeps its memory.',
	params: {name: optional(runningName, 'the sandbox; left out: the current one')},
	examples: [['suspend web', 'web stands still']],
	async *run({name}, context) {
		assertWritable(context);
		const target = runningNameOf(context, name);
		await context.sandboxes.suspend(target, callingFor(context, target));
		yield {kind: 'notice', level: 'info', code: 'suspended', message: `Sandbox '${target}' suspended`};
	},
});
