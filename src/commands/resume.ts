import {defineCommand, optional} from './command.ts';
import {runningName} from './names.ts';
import {assertWritable, callingFor, runningNameOf} from './running.ts';

export const resume = defineCommand({
	name: 'resume',
	group: 'life',
	summary: 'Let a suspended sandbox run on',
	params: {name: optional(runningName, 'the sandbox; left out: the current one')},
	examples: [['resume web', 'web runs on']],
	async *run({name}, context) {
		assertWritable(context);
		const target = runningNameOf(context, name);
		await context.sandboxes.resume(target, callingFor(context, target));
		yield {kind: 'notice', level: 'info', code: 'resumed', message: `Sandbox '${target}' runs on`};
	},
});
