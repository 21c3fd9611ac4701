import type {Command} from '../commands/command.ts';
import type {ScreenCommandParts} from '../ui/commands/screen-commands.ts';
import type {Desk} from '../ui/session/desk.ts';

/** The commands that only a screen has, for help on them where there is none: nobody runs these. */
export async function screenCommandsToRead(): Promise<readonly Command[]> {
	const {createScreenCommands} = await import('../ui/commands/screen-commands.ts');
	// What they work on is looked at only when they run.
	const desk: Pick<Desk, 'atEnd'> & {readonly panes: object} = {panes: {}, atEnd() {}};
	return createScreenCommands({desk} as ScreenCommandParts);
}
