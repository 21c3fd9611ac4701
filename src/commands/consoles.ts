import {ShellError} from '../core/errors.ts';
import {tableOf, type Output} from '../core/output.ts';
import {defineCommand, optional} from './command.ts';
import type {CommandContext} from './context.ts';
import {text} from './kinds.ts';
import {runningName} from './names.ts';
import {assertWritable, callingFor, runningNameOf} from './running.ts';
import {collectNotices} from './voice.ts';

/** Lends the person's terminal to a console until the escape key is pressed or the console ends. */
export async function* attachConsole(context: CommandContext, name: string, console: string | undefined): AsyncGenerator<Output> {
	const {host, sandboxes, signal} = context;
	if (host.terminal === undefined) {
		throw new ShellError('refused', 'There is no terminal to attach', {hint: "'log' prints what a console said."});
	}
	const notices = collectNotices();
	const session = yield* notices.during(sandboxes.console(name, console, {...callingFor(context, name), voice: notices.voice}));
	const key = host.terminal.escape;
	const spelled = /^\^.$/.test(key) ? ` (Ctrl + ${key.slice(1)})` : '';
	const [attached, escape] = [`Connected to domain '${name}'`, `Escape character is ${key}${spelled}`];
	if (host.terminal.greet === undefined) {
		yield {kind: 'notice', level: 'info', code: 'attached', message: attached};
		yield {kind: 'notice', level: 'info', code: 'escape', message: escape};
	} else {
		host.terminal.greet([attached, escape]);
	}
	const left = Promise.withResolvers<void>();
	const attachment = host.terminal.attach(session, left.resolve);
	signal.addEventListener('abort', () => left.resolve(), {once: true});
	try {
		await Promise.race([attachment.done.catch(() => undefined), left.promise]);
	} finally {
		await attachment.settle();
		attachment.detach();
		session.stdin.destroy();
		session.stdout.destroy();
	}
}

export const console = defineCommand({
	name: 'console',
	group: 'consoles',
	summary: 'Attach this terminal to a console of a sandbox',
	description: 'The escape key (^] unless -e chose another) comes back; typed twice it goes to the sandbox once.',
	params: {
		name: optional(runningName, 'the sandbox; left out: the current one'),
		console: optional(text('CONSOLE'), "which one; left out: the command's terminal"),
	},
	examples: [
		['console web', "attaches to the terminal of web's command"],
		['console web shell', 'attaches to its root shell'],
	],
	async *run({name, console: which}, context) {
		assertWritable(context);
		yield* attachConsole(context, runningNameOf(context, name), which);
	},
});

export const consoles = defineCommand({
	name: 'consoles',
	group: 'consoles',
	summary: 'List the consoles of a sandbox',
	params: {name: optional(runningName, 'the sandbox; left out: the current one')},
	examples: [['consoles web', 'lists them with what each is']],
	async *run({name}, context) {
		const target = runningNameOf(context, name);
		yield tableOf(['name', 'kind', 'state'], await context.sandboxes.consoles(target, callingFor(context, target)));
	},
});
