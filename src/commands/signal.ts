import {defineCommand, option, required} from './command.ts';
import {runningName} from './names.ts';
import {assertWritable, callingFor, runningNameOf} from './running.ts';
import {signalKind} from './signal-kind.ts';

export const signal = defineCommand({
	name: 'signal',
	aliases: ['send-process-signal'],
	group: 'life',
	summary: 'Send a signal to the command of a sandbox',
	params: {
		signal: required(signalKind, 'name or number, as TERM or 15'),
		name: option(runningName, 'the sandbox; left out: the current one'),
	},
	examples: [
		['signal HUP --name web', 'sends SIGHUP to the command of web'],
		['signal 10', 'sends SIGUSR1 to that of the current one'],
	],
	async *run({signal: number, name}, context) {
		assertWritable(context);
		const target = runningNameOf(context, name);
		await context.sandboxes.signal(target, number, callingFor(context, target));
	},
});
