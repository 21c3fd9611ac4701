import {isDirty, type Session} from '../commands/session.ts';
import {safeText} from '../core/text.ts';

/** The prompt: the current definition, `*` when it differs from what was saved or started, and last `# `, or `> ` when read-only. */
export function promptOf(session: Session): string {
	const {current} = session;
	const name = current === undefined ? '' : `:${safeText(current.name)}${isDirty(current) ? '*' : ''}`;
	return `virt-sandbox${name} ${session.readonly ? '>' : '#'} `;
}

/** What stands before the further lines of a command. */
export const continuationPrompt = '... ';
