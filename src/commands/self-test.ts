import {ShellError} from '../core/errors.ts';
import {defineCommand} from './command.ts';

export const selfTest = defineCommand({
	name: 'self-test',
	group: 'shell',
	summary: 'Check the table of commands',
	hidden: true,
	params: {},
	examples: [['self-test', 'says that the table is sound']],
	async *run(_args, context) {
		const faults = context.language.selfTest();
		if (faults.length > 0) {
			throw new ShellError('failed', `The table of commands has ${faults.length} faults: ${faults.join('; ')}`);
		}
		yield {kind: 'document', format: 'text', text: `${context.language.commands.length} commands: the table is sound`};
	},
});
