import type {ConsoleEntry, SandboxRef} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';
import {focusedPane, type Pane} from '../panes/pane-state.ts';

interface ConsoleChoiceOptions {
	readonly store: Store<ScreenState>;
	readonly consoles: ConsoleStore;
	/** The console that a pane shows. */
	readonly shown: (pane: Pane) => ConsoleEntry | undefined;
	/** The sandbox that commands mean when they name none. */
	readonly currentSandbox: () => string | undefined;
	/** More consoles are known. */
	readonly onJoined: () => void;
}

/** Which console a key means that names none. */
export function createConsoleChoice({store, consoles, shown, currentSandbox, onJoined}: ConsoleChoiceOptions) {
	function inFocus(): ConsoleEntry | undefined {
		const focused = focusedPane(store.get().panes);
		return focused === undefined ? undefined : shown(focused);
	}

	function chosenOf(among: readonly ConsoleEntry[]): ConsoleEntry | undefined {
		const {chosen} = store.get().panes;
		const open = among.filter(isOpen);
		return among.find(({key}) => key === chosen) ?? open.find(({sandbox}) => sandbox === currentSandbox()) ?? open[0] ?? among[0];
	}

	/** The one that has the keys, that `consoles` shows, or that of the current sandbox. */
	function current(): ConsoleEntry | undefined {
		return inFocus() ?? chosenOf(consoles.list());
	}

	/** The same among those that have not ended; undefined: the one that has the keys has. */
	function openOne(): ConsoleEntry | undefined {
		const focused = inFocus();
		if (focused !== undefined) return isOpen(focused) ? focused : undefined;
		return chosenOf(consoles.list().filter(isOpen));
	}

	const isFollowed = ({uuid}: SandboxRef): boolean => consoles.followed().some((each) => each.uuid === uuid);

	/** Joins what runs and is not joined, the current sandbox alone where it runs: consoles may have come up meanwhile, here or by another session. */
	async function joinMore(): Promise<void> {
		const {sandboxes} = store.get();
		const named = sandboxes.filter(({name}) => name === currentSandbox());
		const wanted = named.some((each) => !isFollowed(each)) ? named : sandboxes;
		await consoles.follow([...consoles.followed(), ...wanted]);
		onJoined();
	}

	/** Does something with what `pick` finds, at once where it can: keys typed after it go there. Else with what `again` finds once more is joined. */
	function withConsole(pick: () => ConsoleEntry | undefined, use: (entry: ConsoleEntry) => void, missing: string, again = pick): void {
		const now = pick();
		if (now !== undefined) {
			use(now);
			return;
		}
		void joinMore().then(() => {
			const found = again();
			if (found === undefined) {
				store.update({message: missing});
			} else {
				use(found);
			}
		});
	}

	/** The console to attach to; undefined: the current sandbox may have one that is not known yet. */
	function attachable(): ConsoleEntry | undefined {
		const {panes, sandboxes} = store.get();
		const entry = openOne();
		const isMeant = focusedPane(panes) !== undefined || entry?.key === panes.chosen;
		return isMeant || !sandboxes.some((each) => each.name === currentSandbox() && !isFollowed(each)) ? entry : undefined;
	}

	return {current, openOne, attachable, withConsole};
}

function isOpen({state}: Pick<ConsoleEntry, 'state'>): boolean {
	return state === 'open';
}
