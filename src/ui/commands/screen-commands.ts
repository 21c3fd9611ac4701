import type {Command} from '../../commands/command.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';
import type {ScreenTools} from '../screen-types.ts';
import type {Desk} from '../session/desk.ts';
import type {Runner} from '../session/runner.ts';
import {createForegroundCommand, createJobsCommand} from './jobs.ts';
import {createLayoutCommand} from './layout.ts';
import {createRecordCommand} from './record.ts';
import {createRecordings} from './running-recordings.ts';
import {createReplayCommand} from './replay.ts';
import {createScrollbackCommand} from './scrollback.ts';
import {createTopCommand} from './top.ts';
import {createViewCommand} from './view.ts';

interface ScreenCommandParts {
	readonly desk: Pick<Desk, 'consoles' | 'atEnd'> & {readonly panes: Pick<Desk['panes'], 'update'>};
	readonly store: Pick<Store<ScreenState>, 'get'>;
	readonly host: Pick<ScreenTools['host'], 'listDirectory' | 'writeFile' | 'ownDirectory'>;
	readonly runner: () => Runner | undefined;
}

/** Commands that only a screen has. */
export function createScreenCommands({desk, store, runner, host}: ScreenCommandParts): readonly Command[] {
	const jobs = () => runner()?.jobs() ?? [];
	const recordings = createRecordings({consoles: desk.consoles, host, now: Date.now});
	desk.atEnd(() => recordings.finishAll());
	return [
		createViewCommand({consoles: desk.consoles, panes: () => store.get().panes, update: desk.panes.update}),
		createLayoutCommand({consoles: desk.consoles, panes: () => store.get().panes, update: desk.panes.update, host}),
		createJobsCommand(jobs),
		createForegroundCommand(jobs),
		createRecordCommand({consoles: desk.consoles, recordings}),
		createReplayCommand({consoles: desk.consoles, panes: () => store.get().panes, update: desk.panes.update}),
		createScrollbackCommand(desk.consoles),
		createTopCommand(desk.panes.update),
	];
}
