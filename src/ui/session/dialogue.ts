import type {Writable} from 'node:stream';
import type {ScreenState, Store} from '../model/screen-store.ts';
import {focusPane} from '../panes/pane-state.ts';
import type {Transcript} from '../transcript/transcript.ts';

/** What a running command asks of the person: an answer, or lines. */
export interface Dialogue {
	ask(question: string): Promise<boolean>;
	answer(yes: boolean): void;
	/** Gives the lines that are typed to a command. */
	feed(stdin: Writable): {stop(): void};
	/** A line for the command that is fed; false: none is. */
	line(text: string): boolean;
	/** The end of its input; false: none is fed. */
	end(): boolean;
}

export function createDialogue(store: Store<ScreenState>, transcript: Transcript): Dialogue {
	let settle: ((yes: boolean) => void) | undefined;
	let fed: Writable | undefined;
	const forget = (): void => {
		fed = undefined;
		store.update({feeding: false});
	};
	return {
		ask(question) {
			return new Promise((resolve) => {
				settle = (yes) => {
					settle = undefined;
					store.update({question: undefined});
					transcript.print(`${question} ${yes ? 'yes' : 'no'}`);
					resolve(yes);
				};
				store.update({question: `${question} [y/n] `, panes: focusPane(store.get().panes, undefined)});
			});
		},
		answer: (yes) => settle?.(yes),
		feed(stdin) {
			fed = stdin;
			stdin.on('error', () => {});
			store.update({feeding: true});
			return {
				stop() {
					if (fed === stdin) {
						forget();
					}
				},
			};
		},
		line(text) {
			if (fed === undefined) {
				return false;
			}
			transcript.print(text);
			fed.write(`${text}\n`);
			return true;
		},
		end() {
			if (fed === undefined) {
				return false;
			}
			fed.end();
			forget();
			return true;
		},
	};
}
