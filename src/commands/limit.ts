import {limitKeys} from '../spec/limit-keys.ts';
import {defineCommand} from './command.ts';
import {checkKeys, keyOption, runKeys} from './key-options.ts';

export const limit = defineCommand({
	name: 'limit',
	group: 'parts',
	summary: 'Limit memory, CPUs, disk, processes, time, or show them',
	description: "Sizes take K, M, G or T and are bytes without one. The value 'default' takes a limit back.",
	params: Object.fromEntries(limitKeys.map(({name}) => [name, keyOption(name)])),
	examples: [
		['new web; limit --memory 256M --vcpus 2', 'sets two limits'],
		['new web; limit --cpu-quota 50 --timeout 60', 'half a CPU, for a minute at most'],
		['new web; limit --pids 100', 'at most a hundred processes'],
		['new web; limit', 'shows all limits'],
	],
	check: (given) => checkKeys(given),
	async *run(given, context) {
		yield* runKeys(given, 'limit', context);
	},
});
