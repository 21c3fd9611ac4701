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
			session.stdout.once('end', ended.resolve);
			session.stdout.once('close', () => {
				ended.resolve();
				if (!session.stdout.readableEnded) onLeave();
			});
			void consoles.add({sandbox, name: session.console ?? freeName(consoles, sandbox), uri: '', session}).then(
				// The prompt keeps the keys.
				(key) => panes.update((state) => openPane(state, 'console', {side: 'below', console: key})),
				onLeave,
			);
			return {done: ended.promise, detach() {}};
		},
	};
}

/** `exec-1`, or the next that no pane has whose command still runs. */
function freeName(consoles: ConsoleStore, sandbox: string): string {
	const taken = new Set(consoles.list().flatMap((each) => (each.sandbox === sandbox && each.uri === '' && each.state === 'open' ? each.name : [])));
	let number = 1;
	while (taken.has(`exec-${number}`)) number++;
	return `exec-${number}`;
}
