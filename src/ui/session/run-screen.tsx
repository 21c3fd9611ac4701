import {safeText} from '../../core/text.ts';
import {completeLine} from '../../shell/complete/complete.ts';
import {continuationPrompt, promptOf} from '../../shell/prompt.ts';
import {App} from '../components/app.tsx';
import type {ConsoleEntry} from '../consoles/console-entry.ts';
import {startDrawing} from '../drawing.tsx';
import type {Theme} from '../draw/theme.ts';
import type {Key} from '../keys/decode-keys.ts';
import type {Keymap} from '../keys/key-table.ts';
import type {SandboxMark, ScreenState, Store} from '../model/screen-store.ts';
import type {PanesState} from '../panes/pane-state.ts';
import {readLayout, writeLayout} from '../panes/pane-layout-file.ts';
import type {ScreenOptions, ScreenSession} from '../screen-types.ts';
import {createScreenOutput} from '../terminal/screen-output.ts';
import {allowEnd, type ScreenTerminal} from '../terminal/screen-terminal.ts';
import {shortUri} from '../status/view-status.ts';
import type {Transcript} from '../transcript/transcript.ts';
import {createWrapper} from '../transcript/view-transcript.ts';
import {createAskedEnds} from './asked-ends.ts';
import type {Views} from './views.ts';
import type {Dialogue} from './dialogue.ts';
import {followLife} from './follow-life.ts';
import {createKeyHandler} from './handle-keys.ts';
import {createPointer} from './point-mouse.ts';
import {createRunner, type Runner} from './runner.ts';
import {watchSandboxes} from './watch-sandboxes.ts';

/** What a session sets of itself for the screen that it runs on. */
export interface RunningSession {
	/** Hears of keys. */
	onKeys: (keys: readonly Key[]) => void;
	/** Undefined: there is none yet. */
	runner: Runner | undefined;
	/** Gives the terminal back. */
	restore: () => void;
	/** The terminal was given back, with what was said. */
	isOver: boolean;
}

interface SessionParts extends Pick<ScreenOptions, 'output' | 'stop' | 'keptAfter'> {
	readonly store: Store<ScreenState>;
	readonly transcript: Transcript;
	readonly theme: Theme;
	readonly keymap: Keymap;
	readonly terminal: ScreenTerminal;
	readonly dialogue: Dialogue;
	readonly views: Views;
	readonly signal: AbortSignal;
	/** What of the session the screen knows. */
	readonly running: RunningSession;
}

/** Lines of the event log. */
const keptEvents = 1000;
/** Lines of the transcript that stay on the terminal after the end. */
const keptAfterUsually = 1000;

