import test from 'ava';
import {commands} from '../../../src/commands/table.ts';
import {parseScript} from '../../../src/shell/language/parse-script.ts';
import {createAskedEnds} from '../../../src/ui/session/asked-ends.ts';

function parse(text: string) {
	return parseScript({text, name: undefined}, {commands, interactive: true})[0];
}

const names = test.macro({
	title: (_title, line: string) => `the sandbox that '${line}' ends`,
	exec(t, line: string, ended: readonly string[]) {
		const asked = createAskedEnds();
		asked.running(parse(line), 'current');
		t.deepEqual(
			['web', 'db', 'current', '5'].filter((name) => asked.has(name)),
			ended,
		);
	},
});
test(names, 'stop web', ['web']);
test(names, "stop 'web'", ['web']);
test(names, 'stop', ['current']);
test(names, 'stop --time 5', ['current']);
test(names, 'stop --time 5 db', ['db']);
test(names, 'shutdown web', ['web']);
test(names, 'destroy', ['current']);
test(names, 'resume web', []);

test('a command that ends a sandbox counts while it runs, and for a moment after', (t) => {
	let ms = 1000;
	const asked = createAskedEnds(() => ms);
	t.false(asked.has('web'));
	asked.running(parse('stop web'), undefined);
	t.true(asked.has('web'));
	asked.running(undefined, undefined);
	ms += 2000;
	t.true(asked.has('web'));
	asked.running(undefined, undefined);
	ms += 1001;
	t.false(asked.has('web'));
	asked.running(parse('list'), undefined);
	t.false(asked.has('web'));
});

test('the current sandbox is the one when the command began', (t) => {
	const asked = createAskedEnds();
	asked.running(parse('stop'), 'web');
	asked.running(undefined, 'db');
	t.deepEqual([asked.has('web'), asked.has('db')], [true, false]);
});
