import {defineCommand, flag, optional, option} from '../../commands/command.ts';
import {path, text} from '../../commands/kinds.ts';
import {anyName} from '../../commands/names.ts';
import {safeText} from '../../core/text.ts';
import {labelOf} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import {findConsole} from './find-console.ts';

/** `scrollback`: what a console shows and what has scrolled away, searched, copied to a file, or cleared. */
export function createScrollbackCommand(consoles: ConsoleStore) {
	return defineCommand({
		name: 'scrollback',
		group: 'consoles',
		summary: 'Search, copy or clear what a console has said',
		description: "It is the text of the pane: 2000 lines and the screen. 'log' has what was captured on disk.",
		params: {
			name: optional(anyName, 'the sandbox; left out: the current one'),
			console: optional(text('CONSOLE'), 'which console; left out: the first'),
			find: option(text('TEXT'), 'only lines with this text'),
			file: option(path(), 'write them to a file'),
			clear: flag('forget what has scrolled away'),
		},
		examples: [
			['scrollback web --find error', 'prints the lines with error'],
			['scrollback web --file web.txt', 'writes all of them to a file'],
		],
		async *run({name, console: which, find, file, clear}, context) {
			const entry = await findConsole(consoles, context, {sandbox: name, console: which});
			const {emulator, sandbox} = entry;
			const label = labelOf(entry, consoles.list());
			if (clear) {
				emulator.clear();
				yield {kind: 'notice', level: 'info', code: 'cleared', message: `Cleared ${label}`};
				return;
			}
			const lines = emulator.text().filter((line) => find === undefined || line.toLowerCase().includes(find.toLowerCase()));
			if (emulator.dropped > 0) {
				const message = `${emulator.dropped} older lines of ${label} were dropped`;
				yield {kind: 'notice', level: 'warning', code: 'dropped', message, hint: `'log ${sandbox}' may have them.`};
			}
			const written = lines.map((line) => `${line}\n`).join('');
			if (file === undefined) {
				yield {kind: 'document', format: 'text', text: lines.map(safeText).join('\n')};
				return;
			}
			await context.host.writeFile(file, written, 0o600);
			yield {kind: 'notice', level: 'info', code: 'copied', message: `Wrote ${lines.length} lines of ${label} to ${file}`};
		},
	});
}
