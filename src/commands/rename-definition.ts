import {ShellError} from '../core/errors.ts';
import type {Output} from '../core/output.ts';
import type {CommandContext} from './context.ts';

/** Gives a definition (undefined: the current one) another name; refuses one that is taken. */
export function* renameDefinition({session, line}: CommandContext, from: string | undefined, to: string): Generator<Output> {
	const old = session.definition(from);
	if (old.name === to) {
		yield {kind: 'notice', level: 'info', code: 'unchanged', message: `'${to}' is its name already`};
		return;
	}
	if (session.has(to)) {
		throw new ShellError('refused', `A definition named '${to}' already exists`, {hint: `Remove it with 'delete ${to}', or choose another name.`});
	}
	session.rename(old.name, {...old, name: to, spec: {...old.spec, name: to}, origins: {...old.origins, name: line}}, line);
	yield {kind: 'notice', level: 'info', code: 'renamed', message: `Sandbox '${old.name}' is now '${to}'`};
}
