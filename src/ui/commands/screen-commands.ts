import type {Command} from '../../commands/command.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';
import type {ScreenTools} from '../screen-types.ts';
import type {Views} from '../session/views.ts';
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
	readonly views: Pick<Views, 'consoles' | 'atEnd'> & {readonly panes: Pick<Views['panes'], 'update'>};
	readonly store: Pick<Store<ScreenState>, 'get'>;
	readonly host: Pick<ScreenTools['host'], 'listDirectory' | 'writeFile' | 'ownDirectory'>;
	readonly runner: () => Runner | undefined;
}

/** Commands that only a screen has. */
export function createScreenCommands({views, store, runner, host}: ScreenCommandParts): readonly Command[] {
	const jobs = () => runner()?.jobs() ?? [];
	const {consoles} = views;
	const open = {consoles, panes: () => store.get().panes, update: views.panes.update};
	const recordings = createRecordings({consoles, host, now: Date.now});
	views.atEnd(() => recordings.finishAll());
	return [
		createViewCommand(open),
		createLayoutCommand({...open, host}),
		createJobsCommand(jobs),
		createForegroundCommand(jobs),
		createRecordCommand({consoles, recordings}),
		createReplayCommand(open),
		createScrollbackCommand(consoles),
		createTopCommand(open),
	];
}
