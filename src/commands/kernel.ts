import {defineCommand} from './command.ts';
import {checkKeys, keyOption, runKeys} from './key-options.ts';

export const kernel = defineCommand({
	name: 'kernel',
	group: 'parts',
	summary: 'Choose the kernel of a machine, or show the choice',
	description: "For the backend machine only. The value 'default' takes a choice back.",
	params: {
		version: keyOption('kernel.version'),
		path: keyOption('kernel.path'),
		modules: keyOption('kernel.modules'),
		accel: keyOption('accel'),
	},
	examples: [
		['new vm --backend machine; kernel --version 6.12.48-amd64', 'boots this kernel'],
		['new vm --backend machine; kernel --accel tcg', 'emulates the CPU'],
		['new vm; kernel', 'shows the choice'],
	],
	check: (given) => checkKeys(given, 'kernel.'),
	async *run(given, context) {
		yield* runKeys(given, 'kernel', context, 'kernel.');
	},
});
