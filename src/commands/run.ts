import {ShellError} from '../core/errors.ts';
import type {SandboxSpec} from '../spec/types.ts';
import {defineCommand, flag, optional, rest} from './command.ts';
import {text} from './kinds.ts';
import {definitionName} from './names.ts';
import {joinCommand} from './join-command.ts';
import {assertWritable} from './running.ts';
import {collectNotices} from './voice.ts';

export const run = defineCommand({
	name: 'run',
	group: 'life',
	summary: 'Run a command in a fresh sandbox and wait for its end',
	description: 'Starts a new instance of a definition, passes input and output on, and ends with its status. Whatever the command left running is killed.',
	relaysStatus: true,
	params: {
		name: optional(definitionName, 'the definition; left out: the current one'),
		tty: flag('give the command a terminal'),
		command: rest(text('COMMAND'), "the command, after --; left out: the definition's", {raw: 'dashes'}),
	},
	examples: [
		['new t; run -- /bin/sh -c "exit 3"', 'ends with status 3'],
		['new t; set command /bin/echo hello; run', "runs the definition's command"],
	],
	async *run({name, tty, command}, context) {
		assertWritable(context);
		const {session, sandboxes, signal, host} = context;
		if (name !== undefined && command.length === 0 && !session.has(name)) {
			throw new ShellError('not-found', `No definition is named '${name}'`, {
				hint:
					session.current === undefined
						? `Make it with 'new ${name}'. A command stands after --, in a sandbox that 'new' made: 'new web; run -- ${name}'.`
						: `A command stands after --: 'run -- ${name}'.`,
			});
		}
		const definition = session.definition(name);
		const spec: SandboxSpec = {
			...definition.spec,
			name: undefined,
			lifetime: 'client',
			uri: definition.spec.uri ?? session.uri,
			command: command.length === 0 ? definition.spec.command : command,
			tty: tty || definition.spec.tty,
		};
		if (spec.command.length === 0) {
			throw new ShellError('refused', `The sandbox '${definition.name}' has no command`, {
				hint: "Give it one with 'set command …', or write it after --.",
			});
		}
		const terminal = spec.tty ? host.terminal : undefined;
		const notices = collectNotices();
		const {voice} = notices;
		const sandbox = yield* notices.during(sandboxes.start(spec, {uri: spec.uri, signal, voice, size: terminal?.size()}));
		const own = spec.tty ? (terminal ?? host.paneFor?.(sandbox.name)) : undefined;
		try {
			yield* joinCommand(sandbox, {signal, terminal: own, host, timeoutMs: spec.limits.timeoutMs, tty: spec.tty});
		} catch (error) {
			yield* notices.rest();
			throw error;
		}
		yield* notices.rest();
	},
});
