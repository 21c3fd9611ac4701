import type {Command} from '../../commands/command.ts';
import type {Language} from '../../commands/context.ts';
import type {CompletionContext} from '../../commands/completion.ts';
import {ShellError} from '../../core/errors.ts';
import type {Output} from '../../core/output.ts';
import {helpOn} from '../help.ts';
import {selfTestTable} from './self-test.ts';

interface LanguageOptions {
	readonly commands: readonly Command[];
	/** Those that only a screen has, where there is none. */
	readonly onScreen?: (() => Promise<readonly Command[]>) | undefined;
	readonly completion: () => CompletionContext;
	readonly source: (path: string) => AsyncIterable<Output>;
}

/** The shell's language as the commands that speak about it see it. */
export function createLanguage({commands, onScreen, completion, source}: LanguageOptions): Language {
	return {
		commands,
		help: async (topic) => helpOn(topic, commands, await onScreen?.()),
		selfTest: () => selfTestTable(commands),
		async complete(words) {
			const [{completeWords}, {completeProgramOptions}] = await Promise.all([
				import('../complete/complete.ts'),
				import('../complete/complete-program.ts'),
			]);
			const rest = completeProgramOptions(words);
			return rest.kind === 'candidates' ? rest.candidates : completeWords(rest.words, commands, completion());
		},
		source,
	};
}

/** Reads the bytes of a script; refuses what is no text. */
export function decodeScript(bytes: Uint8Array, what: string): string {
	let text: string;
	try {
		text = new TextDecoder('utf-8', {fatal: true}).decode(bytes);
	} catch (error) {
		throw new ShellError('usage', `${what} is not text: it holds bytes that are not UTF-8`, {
			cause: error,
			hint: 'A script holds commands, one on a line.',
		});
	}
	const nul = text.indexOf('\0');
	if (nul !== -1) {
		throw new ShellError('usage', `${what} is not text: it holds a NUL`, {hint: 'A script holds commands, one on a line.'});
	}
	return text;
}
