import test from 'ava';
import {type Definition, Session} from '../../../src/commands/session.ts';
import {mergeDefinitions} from '../../../src/shell/language/merge-definitions.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';

/** `web:a` is a definition named web, with the command a. */
function definitions(text: string): ReadonlyMap<string, Definition> {
	return new Map(
		text
			.split(' ')
			.filter((each) => each !== '')
			.map((each) => {
				const [name = '', word = ''] = each.split(':');
				const spec = {...defaultSpec, name, command: [word]};
				return [name, {name, spec, baseline: spec, origins: {}}];
			}),
	);
}

const describe = (found: ReadonlyMap<string, Definition | undefined>) =>
	[...found].map(([name, each]) => `${name}:${each?.spec.command.join(' ') ?? 'deleted'}`).join(' ');

const merges = test.macro({
	exec(t, words: {base: string; own: string; others: string}, changes: string, clashes: readonly string[] = []) {
		const merge = mergeDefinitions(definitions(words.base), definitions(words.own), definitions(words.others));
		t.is(describe(merge.changes), changes);
		t.deepEqual(
			merge.clashes.map(({name, other}) => `${name} ${other}`),
			clashes,
		);
	},
	title: (_, {base, own, others}) => `merges, from '${base}', '${own}' with '${others}'`,
});

test(merges, {base: '', own: 'a:1', others: 'b:1'}, 'b:1');
test(merges, {base: 'a:1', own: 'a:1 b:1', others: 'a:2'}, 'a:2');
test(merges, {base: 'a:1', own: 'a:2', others: 'a:1'}, '');
test(merges, {base: 'a:1 b:1', own: 'a:1 b:1', others: 'b:1'}, 'a:deleted');
test(merges, {base: 'a:1', own: '', others: 'a:1'}, '');
test(merges, {base: 'a:1', own: 'a:2', others: ''}, '');
test(merges, {base: 'a:1', own: '', others: 'a:2'}, 'a:2');
test(merges, {base: 'a:1', own: 'a:2', others: 'a:2'}, '');
test(merges, {base: 'a:1', own: 'a:2 a-2:1', others: 'a:3'}, 'a-3:3', ['a a-3']);
test(merges, {base: '', own: 'a:1', others: 'a:2'}, 'a-2:2', ['a a-2']);

test('what was taken over stays when own changes are undone', (t) => {
	const session = new Session();
	for (const definition of definitions('a:1').values()) session.put(definition, 'new a', {current: true});
	session.adopt(definitions('b:1'));
	session.undo();
	t.is(describe(session.state.definitions), 'b:1');
	session.redo();
	t.is(describe(session.state.definitions), 'a:1 b:1');
});