/** Draws a session and runs what is typed, until its end; gives the status of the last command. */
export async function runScreen(parts: SessionParts, run: ScreenSession): Promise<number> {
	const {store, transcript, theme, keymap, terminal, dialogue, views, running, output, keptAfter = keptAfterUsually} = parts;
	// What only looks on ends with the session, however that ends.
	const over = new AbortController();
	const signal = AbortSignal.any([parts.signal, over.signal]);
	signal.addEventListener('abort', dialogue.close);
	const {shell, session, sandboxes, commands, history} = run;
	const showPrompt = (): void =>
		store.update({prompt: promptOf(session), current: session.current?.name, editor: {...store.get().editor, history: history.lines()}});
	showPrompt();
	if (run.banner !== undefined) {
		transcript.print(run.banner);
	}
	const isJoined = ({name, uri}: SandboxMark): boolean => views.consoles.list().some((each) => each.sandbox === name && each.uri === uri);
	const asked = createAskedEnds();
	const life = followLife({
		sandboxes,
		theme,
		matters: (mark) => session.has(mark.name) || isShown(store.get().panes, mark),
		isAsked: ({name}) => asked.has(name),
		lastWords: (mark) => lastWordsOf(views.consoles.list(), mark),
		print: (text) => transcript.print(text),
		onEvent: (line) => store.update({events: [...store.get().events, line].slice(-keptEvents)}),
		signal,
	});
	// A definition or a pane makes a sandbox matter.
	signal.addEventListener('abort', store.subscribe(life.attend), {once: true});
	const watch = watchSandboxes({
		sandboxes,
		uri: () => session.uri,
		signal,
		onTarget: (uri) => store.update({uri, connection: 'unknown'}),
		onList(marks, uri) {
			const isOurs = (mark: SandboxMark): boolean => session.has(mark.name) || isJoined(mark);
			const sandboxes = marks.toSorted((a, b) => Number(isOurs(b)) - Number(isOurs(a)));
			store.update({sandboxes, ...(uri === store.get().uri ? {connection: 'open'} : {})});
			life.running(marks, uri);
			// Those of other sessions are joined when somebody asks for them.
			void views.consoles.follow(marks.filter(isOurs)).then(() => views.panes.fit());
		},
		onEvent: (event) => life.event(event),
		onLost(uri, marks, why) {
			const isTarget = uri === store.get().uri;
			store.update({sandboxes: marks, ...(isTarget ? {connection: 'lost'} : {})});
			if (isTarget) {
				terminal.takeBack();
			}
			const more = isTarget ? "; 'connect' takes it up again" : '';
			transcript.print(theme.bad(`The connection to ${shortUri(uri)} was lost${more}`));
			transcript.print(theme.quiet(`  ${safeText(why)}`));
		},
	});
	const runner = createRunner({
		shell,
		history,
		ended: run.ended,
		mayEnd: run.mayEnd,
		signal,
		onText: (text) => transcript.print(`${theme.prompt(promptOf(session))}${text.replaceAll('\n', `\n${theme.prompt(continuationPrompt)}`)}`),
		onRunning(command) {
			asked.running(command, session.current?.name);
			store.update({running: command?.line, phase: undefined});
			if (command === undefined) {
				dialogue.over();
			}
		},
		onQueue: (queued) => store.update({queued}),
		onJobs: (jobs) => store.update({jobs: jobs.length}),
		onJobStart: (id, line) => transcript.print(theme.quiet(`[${id}] ${line}`)),
		onJobEnd: (job, status) => transcript.print(theme.quiet(`[${job.id}] ${status === 0 ? 'done' : `status ${status}`}: ${job.line}`)),
		async onCommand() {
			transcript.endLine();
			dialogue.over();
			showPrompt();
			await run.onCommand();
			void watch.refresh();
			void views.refreshXml();
		},
	});
	running.runner = runner;
	running.onKeys = createKeyHandler(store, keymap, {
		submit(text) {
			if (dialogue.line(text)) {
				return;
			}
			if (text.trim() === '') {
				transcript.print(theme.prompt(store.get().prompt));
			} else {
				runner.submit(text);
			}
		},
		end() {
			if (!dialogue.end()) {
				runner.end();
			}
		},
		cancel() {
			dialogue.leaveInput();
			const cancelled = runner.cancel();
			if (!cancelled) {
				transcript.print(`${theme.prompt(store.get().prompt)}${store.get().editor.text}^C`);
			}
			return cancelled;
		},
		clearTranscript: () => transcript.clear(),
		answer: (yes) => dialogue.answer(yes),
		complete: (text) => completeLine(text, commands, shell.completion()),
		act(action) {
			if (action === 'suspend') {
				void terminal.giveAway(parts.stop).catch(allowEnd);
			} else if (action === 'give-input') {
				dialogue.toggleInput(runner.busy());
			} else {
				views.panes.act(action);
			}
		},
		takeInPane: (key) => views.panes.take(key),
		mouse: createPointer(store, views.panes),
		bell: terminal.ring,
	});
	terminal.open();
	const drawing = startDrawing(
		<App
			store={store}
			transcript={transcript}
			wrap={createWrapper()}
			commands={commands}
			consoles={views.consoles.list}
			theme={theme}
			keymap={keymap}
			escape={terminal.guest.escape}
		/>,
		createScreenOutput(output),
	);
	terminal.drawn(drawing);
	let isRestored = false;
	running.restore = () => {
		if (!isRestored) {
			isRestored = true;
			// First, since a guest that has the terminal may have left any mode on.
			terminal.close();
			drawing.stop();
			// What was said stays on the terminal.
			const lines = transcript.lines().slice(-keptAfter);
			output.write(lines.map(({text}) => `${text}\n`).join(''));
			running.isOver = true;
		}
	};
	if (run.layout !== undefined) {
		store.update({panes: readLayout(run.layout)});
		views.panes.update((panes) => panes);
	}
	output.on('resize', views.panes.fit);
	void watch.refresh();
	try {
		return await Promise.race([runner.done, drawing.stopped.then(() => 0)]);
	} finally {
		over.abort();
		run.onLayout?.(writeLayout(store.get().panes));
		output.off('resize', views.panes.fit);
		for (const line of await views.end()) {
			transcript.print(line);
		}
		views.close();
		await terminal.settle();
		running.restore();
	}
}

/** The last lines of what a sandbox's command wrote, as far as its consoles have them. */
function lastWordsOf(consoles: readonly ConsoleEntry[], {name, uri}: SandboxMark): readonly string[] {
	return consoles.filter((each) => each.sandbox === name && each.uri === uri && each.name !== 'boot').flatMap(({emulator}) => emulator.text());
}

/** Whether a pane shows a console of a sandbox, or one of its consoles was entered last. */
function isShown({panes, chosen}: PanesState, {name, uri}: SandboxMark): boolean {
	return [chosen, ...panes.map((pane) => pane.console)].some((key) => key?.startsWith(`${name} `) === true && key.endsWith(` ${uri}`));
}
