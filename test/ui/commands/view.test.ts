import test from 'ava';
import type {CommandContext} from '../../../src/commands/context.ts';
import {Session} from '../../../src/commands/session.ts';
import {createViewCommand} from '../../../src/ui/commands/view.ts';
import {consoleKey, type ConsoleEntry} from '../../../src/ui/consoles/console-entry.ts';
import {noPanes, openPane, type PanesState} from '../../../src/ui/panes/pane-state.ts';
import {absentSandboxes} from '../../shell/memory-shell.ts';

const here = 'lxc:///system';
const key = (sandbox: string, name: string, uri = here) => consoleKey(sandbox, name, uri);

function makeView(there: readonly string[], open: readonly string[]) {
	let panes: PanesState = open.reduce((state, console) => openPane(state, 'console', {side: 'below', console}), noPanes);
	const command = createViewCommand({
		consoles: {
			list: () => there.map((each, index) => ({key: each, number: index + 1}) as ConsoleEntry),
			follow: () => Promise.resolve(),
			followed: () => [],
		},
		panes: () => panes,
		update: (change) => (panes = change(panes)),
	});
	const context = {session: new Session(), sandboxes: absentSandboxes, signal: new AbortController().signal} as CommandContext;
	return {
		shown: () => panes.panes.map(({console}) => console),
		async close(name: string, console?: string) {
			const places = {right: false, below: false, zoom: false, close: true};
			for await (const output of command.run({what: 'console', name, console, ...places}, context)) {
				throw new Error(`Nothing is said, but ${JSON.stringify(output)}`);
			}
		},
	};
}

test('a pane is closed also when its console is gone, and its sandbox does not run', async (t) => {
	const view = makeView([], [key('term', 'tty'), key('web', 'tty'), key('web', 'tty', 'qemu:///system')]);
	await view.close('term');
	await view.close('web', 'tty');
	t.deepEqual(view.shown(), [key('web', 'tty', 'qemu:///system')]);
	await t.throwsAsync(view.close('term'), {message: 'No pane shows console term'});
	await t.throwsAsync(view.close('web', 'shell'), {message: 'No pane shows console web shell'});
});

test('where no console is named, the pane of the first one that has one is closed', async (t) => {
	const view = makeView([key('web', 'tty'), key('web', 'shell'), key('web', 'boot')], [key('web', 'boot'), key('web', 'shell')]);
	await view.close('web');
	t.deepEqual(view.shown(), [key('web', 'boot')]);
});
