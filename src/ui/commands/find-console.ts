import {ShellError} from '../../core/errors.ts';
import type {ConsoleEntry} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';

/** The console of a sandbox that a command names, or its first; joins the sandbox where that has not been done. Throws not-found. */
export async function findConsole(
	consoles: Pick<ConsoleStore, 'list' | 'follow' | 'followed'>,
	sandbox: string,
	name: string | undefined,
): Promise<ConsoleEntry> {
	const find = () => consoles.list().find((entry) => entry.sandbox === sandbox && (name === undefined || entry.name === name));
	if (find() === undefined) {
		await consoles.follow([...consoles.followed(), sandbox]);
	}
	const found = find();
	if (found === undefined) {
		throw new ShellError('not-found', `Sandbox '${sandbox}' has no console${name === undefined ? '' : ` '${name}'`} to show`, {
			hint: `'consoles ${sandbox}' lists them.`,
		});
	}
	return found;
}
