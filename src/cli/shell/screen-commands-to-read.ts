import type {Command} from '../../commands/command.ts';
import type {ConsoleStore} from '../../ui/consoles/console-store.ts';

/** The commands that only a screen has, for help on them where there is none: nobody runs these. */
export async function screenCommandsToRead(): Promise<readonly Command[]> {
	const {createScreenCommands} = await import('../../ui/commands/screen-commands.ts');
	const consoles: ConsoleStore = {
		list: absent,
		find: absent,
		type: absent,
		resize: absent,
		lend: absent,
		add: absent,
		remove: absent,
		tap: absent,
		close: absent,
		follow: absent,
		followed: absent,
	};
	return createScreenCommands({
		views: {consoles, panes: {update: absent}, atEnd() {}},
		store: {get: absent},
		runner: () => undefined,
		host: {listDirectory: absent, writeFile: absent, ownDirectory: absent},
	});
}

/** What they work on is looked at only when they run. */
function absent(): never {
	throw new TypeError('A command of the screen was run where there is no screen');
}
