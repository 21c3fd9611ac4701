import test from 'ava';
import {commands} from '../../../src/commands/table.ts';
import {Session} from '../../../src/commands/session.ts';
import {selfTestTable} from '../../../src/shell/language/self-test.ts';
import {foreignWords} from '../../../src/shell/foreign-words.ts';
import {createTheme} from '../../../src/ui/draw/theme.ts';
import {plainText} from '../../../src/ui/draw/styled-text.ts';
import {createScreenCommands} from '../../../src/ui/commands/screen-commands.ts';
import {createKeymap} from '../../../src/ui/keys/key-table.ts';
import {createStore, initialState} from '../../../src/ui/model/screen-store.ts';
import {topRows} from '../../../src/ui/panes/top-view.ts';
import {createViews} from '../../../src/ui/session/views.ts';
import type {ScreenTerminal} from '../../../src/ui/terminal/screen-terminal.ts';
import {absentSandboxes, createMemoryShell} from '../../shell/memory-shell.ts';

function makeCommands() {
	const store = createStore(initialState(80, 24, []));
	const session = new Session();
	const guest = {escape: '^]', size: () => undefined, attach: () => ({done: Promise.resolve(), settle: () => Promise.resolve(), detach() {}})};
	const terminal: ScreenTerminal = {
		open() {},
		settle: () => Promise.resolve(),
		close() {},
		interrupt() {},
		renew() {},
		takeBack() {},
		drawn() {},
		giveAway: (work) => work(),
		lend: () => Promise.resolve(),
		ring() {},
		guest,
	};
	const tools = {sandboxes: absentSandboxes, session, host: createMemoryShell().host};
	const {signal} = new AbortController();
	const views = createViews({...tools, store, theme: createTheme(true), keymap: createKeymap(), terminal, signal});
	return createScreenCommands({...tools, views, store, runner: () => undefined});
}

test('the commands of the screen are sound, and their examples parse', (t) => {
	t.deepEqual(selfTestTable([...commands, ...makeCommands()]), []);
});

test('without a screen each of them says that it needs one, or what to use', (t) => {
	t.deepEqual(
		makeCommands()
			.map(({name}) => name)
			.filter((name) => !Object.hasOwn(foreignWords, name)),
		[],
	);
});

test('top shows the CPU time between two looks, the busiest first', (t) => {
	const figures = (name: string, cpuTimeMs: number | null) => ({
		name,
		state: 'running',
		cpuTimeMs,
		memoryKiB: 2048,
		processes: 4,
		readKiB: null,
		writtenKiB: null,
		receivedKiB: 0,
		sentKiB: 3,
	});
	const before = {atMs: 1000, figures: [figures('a', 100), figures('b', 0)]};
	const rows = topRows([figures('a', 200), figures('b', 500), figures('new', 5)], before, 2000, createTheme(false));
	t.deepEqual(
		rows.map((row) => plainText(row).trim().split(/ {2,}/).slice(0, 4)),
		[
			['Name', 'State', 'CPU %', 'Memory'],
			['b', 'running', '50.0', '2 MiB'],
			['a', 'running', '10.0', '2 MiB'],
			['new', 'running', '-', '2 MiB'],
		],
	);
});
