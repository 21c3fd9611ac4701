import {defineCommand, flag, optional, required} from '../../commands/command.ts';
import {choice, text} from '../../commands/kinds.ts';
import {runningName} from '../../commands/names.ts';
import {callingFor, runningNameOf} from '../../commands/running.ts';
import {ShellError} from '../../core/errors.ts';
import {partsOfKey} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import {closePane, openPane, type OpenPanes, type Pane} from '../panes/pane-state.ts';
import {findConsole} from './find-console.ts';

interface ViewParts extends OpenPanes {
	readonly consoles: Pick<ConsoleStore, 'list' | 'follow' | 'followed'>;
}

const kinds = choice({
	xml: 'the domain XML of the current sandbox',
	consoles: 'the consoles of all sandboxes, one at a time',
	console: 'one console, which is named',
	events: 'what happened to domains',
	keys: 'every key',
});

/** `view`: panes beside the transcript. */
export function createViewCommand({consoles, panes, update}: ViewParts) {
	/** The open pane of a console, which itself may be gone; where none is named, that of the first. */
	function paneOf(named: {readonly sandbox: string; readonly console: string | undefined}, uri: string | undefined): Pane | undefined {
		const numbers = new Map(consoles.list().map(({key, number}) => [key, number]));
		const rank = ({console = ''}: Pane): number => numbers.get(console) ?? Number.MAX_SAFE_INTEGER;
		const open = panes().panes.filter(({console}) => {
			const {sandbox, name} = partsOfKey(console ?? '');
			return sandbox === named.sandbox && (named.console === undefined || name === named.console);
		});
		const sorted = open.toSorted((a, b) => rank(a) - rank(b));
		return sorted.find(({console}) => partsOfKey(console ?? '').uri === uri) ?? sorted[0];
	}

	return defineCommand({
		name: 'view',
		group: 'consoles',
		summary: 'Open, close and move panes of the screen',
		description: 'Panes stand on the right or below; on a small terminal one is shown at a time. F1 lists the keys that do the same.',
		params: {
			what: required(kinds, 'what to show'),
			name: optional(runningName, 'console: the sandbox; left out: the current one'),
			console: optional(text('CONSOLE'), 'console: which one; left out: the first'),
			right: flag('on the right'),
			below: flag('below'),
			zoom: flag('on the whole screen'),
			close: flag('close it'),
		},
		examples: [
			['view xml --right', 'shows the XML, which follows every change'],
			['view console web boot --below', 'shows what the init of web says'],
			['view events --close', 'closes the event log'],
		],
		async *run({what, name, console: which, right, below, zoom, close}, context) {
			if (close) {
				const sandbox = what === 'console' ? runningNameOf(context, name) : undefined;
				const gone =
					sandbox === undefined ? panes().panes.find(({id}) => id === what) : paneOf({sandbox, console: which}, callingFor(context, sandbox).uri);
				if (gone === undefined) {
					const shown = [what, sandbox, which].filter((word) => word !== undefined).join(' ');
					throw new ShellError('not-found', `No pane shows ${shown}`, {hint: `'view ${shown}' opens it.`});
				}
				update((state) => closePane(state, gone.id));
				return;
			}
			const key = what === 'console' ? (await findConsole(consoles, context, {sandbox: name, console: which})).key : undefined;
			const open = panes().panes.find((pane) => pane.id === (key === undefined ? what : `${what} ${key}`));
			const usual = what === 'xml' || what === 'keys' ? 'right' : 'below';
			update((state) => openPane(state, what, {side: right ? 'right' : below ? 'below' : (open?.side ?? usual), console: key, zoom}));
		},
	});
}
