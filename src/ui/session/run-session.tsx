import {completeLine} from '../../shell/complete.ts';
import {continuationPrompt, promptOf} from '../../shell/prompt.ts';
import {App} from '../components/app.tsx';
import {startDrawing} from '../drawing.tsx';
import type {Theme} from '../draw/theme.ts';
import type {Key} from '../keys/decode-keys.ts';
import type {Keymap} from '../keys/key-table.ts';
import type {SandboxMark, ScreenState, Store} from '../model/screen-store.ts';
import {readLayout, writeLayout} from '../panes/pane-layout-file.ts';
import type {ScreenOptions, ScreenSession} from '../screen-types.ts';
import {createScreenOutput} from '../terminal/screen-output.ts';
import type {ScreenTerminal} from '../terminal/screen-terminal.ts';
import {shortUri} from '../status/view-status.ts';
import type {Transcript} from '../transcript/transcript.ts';
import {createWrapper} from '../transcript/view-transcript.ts';
import type {Desk} from './desk.ts';
import type {Dialogue} from './dialogue.ts';
import {followLife} from './follow-life.ts';
import {createKeyHandler} from './handle-keys.ts';
import {createRunner, type Runner} from './runner.ts';
import {watchSandboxes} from './watch-sandboxes.ts';

export interface SessionParts extends Pick<ScreenOptions, 'output' | 'stop' | 'keptAfter'> {
	readonly store: Store<ScreenState>;
	readonly transcript: Transcript;
	readonly theme: Theme;
	readonly keymap: Keymap;
	readonly terminal: ScreenTerminal;
	readonly dialogue: Dialogue;
	readonly desk: Desk;
	readonly signal: AbortSignal;
	/** Sets who hears of keys. */
	readonly hearKeys: (listener: (keys: readonly Key[]) => void) => void;
	/** Tells of the runner, once there is one. */
	readonly onRunner: (runner: Runner) => void;
	/** Tells what gives the terminal back. */
	readonly onRestore: (restore: () => void) => void;
}

/** Lines of the event log. */
const keptEvents = 1000;
/** Frames a second at most. */
const fps = 60;
/** Lines of the transcript that stay on the terminal after the end. */
const keptAfterUsually = 1000;
/** Commands whose own words tell how a sandbox ended. */
const enders = /^\s*(stop|shutdown|destroy)\b/;

/** Draws a session and runs what is typed, until its end; gives the status of the last command. */
export async function runSession(parts: SessionParts, run: ScreenSession): Promise<number> {
	const {store, transcript, theme, keymap, terminal, dialogue, desk, output, signal, keptAfter = keptAfterUsually} = parts;
	const {shell, session, sandboxes, commands, history} = run;
	const showPrompt = (): void => store.update({prompt: promptOf(session), editor: {...store.get().editor, history: history.lines()}});
	showPrompt();
	if (run.banner !== undefined) {
		transcript.print(run.banner);
	}
	const life = followLife({
		sandboxes,
		theme,
		uri: () => session.uri,
		matters: (name) => session.has(name) && !enders.test(store.get().running ?? ''),
		print: (text) => transcript.print(text),
		onEvent: (line) => store.update({events: [...store.get().events, line].slice(-keptEvents)}),
	});
	const watch = watchSandboxes({
		sandboxes,
		uri: () => session.uri,
		signal,
		onTarget: (uri) => store.update({uri, connection: 'unknown', sandboxes: []}),
		onList(marks, uri) {
			const isOurs = ({name}: SandboxMark): boolean => session.has(name) || desk.consoles.followed().includes(name);
			store.update({sandboxes: marks.toSorted((a, b) => Number(isOurs(b)) - Number(isOurs(a))), uri, connection: 'open'});
			life.running(marks);
			// Those of other sessions are joined when somebody asks for them.
			void desk.consoles.follow(marks.filter(isOurs).map(({name}) => name)).then(() => desk.panes.fit());
		},
		onEvent: (event) => life.event(event),
		onLost(uri) {
			store.update({connection: 'lost', sandboxes: []});
			transcript.print(theme.bad(`The connection to ${shortUri(uri)} was lost; 'connect' takes it up again`));
		},
	});
	const runner = createRunner({
		shell,
		sink: run.sink,
		history,
		ended: run.ended,
		mayEnd: run.mayEnd,
		signal,
		onText: (text) => transcript.print(`${theme.prompt(promptOf(session))}${text.replaceAll('\n', `\n${theme.prompt(continuationPrompt)}`)}`),
		onRunning: (line) => store.update({running: line, phase: undefined}),
		onQueue: (queued) => store.update({queued}),
		onJobs: (jobs) => store.update({jobs: jobs.length}),
		onJobEnd: (job, status) => transcript.print(theme.quiet(`[${job.id}] ${status === 0 ? 'done' : `status ${status}`}: ${job.line}`)),
		async onCommand() {
			transcript.endLine();
			showPrompt();
			await run.onCommand();
			void watch.refresh();
			void desk.refreshXml();
		},
	});
	parts.onRunner(runner);
	parts.hearKeys(
		createKeyHandler(store, keymap, {
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
					void terminal.giveAway(parts.stop);
				} else {
					desk.panes.act(action);
				}
			},
			takeInPane: (key) => desk.panes.take(key),
			bell: () => output.write('\x07'),
		}),
	);
	terminal.open();
	const drawing = startDrawing(
		<App
			store={store}
			transcript={transcript}
			wrap={createWrapper()}
			commands={commands}
			consoles={desk.consoles.list}
			theme={theme}
			keymap={keymap}
			escape={terminal.guest.escape}
		/>,
		{output: createScreenOutput(output), fps},
	);
	terminal.drawn(drawing);
	let isRestored = false;
	const restore = (): void => {
		if (!isRestored) {
			isRestored = true;
			drawing.stop();
			terminal.close();
			// What was said stays on the terminal.
			const lines = transcript.lines().slice(-keptAfter);
			output.write(lines.map(({text}) => `${text}\n`).join(''));
		}
	};
	parts.onRestore(restore);
	if (run.layout !== undefined) {
		store.update({panes: readLayout(run.layout)});
		desk.panes.update((panes) => panes);
	}
	output.on('resize', desk.panes.fit);
	void watch.refresh();
	try {
		return await Promise.race([runner.done, drawing.stopped.then(() => 0)]);
	} finally {
		run.onLayout?.(writeLayout(store.get().panes));
		output.off('resize', desk.panes.fit);
		desk.close();
		restore();
	}
}
