import test from 'ava';
import {helpText} from '../../src/cli/virt-sandbox-help.ts';
import {optionTable} from '../../src/cli/virt-sandbox-options.ts';

test('the help names every option, and no other', (t) => {
	const text = helpText();
	for (const row of optionTable) {
		t.regex(text, new RegExp(`--${row.long}( |$)`, 'm'));
	}
});

test('no line of the help is wider than 80 cells or ends in a blank', (t) => {
	t.deepEqual(
		helpText()
			.split('\n')
			.filter((line) => line.length > 80 || line.endsWith(' ')),
		[],
	);
});
