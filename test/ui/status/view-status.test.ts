import {stripVTControlCharacters} from 'node:util';
import test from 'ava';
import {createTheme} from '../../../src/ui/draw/theme.ts';
import {initialState, type ScreenState} from '../../../src/ui/model/screen-store.ts';
import {viewStatus} from '../../../src/ui/status/view-status.ts';

function lineOf(changes: Partial<ScreenState>, {unread = [], hidden = 0}: {readonly unread?: readonly string[]; readonly hidden?: number} = {}): string {
	const state = {...initialState(80, 24, []), uri: 'lxc:///system?socket=/run/x', connection: 'open' as const, ...changes};
	return stripVTControlCharacters(viewStatus({state, theme: createTheme(true), hint: 'F1 keys', unread, hidden}));
}

const mark = (name: string, state = 'running') => ({name, state, uuid: name, uri: 'lxc:///system'});

test('the status line begins with the connection and the current sandbox, and ends with the key that matters', (t) => {
	const sandboxes = [mark('db'), mark('web', 'paused')];
	t.regex(lineOf({sandboxes, current: 'web'}), /^ lxc:\/\/\/system · ○ web paused · ● db +F1 keys $/);
	t.regex(lineOf({sandboxes, current: 'new'}), /^ lxc:\/\/\/system · new not running · ● db · ○ web paused +F1 keys $/);
	t.regex(lineOf({sandboxes: []}), /^ lxc:\/\/\/system +F1 keys $/);
});

test('what waits, what is new and what has no room is told', (t) => {
	const line = lineOf({columns: 100, running: 'wait web', queued: ['list', 'xml'], jobs: 2}, {unread: ['2 web tty'], hidden: 1});
	t.regex(line, /^ lxc:\/\/\/system · ▶ wait web, 2 waiting, 2 jobs · M-o: 1 more pane · new: 2 web tty +F1 keys $/);
});

test('a line that is too long is cut before the key that matters', (t) => {
	const line = lineOf({columns: 40, sandboxes: ['first', 'second', 'third', 'fourth'].map((name) => mark(name))});
	t.is(line.length, 40);
	t.regex(line, /… F1 keys $/);
});
