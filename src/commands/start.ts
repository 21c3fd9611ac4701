import {ShellError} from '../core/errors.ts';
import {defineCommand, flag, optional} from './command.ts';
import {attachConsole} from './consoles.ts';
import {idleName} from './names.ts';
import {assertWritable, callingFor} from './running.ts';
import {collectNotices} from './voice.ts';

export const start = defineCommand({
	name: 'start',
	group: 'life',
	summary: 'Start a definition in the background',
	description:
		"Returns when the sandbox is ready; fails when its command cannot be executed. What its command writes is captured: 'log' prints it. The command's input is empty unless it has a terminal. With lifetime client the sandbox ends with this session; --keep, or 'set lifetime keep', leaves it running.",
	params: {
		name: optional(idleName, 'the definition; left out: the current one'),
		keep: flag('leave it running after this session'),
		console: flag("attach to the command's terminal at once"),
	},
	examples: [
		['new web; set command /bin/sleep 1; start; wait', 'starts web and waits for its end'],
		['new web; set command /bin/sleep 100; start --keep; stop web', 'would run on after this session, but is stopped'],
	],
	async *run({name, keep, console}, context) {
		assertWritable(context);
		const {session, sandboxes} = context;
		const definition = session.definition(name);
		const spec = {...definition.spec, lifetime: keep ? ('keep' as const) : definition.spec.lifetime};
		if (spec.command.length === 0) {
			throw new ShellError('refused', `The sandbox '${definition.name}' has no command`, {hint: "Give it one with 'set command …'."});
		}
		const calling = callingFor(context, definition.name);
		const notices = collectNotices();
		const {voice} = notices;
		const started = yield* notices.during(sandboxes.startDetached(spec, {...calling, voice, size: context.host.terminal?.size()}));
		session.settle(definition.name, definition.spec);
		yield {kind: 'notice', level: 'info', code: 'started', message: `Sandbox '${started}' started`};
		if (console) {
			yield* attachConsole(context, started, undefined);
		}
	},
});
