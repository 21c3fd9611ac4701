import {defineCommand, optional, required, WrongArgument} from '../../commands/command.ts';
import type {Host} from '../../commands/context.ts';
import {choice} from '../../commands/kinds.ts';
import {newName} from '../../commands/names.ts';
import {systemReason} from '../../core/system-reason.ts';
import {ShellError} from '../../core/errors.ts';
import {didYouMean} from '../../core/nearest-word.ts';
import {labelOfKey} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import {readLayout, writeLayout} from '../panes/pane-layout-file.ts';
import type {OpenPanes} from '../panes/pane-state.ts';

interface LayoutParts extends OpenPanes {
	readonly consoles: Pick<ConsoleStore, 'list'>;
	readonly host: Pick<Host, 'listDirectory' | 'ownDirectory'>;
}

const actions = {
	save: 'keep the panes that are open, and where',
	load: 'open the panes of one in place of those that are open',
	list: 'list the layouts',
	delete: 'delete one',
} as const;

const ending = '.json';

function directoryOf(host: Pick<Host, 'ownDirectory'>): string {
	return host.ownDirectory('state', 'layouts');
}

/** Rejects nowhere: a directory that is not there holds none. */
async function namesIn(host: Pick<Host, 'listDirectory' | 'ownDirectory'>): Promise<string[]> {
	const files = await host.listDirectory(directoryOf(host));
	return files.filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
}

/** `layout`: panes by a name, for every session. */
export function createLayoutCommand({consoles, panes, update, host: files}: LayoutParts) {
	const layoutName = {
		...newName,
		complete: async () => (await namesIn(files)).map((text) => ({text, description: 'layout'})),
	};
	return defineCommand({
		name: 'layout',
		group: 'consoles',
		summary: 'Save, load, list or delete layouts of panes',
		description: 'A layout is which panes are open and where. Consoles in it are known by sandbox and console; those that are not there are left out.',
		params: {
			action: required(choice(actions), 'what to do'),
			name: optional(layoutName, 'the layout'),
		},
		examples: [
			['layout save work', 'keeps the panes that are open'],
			['layout load work', 'opens them again'],
			['layout list', 'lists the layouts'],
		],
		check({action, name}) {
			if (action !== 'list' && name === undefined) {
				throw new WrongArgument('name', `'layout ${action}' needs the name of a layout`, "'layout list' lists them.");
			}
			if (action === 'list' && name !== undefined) throw new WrongArgument('name', "'layout list' takes no name", `Use 'layout load ${name}'.`);
		},
		async *run({action, name = ''}, {host}) {
			const path = `${directoryOf(host)}/${name}${ending}`;
			const known = async (): Promise<void> => {
				const names = await namesIn(host);
				if (names.includes(name)) return;
				const hint = didYouMean(name, names) ?? (names.length === 0 ? "'layout save NAME' makes one." : `There are: ${names.join(', ')}.`);
				throw new ShellError('not-found', `No layout is named '${name}'`, {hint});
			};
			switch (action) {
				case 'save':
					await host.writeFile(path, writeLayout(panes()), 0o600);
					yield {kind: 'notice', level: 'info', code: 'saved', message: `Layout '${name}' saved`};
					return;
				case 'load': {
					await known();
					let text: string;
					try {
						text = new TextDecoder().decode(await host.readFile(path));
					} catch (error) {
						throw new ShellError('failed', `The layout '${name}' cannot be read: ${systemReason(error)}`, {hint: `It is ${path}.`, cause: error});
					}
					const there = new Set(consoles.list().map(({key}) => key));
					const loaded = readLayout(text).panes;
					const left = loaded.flatMap(({console}) => (console === undefined || there.has(console) ? [] : [labelOfKey(console)]));
					update((state) => ({
						...state,
						focus: undefined,
						zoomed: false,
						reading: false,
						panes: loaded.filter(({console}) => console === undefined || there.has(console)),
					}));
					if (left.length > 0) yield {kind: 'notice', level: 'warning', code: 'left-out', message: `Not there now, so left out: ${left.join(', ')}`};
					return;
				}
				case 'list':
					yield {kind: 'table', columns: [{name: 'name'}], rows: (await namesIn(host)).map((each) => ({name: each}))};
					return;
				case 'delete':
					await known();
					await host.deleteFile(path);
					yield {kind: 'notice', level: 'info', code: 'deleted', message: `Layout '${name}' deleted`};
					return;
			}
		},
	});
}
