import {defineCommand, required} from './command.ts';
import {path} from './kinds.ts';

export const source = defineCommand({
	name: 'source',
	group: 'shell',
	summary: 'Run the commands of a file in this session',
	description: 'The file is read as a whole before any of it runs.',
	params: {file: required(path(), 'the script')},
	examples: [['source setup.vs', 'runs the commands of setup.vs']],
	async *run({file}, context) {
		yield* context.language.source(file);
	},
});
