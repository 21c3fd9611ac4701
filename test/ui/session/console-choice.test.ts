import test from 'ava';
import type {ConsoleEntry} from '../../../src/ui/consoles/console-entry.ts';
import {createConsoleStore} from '../../../src/ui/consoles/console-store.ts';
import {createStore, initialState} from '../../../src/ui/model/screen-store.ts';
import {createConsoleChoice} from '../../../src/ui/session/console-choice.ts';

/** A choice among consoles of which one was looked at last, for a session whose current sandbox is `web`. */
function choose(consoles: ReadonlyArray<Pick<ConsoleEntry, 'key' | 'sandbox' | 'state'>>, chosen: string): readonly [string | undefined, string | undefined] {
	const store = createStore(initialState(80, 24, []));
	store.update({panes: {...store.get().panes, chosen}});
	const signal = new AbortController().signal;
	const sandboxes = {consoles: () => Promise.resolve([]), watchConsoles: () => Promise.resolve(), console: () => Promise.reject(new Error('none'))};
	const all = createConsoleStore({sandboxes, signal, onChange() {}, onBell() {}});
	const {current, openOne} = createConsoleChoice({
		store,
		consoles: {...all, list: () => consoles.map((each) => ({...each}) as ConsoleEntry)},
		shown: () => undefined,
		currentSandbox: () => 'web',
		onJoined() {},
	});
	return [current()?.key, openOne()?.key];
}

test('a console that was looked at last and has ended is shown, and keys are for one that has not', (t) => {
	const [ended, other, own] = [
		{key: 'old stdout', sandbox: 'old', state: 'ended'},
		{key: 'more tty', sandbox: 'more', state: 'open'},
		{key: 'web tty', sandbox: 'web', state: 'open'},
	] as const;
	t.deepEqual(choose([ended, other, own], 'old stdout'), ['old stdout', 'web tty']);
	t.deepEqual(choose([ended, other, own], 'more tty'), ['more tty', 'more tty']);
	t.deepEqual(choose([ended, other], 'gone'), ['more tty', 'more tty']);
	t.deepEqual(choose([ended], 'gone'), ['old stdout', undefined]);
});
