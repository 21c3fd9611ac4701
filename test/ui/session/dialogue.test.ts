import {PassThrough, Writable} from 'node:stream';
import test from 'ava';
import {createStore, initialState} from '../../../src/ui/model/screen-store.ts';
import {createDialogue} from '../../../src/ui/session/dialogue.ts';
import {createTranscript} from '../../../src/ui/transcript/transcript.ts';

function makeDialogue() {
	const store = createStore(initialState(80, 24, []));
	const transcript = createTranscript();
	const dialogue = createDialogue(store, transcript);
	return {store, dialogue, said: () => transcript.lines().map(({text}) => text)};
}

/** Takes so many lines and no more. */
function createReader(most: number) {
	const lines: string[] = [];
	return {
		lines,
		stdin: new Writable({
			write(chunk: Uint8Array, _encoding, callback) {
				if (lines.length < most) {
					lines.push(String(chunk));
					callback();
				}
			},
		}),
	};
}

test('a line is a command, also while one reads input, until the person says that it is for that', async (t) => {
	const {store, dialogue, said} = makeDialogue();
	const {lines, stdin} = createReader(9);
	const feed = dialogue.feed(stdin);
	t.false(dialogue.line('echo ahead'));
	dialogue.toggleInput(true);
	t.true(dialogue.line("it's"));
	dialogue.toggleInput(true);
	t.false(dialogue.line('echo behind'));
	await new Promise(setImmediate);
	feed.stop();
	dialogue.over();
	t.deepEqual([lines, said()], [["it's\n"], ["it's"]]);
	t.like(store.get(), {input: 'off', feeding: false});
});

test('what was typed for a command before it asks for input waits for it, its end too', async (t) => {
	const {store, dialogue, said} = makeDialogue();
	dialogue.toggleInput(true);
	dialogue.line('one');
	t.true(dialogue.end());
	t.is(store.get().input, 'off');
	const stdin = new PassThrough();
	dialogue.feed(stdin);
	t.is(String(await stdin.toArray()), 'one\n');
	t.deepEqual(said(), ['one', '^D']);
});

test('lines that a command did not take come back as text, and nothing runs until the person says so', async (t) => {
	const {store, dialogue} = makeDialogue();
	const {lines, stdin} = createReader(1);
	const feed = dialogue.feed(stdin);
	dialogue.toggleInput(true);
	dialogue.line('one');
	await new Promise(setImmediate);
	dialogue.line('two');
	dialogue.line('three');
	store.update({editor: {...store.get().editor, text: 'fo', cursor: 2}});
	feed.stop();
	dialogue.over();
	t.deepEqual(lines, ['one\n']);
	t.like(store.get(), {input: 'over', feeding: false, message: '2 lines were not taken and are here again'});
	t.is(store.get().editor.text, 'two\nthree\nfo');
	t.true(dialogue.line('two\nthree\nfour'));
	t.is(store.get().editor.text, 'two\nthree\nfour\n');
	dialogue.toggleInput(false);
	t.false(dialogue.line('two\nthree\nfour\n'));
});

test('the end of input that was typed too late for a command ends no other one', (t) => {
	const {store, dialogue} = makeDialogue();
	dialogue.feed(new PassThrough()).stop();
	dialogue.toggleInput(true);
	dialogue.over();
	const next = new PassThrough();
	dialogue.feed(next);
	t.true(dialogue.end());
	t.is(store.get().input, 'off');
	t.false(next.writableEnded);
	t.true(dialogue.end());
	t.true(next.writableEnded);
	t.false(dialogue.end());
});

test('without a command there is nothing to type to', (t) => {
	const {store, dialogue} = makeDialogue();
	dialogue.toggleInput(false);
	t.like(store.get(), {input: 'off', message: 'No running command could take input'});
	t.false(dialogue.line('x'));
	t.false(dialogue.end());
});

test('questions wait for the answers to those before them', async (t) => {
	const {store, dialogue, said} = makeDialogue();
	const answers = Promise.all([dialogue.ask('One?'), dialogue.ask('Two?')]);
	t.is(store.get().question, 'One? [y/n] ');
	dialogue.answer(true);
	t.is(store.get().question, 'Two? [y/n] ');
	dialogue.answer(false);
	t.is(store.get().question, undefined);
	t.deepEqual(await answers, [true, false]);
	t.deepEqual(said(), ['One? yes', 'Two? no']);
});

test('the end of the session says no to every question, also to those to come', async (t) => {
	const {store, dialogue} = makeDialogue();
	const answers = Promise.all([dialogue.ask('One?'), dialogue.ask('Two?')]);
	dialogue.close();
	t.deepEqual(await answers, [false, false]);
	t.false(await dialogue.ask('Three?'));
	t.is(store.get().question, undefined);
});
