import test from 'ava';
import type {CommandContext} from '../../../src/commands/context.ts';
import type {Output} from '../../../src/core/output.ts';
import {createLayoutCommand} from '../../../src/ui/commands/layout.ts';
import {consoleKey, type ConsoleEntry} from '../../../src/ui/consoles/console-entry.ts';
import {noPanes, openPane, type PanesState} from '../../../src/ui/panes/pane-state.ts';
import {createMemoryShell} from '../../shell/memory-shell.ts';

const [tty, shell] = [consoleKey('web', 'tty', 'lxc:///system'), consoleKey('web', 'shell', 'lxc:///system')];

function makeLayout() {
	const {host} = createMemoryShell();
	let panes: PanesState = noPanes;
	let there = [tty, shell];
	const command = createLayoutCommand({
		consoles: {list: () => there.map((key) => ({key}) as ConsoleEntry)},
		panes: () => panes,
		update: (change) => (panes = change(panes)),
		host,
	});
	return {
		open: (change: (state: PanesState) => PanesState) => (panes = change(panes)),
		shown: () => panes.panes.map(({id, side}) => `${id} ${side}`),
		lose: (key: string) => (there = there.filter((each) => each !== key)),
		async run(action: 'save' | 'load' | 'list' | 'delete', name?: string): Promise<readonly Output[]> {
			const outputs: Output[] = [];
			for await (const output of command.run({action, name}, {host} as CommandContext)) outputs.push(output);
			return outputs;
		},
	};
}

test('a layout opens the panes that were open, without the consoles that are not there', async (t) => {
	const layout = makeLayout();
	layout.open((state) =>
		openPane(openPane(openPane(state, 'xml', {side: 'right'}), 'console', {side: 'below', console: tty}), 'console', {side: 'below', console: shell}),
	);
	await layout.run('save', 'work');
	layout.open(() => openPane(noPanes, 'events', {side: 'below'}));
	layout.lose(shell);
	const [notice] = await layout.run('load', 'work');
	t.deepEqual(layout.shown(), ['xml right', `console ${tty} below`]);
	t.like(notice, {level: 'warning', message: 'Not there now, so left out: web shell'});
});

test('layouts are listed and deleted, and one that is not there is told with the nearest', async (t) => {
	const layout = makeLayout();
	await layout.run('save', 'work');
	t.like((await layout.run('list'))[0], {kind: 'table', rows: [{name: 'work'}]});
	await t.throwsAsync(layout.run('load', 'wrok'), {message: "No layout is named 'wrok'"});
	await layout.run('delete', 'work');
	t.like((await layout.run('list'))[0], {rows: []});
	await t.throwsAsync(layout.run('delete', 'work'), {message: "No layout is named 'work'"});
});
