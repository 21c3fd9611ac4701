import {clockMs} from '../../core/clock-ms.ts';
import type {SandboxRef} from '../consoles/console-entry.ts';
import {noPanes, type PanesState} from '../panes/pane-state.ts';
import type {XmlView} from '../panes/xml-view.ts';
import {emptyEditor, type EditorState} from '../editor/editor-state.ts';

/** A running sandbox as the status line shows it. */
export interface SandboxMark extends SandboxRef {
	/** libvirt's word. */
	readonly state: string;
}

/** What the screen shows, but for what commands wrote and consoles hold. */
export interface ScreenState {
	readonly columns: number;
	readonly rows: number;
	readonly editor: EditorState;
	readonly prompt: string;
	/** The sandbox that commands mean when they name none. */
	readonly current: string | undefined;
	/** Lines that were entered while a command runs. */
	readonly queued: readonly string[];
	/** The command that runs in front. */
	readonly running: string | undefined;
	/** A phase of its start. */
	readonly phase: string | undefined;
	/** The command in front reads input. */
	readonly feeding: boolean;
	/** Whether lines are its input: `off`: they are commands; `over`: they were, and it has ended, so that they are nothing until the person says. */
	readonly input: 'off' | 'on' | 'over';
	readonly question: string | undefined;
	/** Rows that the transcript is scrolled back. */
	readonly scroll: number;
	readonly uri: string | undefined;
	readonly connection: 'unknown' | 'open' | 'lost';
	readonly sandboxes: readonly SandboxMark[];
	/** Commands in the background. */
	readonly jobs: number;
	/** Said in the status line until the next key. */
	readonly message: string | undefined;
	readonly panes: PanesState;
	/** What is being typed to be searched in the focused pane. */
	readonly finding: string | undefined;
	readonly xml: XmlView | undefined;
	/** Rows of `top`. */
	readonly top: readonly string[];
	/** Lines of the event log, oldest first. */
	readonly events: readonly string[];
}

/** A value that is replaced as a whole, and those who want to hear of it. */
export interface Store<T> {
	readonly get: () => T;
	readonly subscribe: (listener: () => void) => () => void;
	/** Replaces some parts; all is drawn again at once. */
	update(changes: Partial<T>): void;
	/** Something that the value does not hold has changed: drawn again soon, however often it is called. */
	touch(): void;
}

/** The time between two drawings that output asks for, in milliseconds. */
const frameMs = 33;

export function createStore<T extends object>(initial: T): Store<T> {
	let value = initial;
	let timer: NodeJS.Timeout | undefined;
	let last = 0;
	const listeners = new Set<() => void>();
	const tell = (): void => {
		clearTimeout(timer);
		timer = undefined;
		last = clockMs();
		value = {...value};
		for (const listener of listeners) {
			listener();
		}
	};
	return {
		get: () => value,
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		update(changes) {
			value = {...value, ...changes};
			tell();
		},
		touch() {
			timer ??= setTimeout(tell, Math.max(0, last + frameMs - clockMs()));
		},
	};
}

export function initialState(columns: number, rows: number, history: readonly string[]): ScreenState {
	return {
		columns,
		rows,
		editor: emptyEditor(history),
		prompt: '',
		current: undefined,
		queued: [],
		running: undefined,
		phase: undefined,
		feeding: false,
		input: 'off',
		question: undefined,
		scroll: 0,
		uri: undefined,
		connection: 'unknown',
		sandboxes: [],
		jobs: 0,
		message: undefined,
		panes: noPanes,
		finding: undefined,
		xml: undefined,
		top: [],
		events: [],
	};
}
