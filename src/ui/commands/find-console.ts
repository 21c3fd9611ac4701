import type {CommandContext} from '../../commands/context.ts';
import {callingFor, runningNameOf} from '../../commands/running.ts';
import {ShellError} from '../../core/errors.ts';
import type {ConsoleEntry} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';

/** The console of a sandbox that a command names, or its first; joins the sandbox where that has not been done. Throws not-found. */
export async function findConsole(
	consoles: Pick<ConsoleStore, 'list' | 'follow' | 'followed'>,
	context: CommandContext,
	{sandbox: written, console: name}: {readonly sandbox: string | undefined; readonly console: string | undefined},
): Promise<ConsoleEntry> {
	const sandbox = runningNameOf(context, written);
	const calling = callingFor(context, sandbox);
	const running = (await context.sandboxes.list({...calling, all: false}).catch(() => [])).find((row) => row.name === sandbox && row.ours);
	if (running !== undefined) {
		await consoles.follow([...consoles.followed(), running]);
	}
	const named = consoles.list().filter((entry) => entry.sandbox === sandbox && (name === undefined || entry.name === name));
	// What has ended can still be read.
	const found = named.find(({uri}) => uri === (running?.uri ?? calling.uri)) ?? named[0];
	if (found === undefined) {
		throw new ShellError('not-found', `Sandbox '${sandbox}' has no console${name === undefined ? '' : ` '${name}'`} to show`, {
			hint: `'consoles ${sandbox}' lists them.`,
		});
	}
	return found;
}
