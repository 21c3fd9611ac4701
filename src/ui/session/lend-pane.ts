import {ShellError} from '../../core/errors.ts';
import {onceOver} from '../../core/stream-ends.ts';
import type {GuestTerminal} from '../../commands/context.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import {openPane} from '../panes/pane-state.ts';
import type {PaneControl} from './pane-control.ts';

export interface PaneLender {
	readonly consoles: ConsoleStore;
	readonly panes: Pick<PaneControl, 'update'>;
}

/** A pane as the terminal of a command beside the prompt, in a sandbox. What closes the pane hangs up. */
export function lendPane({consoles, panes}: PaneLender, sandbox: string, escape: string): GuestTerminal {
	return {
		escape,
		size: () => undefined,
		attach(session, onLeave) {
			const ended = Promise.withResolvers<void>();
			ended.promise.catch(() => undefined);
			onceOver(session.stdout, () => {
				const {errored, readableEnded} = session.stdout;
				if (errored instanceof ShellError) {
					ended.reject(errored);
					return;
				}
				ended.resolve();
				if (!readableEnded) onLeave();
			});
			void consoles.add({sandbox, name: freeName(consoles, sandbox, session.console), uri: '', session}).then(
				// The prompt keeps the keys.
				(key) => panes.update((state) => openPane(state, 'console', {side: 'below', console: key})),
				onLeave,
			);
			// The pane's emulator answers by itself.
			return {done: ended.promise, settle: () => Promise.resolve(), detach() {}};
		},
	};
}

/** What its console is called, unless a pane whose command still runs has that name: then the next that none has. */
function freeName(consoles: ConsoleStore, sandbox: string, wanted = 'exec-1'): string {
	const taken = new Set(consoles.list().flatMap((each) => (each.sandbox === sandbox && each.uri === '' && each.state === 'open' ? each.name : [])));
	if (!taken.has(wanted)) return wanted;
	let number = 1;
	while (taken.has(`exec-${number}`)) number++;
	return `exec-${number}`;
}
