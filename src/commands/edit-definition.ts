import {ShellError} from '../core/errors.ts';
import type {Output} from '../core/output.ts';
import {compareItems} from '../spec/items.ts';
import type {SandboxSpec} from '../spec/types.ts';
import {WrongArgument} from './command.ts';
import type {CommandContext} from './context.ts';
import {quoteWord} from './quote-word.ts';

/** Gives the current definition a new spec as one step of undo, and tells what changed. */
export function* editDefinition(context: CommandContext, change: (spec: SandboxSpec) => SandboxSpec): Generator<Output> {
	const {session, line} = context;
	const old = session.definition();
	const spec = change(old.spec);
	const changes = compareItems(old.spec, spec, quoteWord);
	if (changes.length === 0) {
		yield {kind: 'notice', level: 'info', code: 'unchanged', message: `${old.name} stays as it is`};
		return;
	}
	session.update(old.name, spec, line, {
		set: changes.filter(({to}) => to !== null).map(({path}) => path),
		unset: changes.filter(({to}) => to === null).map(({path}) => path),
	});
	for (const {path, from, to} of changes) {
		const message = to === null ? `${path}: unset (was ${from ?? ''})` : from === null ? `${path}: ${to}` : `${path}: ${from} → ${to}`;
		yield {kind: 'notice', level: 'info', code: 'changed', message};
	}
}

/** Reads each word of a parameter; a usage error names the word's place. */
export function checkEach(param: string, words: readonly string[], read: (word: string) => unknown): void {
	for (const [index, word] of words.entries()) {
		try {
			read(word);
		} catch (error) {
			if (error instanceof ShellError && error.code === 'usage') {
				throw new WrongArgument(param, error.message, error.hint, index);
			}
			throw error;
		}
	}
}
