import test from 'ava';
import {readConfiguration} from '../../src/ui/configuration.ts';
import {createTheme} from '../../src/ui/draw/theme.ts';
import {keyTable, type Binding} from '../../src/ui/keys/key-table.ts';
import {otherKeyNames} from '../../src/ui/keys/decode-keys.ts';

test('keys, mouse and theme are read; what is left out is as usual', (t) => {
	t.deepEqual(readConfiguration({$schema: 'x', keys: {help: ['f9']}, mouse: false, theme: {bad: 'bright-red bold'}}, 'c'), {
		keys: {help: ['f9']},
		mouse: false,
		theme: {bad: {on: '91;1', off: '39;22'}},
	});
	t.deepEqual(readConfiguration({}, 'c'), {keys: {}, mouse: true, theme: {}});
});

test('a theme changes parts of the screen, and NO_COLOR leaves it out', (t) => {
	const {theme} = readConfiguration({theme: {prompt: 'green underline', title: ''}}, 'c');
	t.is(createTheme(true, theme).prompt('web'), '\x1b[32;4mweb\x1b[39;24m');
	t.is(createTheme(true, theme).title('web'), 'web');
	t.is(createTheme(true, theme).bad('web'), createTheme(true).bad('web'));
	t.is(createTheme(false, theme).prompt('web'), createTheme(false).prompt('web'));
});

test('what it cannot mean is refused with the nearest that it can', (t) => {
	const refused: ReadonlyArray<readonly [value: unknown, message: string, hint: string]> = [
		[[], 'c is not an object', 'Write {"mouse": false}.'],
		[{mose: false}, "'mose' in c is no setting", "Did you mean 'mouse'?"],
		[{mouse: 'no'}, "'mouse' in c is neither true nor false", 'Write {"mouse": false}.'],
		[{theme: {promt: 'red'}}, "'promt' in 'theme' of c is not a part of the screen", "Did you mean 'prompt'?"],
		[{theme: {prompt: 'bright-gren'}}, "'bright-gren' in 'theme' of c is no colour", "Did you mean 'bright-green'?"],
		[{keys: {help: ['pagup']}}, "'pagup' in 'keys' of c is not a key", "Did you mean 'pageup'?"],
		[{keys: {help: ['ctrl-lft']}}, "'ctrl-lft' in 'keys' of c is not a key", "Did you mean 'ctrl-left'?"],
	];
	for (const [value, message, hint] of refused) {
		t.like(
			t.throws(() => readConfiguration(value, 'c')),
			{message, hint},
		);
	}
});

test('every key of the table has a name that a configuration may have', (t) => {
	const bindings: readonly Binding[] = Object.values(keyTable);
	t.deepEqual(
		bindings.flatMap(({keys}) => keys).filter((key) => otherKeyNames(key) !== undefined),
		[],
	);
});
