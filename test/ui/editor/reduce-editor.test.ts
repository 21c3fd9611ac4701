import test from 'ava';
import {emptyEditor, type EditorState, type EditorStep} from '../../../src/ui/editor/editor-state.ts';
import {offerCandidates} from '../../../src/ui/editor/menu.ts';
import {reduceEditor} from '../../../src/ui/editor/reduce-editor.ts';
import {splitKeys} from '../../../src/ui/keys/decode-keys.ts';
import {createKeymap} from '../../../src/ui/keys/key-table.ts';

const keymap = createKeymap();
const history = ['new web', 'mount ram:/tmp=64M', 'start web', "set command '/bin/sleep 5'"];

/** Types what a terminal would send; gives the last step. */
function type(keys: string, from: EditorState = emptyEditor(history)): EditorStep {
	let step: EditorStep = {state: from};
	for (const key of splitKeys(keys, true).keys) {
		step = reduceEditor(step.state, key, keymap);
	}
	return step;
}

/** The line with a bar for the cursor. */
function shown({text, cursor}: EditorState): string {
	return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

const line = test.macro({
	exec(t, keys: string, wanted: string) {
		t.is(shown(type(keys).state), wanted);
	},
	title: (_given, keys, wanted) => `${JSON.stringify(keys)} makes ${JSON.stringify(wanted)}`,
});

test(line, 'list', 'list|');
test(line, 'list\x01', '|list');
test(line, 'list\x01\x05', 'list|');
test(line, 'list\x02\x02', 'li|st');
test(line, 'list\x01\x06', 'l|ist');
test(line, 'set memory 64M\x1bb\x1bb', 'set |memory 64M');
test(line, 'set memory 64M\x01\x1bf', 'set| memory 64M');
test(line, 'a\x1b[D\x1b[C\x1b[Hb', 'b|a');
test(line, 'mount ram:/tmp=64M\x17', 'mount |');
test(line, 'mount ram:/tmp=64M\x1b\x7f', 'mount ram:/tmp=|');
test(line, 'list --all\x02\x02\x02\x15', '|all');
test(line, 'list --all\x1bb\x0b', 'list --|');
test(line, 'a b c\x17\x17\x19', 'a b c|');
test(line, 'one\x15two\x15\x19\x1by', 'one|');
test(line, 'list --all\x01\x1bd\x1bd\x19', 'list --all|');
test(line, 'lsit\x02\x02\x14', 'lis|t');
test(line, 'lits\x14', 'list|');
test(line, 'use \x1b.', "use '/bin/sleep 5'|");
test(line, 'use \x1b.\x1b.', 'use web|');
test(line, 'use \x1b.\x1b.\x1b.', 'use ram:/tmp=64M|');
test(line, 'abc\x7f\x7f', 'a|');
test(line, 'abc\x01\x04', '|bc');
test(line, 'abc\x01\x1b[3~', '|bc');
test(line, 'abc\x17\x1f', 'abc|');
test(line, 'web\x01\x1bu', 'WEB|');
test(line, 'WEB\x01\x1bl', 'web|');
test(line, 'é́x\x02\x02', '|é́x');
test(line, '👩‍👩‍👧日\x7f', '👩‍👩‍👧|');
test(line, '👩‍👩‍👧\x7f', '|');
test(line, '\x1b[A', "set command '/bin/sleep 5'|");
test(line, '\x1b[A\x1b[A', 'start web|');
test(line, '\x1b[A\x1b[A\x1b[B', "set command '/bin/sleep 5'|");
test(line, 'dr\x1b[A', 'dr|');
test(line, 'm\x1b[A', 'mount ram:/tmp=64M|');
test(line, 'm\x1b[A\x1b[B', 'm|');
test(line, 'm\x10\x10\x10', 'mount ram:/tmp=64M|');
test(line, '\x12web', 'start |web');
test(line, '\x12web\x12', 'new |web');
test(line, '\x12web\x12\x12', 'new |web');
test(line, '\x12web\x12\x05', 'new web|');
test(line, 'x\x12web\x07', 'x|');
test(line, '\x12we\x7f\x7f', '|');
test(line, "echo 'a\rb", "echo 'a\nb|");
test(line, 'echo a \\\rb', 'echo a \\\nb|');
test(line, 'a\x1b\rb\x1b[A\x01', '|a\nb');
test(line, 'abc\x1b\rd\x1b[Dx\x1b[A', 'a|bc\nxd');
test(line, '\x1b[200~list\rstart web\r\x1b[201~', 'list\nstart web\n|');
test(line, '\x1b[200~a\tb\x07\x1b]0;t\x07\x1b[201~', 'a b]0;t|');

test('a pasted script runs by Enter only, and then as one', (t) => {
	const lines = Array.from({length: 200}, (_, index) => `echo ${index}`).join('\r');
	const pasted = type(`\x1b[200~${lines}\x1b[201~`);
	t.is(pasted.effect, undefined);
	const run = type('\r', pasted.state);
	t.deepEqual(run.effect, {kind: 'submit', text: lines.replaceAll('\r', '\n')});
	t.is(shown(run.state), '|');
});

test('keys that come together are taken one by one', (t) => {
	const effects = splitKeys('list\rstart web\r', true).keys.map((key) => key);
	let {state} = type('');
	const submitted: string[] = [];
	for (const key of effects) {
		const step = reduceEditor(state, key, keymap);
		({state} = step);
		if (step.effect?.kind === 'submit') {
			submitted.push(step.effect.text);
		}
	}
	t.deepEqual(submitted, ['list', 'start web']);
});

test('^D ends in an empty line only', (t) => {
	t.deepEqual(type('\x04').effect, {kind: 'end'});
	t.is(type('a\x04').effect?.kind, 'bell');
});

const candidates = ['memory', 'mount', 'move'].map((text) => ({text, description: `about ${text}`}));

test('completion puts in the only candidate, with a blank behind it', (t) => {
	const {state} = offerCandidates(type('set mem').state, {start: 4, quote: undefined, candidates: candidates.slice(0, 1)}, false);
	t.is(shown(state), 'set memory |');
});

test('completion grows the word by what all candidates share, and opens a menu', (t) => {
	const {state} = offerCandidates(type('set m').state, {start: 4, quote: undefined, candidates: candidates.slice(1)}, false);
	t.is(shown(state), 'set mo|');
	t.is(state.menu?.selected, -1);
});

test('completion ends no quote that is open by a quote in what it puts in', (t) => {
	const one = [{text: "it's; list", description: 'a file'}];
	t.is(shown(offerCandidates(type("set 'it").state, {start: 4, quote: "'", candidates: one}, false).state), "set 'it'\\''s; list' |");
	const two = [...one, {text: "it's", description: 'another'}];
	t.is(shown(offerCandidates(type('set "it').state, {start: 4, quote: '"', candidates: two}, false).state), 'set "it\'s|');
	const menuState = offerCandidates(type("set 'it's").state, {start: 4, quote: "'", candidates: two}, false).state;
	t.is(shown(type('\t\r', menuState).state), "set 'it'\\''s; list' |");
});

const menu = test.macro({
	exec(t, keys: string, wanted: string, open: boolean) {
		const opened = offerCandidates(type('set m').state, {start: 4, quote: undefined, candidates}, false).state;
		const {state} = type(keys, opened);
		t.deepEqual([shown(state), state.menu !== undefined], [wanted, open]);
	},
	title: (_given, keys) => `in a menu ${JSON.stringify(keys)} chooses`,
});

test(menu, '\t', 'set memory|', true);
test(menu, '\t\t', 'set mount|', true);
test(menu, '\t\t\t\t', 'set m|', true);
test(menu, '\x1b[Z', 'set move|', true);
test(menu, '\t\t\x1b[A', 'set memory|', true);
test(menu, '\t\r', 'set memory |', false);
test(menu, '\t\x1b', 'set m|', false);
test(menu, '\tx', 'set memoryx|', true);
test(menu, '\x01', '|set m', false);

test('Enter in a menu without a choice runs the line', (t) => {
	const opened = offerCandidates(type('set m').state, {start: 4, quote: undefined, candidates}, false).state;
	t.deepEqual(type('\r', opened).effect, {kind: 'submit', text: 'set m'});
});

test('nothing to complete is a bell', (t) => {
	t.deepEqual(offerCandidates(type('x').state, {start: 0, quote: undefined, candidates: []}, false).effect, {kind: 'bell'});
});
