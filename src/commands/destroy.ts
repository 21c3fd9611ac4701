import {defineCommand, optional} from './command.ts';
import {runningName} from './names.ts';
import {assertWritable, callingFor, runningNameOf} from './running.ts';

export const destroy = defineCommand({
	name: 'destroy',
	group: 'life',
	summary: 'End a sandbox at once',
	description: 'The command gets no chance to end by itself. The definition stays.',
	params: {name: optional(runningName, 'the sandbox; left out: the current one')},
	examples: [['destroy web', 'ends web']],
	async *run({name}, context) {
		assertWritable(context);
		const target = runningNameOf(context, name);
		await context.sandboxes.destroy(target, callingFor(context, target));
		yield {kind: 'notice', level: 'info', code: 'destroyed', message: `Sandbox '${target}' destroyed`};
	},
});
