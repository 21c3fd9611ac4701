import {defineCommand, optional, required} from './command.ts';
import {checkArgument} from './edit-definition.ts';
import {text} from './kinds.ts';
import {runningName} from './names.ts';
import {assertWritable, callingFor, runningNameOf} from './running.ts';
import {signalKind} from './signal-kind.ts';
import {collectNotices} from './voice.ts';

const nameOrSignal = text('NAME|SIGNAL', async (prefix, context) => [
	...((await runningName.complete?.(prefix, context)) ?? []),
	...((await signalKind.complete?.(prefix, context)) ?? []),
]);

export const signal = defineCommand({
	name: 'signal',
	aliases: ['send-process-signal'],
	group: 'life',
	summary: 'Send a signal to the command of a sandbox',
	description: 'The signal is a name, as TERM, or a number; the sandbox stands before it, or is the current one.',
	params: {
		first: required(nameOrSignal, 'the sandbox; left out: the current one'),
		signal: optional({...signalKind, parse: (text) => text}, 'the signal'),
	},
	examples: [
		['signal web HUP', 'sends SIGHUP to the command of web'],
		['signal 10', 'sends SIGUSR1 to that of the current one'],
	],
	check({first, signal: second}) {
		checkArgument(second === undefined ? 'first' : 'signal', () => signalKind.parse(second ?? first));
	},
	async *run({first, signal: second}, context) {
		assertWritable(context);
		const target = runningNameOf(context, second === undefined ? undefined : first);
		const notices = collectNotices();
		const calling = {...callingFor(context, target), voice: notices.voice};
		yield* notices.during(context.sandboxes.signal(target, signalKind.parse(second ?? first), calling));
	},
});
