import test from 'ava';
import type {ConsoleEntry} from '../../../src/ui/consoles/console-entry.ts';
import type {Emulator} from '../../../src/ui/consoles/emulator.ts';
import {createTheme} from '../../../src/ui/draw/theme.ts';
import {plainText} from '../../../src/ui/draw/styled-text.ts';
import {noPanes, openPane} from '../../../src/ui/panes/pane-state.ts';
import {viewPane} from '../../../src/ui/panes/view-pane.ts';

const theme = createTheme(false);
const emulator = {scrollable: 0, dropped: 0, view: () => [], cursor: () => undefined} as object as Emulator;

const consoles = ['alpha tty', 'alpha shell', 'beta tty', 'beta shell', 'gamma stdout', 'gamma stderr', 'gamma boot'].map((label, index): ConsoleEntry => {
	const [sandbox = '', name = ''] = label.split(' ');
	const place = {key: `${label} lxc:///`, number: index + 1, sandbox, name, uri: 'lxc:///'};
	return {...place, emulator, writable: true, state: index === 3 ? 'ended' : 'open', unread: index === 1, news: false};
});

/** The title, with what is marked as chosen between angle brackets. */
function titleOf(kind: 'console' | 'consoles', shown: ConsoleEntry | undefined, width: number): string {
	const state = {...openPane(noPanes, kind, {side: 'below', console: kind === 'console' ? shown?.key : undefined}), chosen: shown?.key};
	const [pane] = state.panes;
	const rows =
		pane === undefined ? [] : viewPane(pane, state, {width, height: 5}, {text: () => ({title: '', rows: []}), consoles, seen: new Set(), theme}).rows;
	return plainText((rows[0] ?? '').replaceAll('\x1b[7m', '<').replaceAll('\x1b[27m', '>')).replace(/^─ (.*?) ─*$/, '$1');
}

test('a console is shown with the number of its key', (t) => {
	t.is(titleOf('console', consoles[2], 80), '3 beta tty');
	t.is(titleOf('console', consoles[3], 80), '4 beta shell (ended)');
});

test('the chosen one of many consoles is in sight and marked, however narrow the pane is', (t) => {
	t.is(titleOf('consoles', consoles[0], 80), '<1 alpha tty>  2 alpha shell*  3 beta tty  4 beta shell (ended)  …');
	t.is(titleOf('consoles', consoles[6], 80), '…  4 beta shell (ended)  5 gamma stdout  6 gamma stderr  <7 gamma boot>');
	t.is(titleOf('consoles', consoles[4], 40), '…  <5 gamma stdout>  6 gamma stderr  …');
	t.is(titleOf('consoles', consoles[5], 14), '…  <6 gamm…');
	const all = titleOf('consoles', consoles[1], 130);
	t.is(all, '1 alpha tty  <2 alpha shell*>  3 beta tty  4 beta shell (ended)  5 gamma stdout  6 gamma stderr  7 gamma boot');
});
