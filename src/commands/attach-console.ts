import {ShellError} from '../core/errors.ts';
import type {Output} from '../core/output.ts';
import type {CommandContext} from './context.ts';
import {callingFor} from './running.ts';
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
