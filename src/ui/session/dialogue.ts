import type {Writable} from 'node:stream';
import {createQuestions} from '../../shell/questions.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';
import {focusPane} from '../panes/pane-state.ts';
import type {Transcript} from '../transcript/transcript.ts';

export type Dialogue = ReturnType<typeof createDialogue>;

/** What a running command asks of the person: an answer, or lines. */
export function createDialogue(store: Store<ScreenState>, transcript: Transcript) {
	const questions = createQuestions({
		put(text) {
			store.update(text === undefined ? {question: undefined} : {question: `${text} [y/n] `, panes: focusPane(store.get().panes, undefined)});
		},
		onAnswer: (text, yes) => transcript.print(`${text} ${yes ? 'yes' : 'no'}`),
	});
	let fed: Writable | undefined;
	/** Lines for the command in front that no stream has taken, oldest first. */
	let untaken: ReadonlyArray<{readonly text: string}> = [];
	/** Its end of input was typed before it asked for any. */
	let isEnding = false;

	function give(line: {readonly text: string}): void {
		if (fed === undefined) {
			return;
		}
		transcript.print(line.text);
		fed.write(`${line.text}\n`, (error) => {
			if (!error) {
				untaken = untaken.filter((each) => each !== line);
			}
		});
	}

	function forget(): void {
		fed = undefined;
		store.update({feeding: false});
	}

	function endInput(): void {
		if (fed !== undefined) {
			transcript.print('^D');
			fed.end();
		}
		forget();
	}

	/** Text in the line, which does not run by itself. */
	function putBack(text: string): void {
		store.update({editor: {...store.get().editor, text, cursor: text.length}});
	}

	return {
		/** After those that were asked before; no where the session ends. */
		ask: questions.ask,
		answer: (yes: boolean): void => void questions.answer(yes),
		/** The session ends: all questions are answered no, those to come too. */
		close: questions.close,
		/** Offers the input of a command, which gets the lines that are meant for it. */
		feed(stdin: Writable): {stop(): void} {
			fed = stdin;
			stdin.on('error', () => {});
			store.update({feeding: true});
			for (const line of untaken) {
				give(line);
			}
			if (isEnding) {
				endInput();
			}
			return {
				stop() {
					if (fed === stdin) {
						forget();
					}
				},
			};
		},
		/** Lines are the input of the command in front from now on, or commands again. `isBusy`: there is one. */
		toggleInput(isBusy: boolean): void {
			if (store.get().input !== 'off') {
				store.update({input: 'off', message: undefined});
			} else if (isBusy) {
				store.update({input: 'on', message: undefined});
			} else {
				store.update({message: 'No running command could take input'});
			}
		},
		/** Lines are commands. */
		leaveInput: (): void => store.update({input: 'off'}),
		/** A line was entered; false: it is a command. */
		line(text: string): boolean {
			switch (store.get().input) {
				case 'off':
					return false;
				case 'on': {
					const line = {text};
					untaken = [...untaken, line];
					give(line);
					return true;
				}
				case 'over':
					putBack(`${text}\n`);
					return true;
			}
		},
		/** The end of input was typed; false: it is the session's. */
		end(): boolean {
			const {input} = store.get();
			if (input === 'off' && fed === undefined) {
				return false;
			}
			if (input !== 'over') {
				isEnding = fed === undefined;
				endInput();
			}
			store.update({input: 'off'});
			return true;
		},
		/** The command in front has ended: lines that it did not take come back. */
		over(): void {
			const left = untaken.map(({text}) => text);
			untaken = [];
			isEnding = false;
			if (left.length > 0) {
				putBack([...left, store.get().editor.text].join('\n'));
			}
			if (left.length > 0 || store.get().input === 'on') {
				const few = left.length === 1 ? '1 line was not taken and is here again' : `${left.length} lines were not taken and are here again`;
				store.update({input: 'over', message: left.length === 0 ? 'The command has ended' : few});
			}
		},
	};
}
