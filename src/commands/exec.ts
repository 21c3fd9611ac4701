import {parseEnvironment} from '../spec/parse/parse-environment.ts';
import {parseGuestDirectory} from '../spec/paths.ts';
import {defineCommand, flag, option, repeated, required, rest} from './command.ts';
import {checkEach} from './edit-definition.ts';
import {text} from './kinds.ts';
import {runningName} from './names.ts';
import {joinSession} from './join-command.ts';
import {assertWritable, callingFor} from './running.ts';
import {collectNotices} from './voice.ts';

export const exec = defineCommand({
	name: 'exec',
	group: 'life',
	summary: 'Run a command in a sandbox that runs',
	description:
		'Passes input and output on, and ends with its status. The options stand before the command. On the screen a command with --tty and a & at the end gets a pane.',
	relaysStatus: true,
	params: {
		name: required(runningName, 'the sandbox'),
		tty: flag('give the command a terminal'),
		cwd: option(text('DIRECTORY'), 'its directory; left out: yours, or / for a user with more rights than the sandbox’s own'),
		env: repeated(text('NAME[=VALUE]'), "an environment variable; NAME alone: the caller's"),
		user: option(text('USER'), 'whom it runs as'),
		command: rest(text('COMMAND'), 'the command and its words', {raw: true, least: 1}),
	},
	examples: [
		['exec web ls -l /', 'lists the root directory of web'],
		["exec web --cwd /tmp -- sh -c 'exit 3'", 'ends with status 3'],
	],
	check({cwd, env}) {
		checkEach('env', env, parseEnvironment);
		checkEach('cwd', cwd === undefined ? [] : [cwd], (word) => parseGuestDirectory(word, 'directory'));
	},
	async *run({name, tty, cwd, env, user, command}, context) {
		assertWritable(context);
		const {sandboxes, signal, host} = context;
		const terminal = tty ? (host.terminal ?? host.paneFor?.(name)) : undefined;
		const environment = Object.fromEntries(env.map(parseEnvironment));
		const notices = collectNotices();
		const calling = {...callingFor(context, name), voice: notices.voice};
		const session = yield* notices.during(sandboxes.exec(name, {command, tty, cwd, environment, user, size: terminal?.size()}, calling));
		yield* joinSession(session, {signal, terminal, host, timeoutMs: undefined, tty});
	},
});
