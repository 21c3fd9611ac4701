import {defineCommand, optional} from '../../commands/command.ts';
import {count} from '../../commands/kinds.ts';
import {ShellError} from '../../core/errors.ts';
import type {Job} from '../session/runner.ts';

/** `jobs`: what runs in the background. */
export function createJobsCommand(jobs: () => readonly Job[]) {
	return defineCommand({
		name: 'jobs',
		group: 'shell',
		summary: 'List the commands that run beside the prompt',
		description: "A trailing & runs a command beside the prompt: 'wait web &'.",
		params: {},
		examples: [['jobs', 'lists them with their numbers']],
		async *run() {
			yield {kind: 'table', columns: [{name: 'job'}, {name: 'command'}], rows: jobs().map(({id, line}) => ({job: id, command: line}))};
		},
	});
}

/** `fg`: waits for one of them. */
export function createForegroundCommand(jobs: () => readonly Job[]) {
	return defineCommand({
		name: 'fg',
		group: 'shell',
		summary: 'Wait for a command that runs beside the prompt',
		description: '^C ends it then.',
		params: {job: optional(count('JOB', 1, 1_000_000), 'its number; left out: the last one')},
		examples: [['fg 1', 'waits for the first']],
		async *run({job}, {signal}) {
			const found = job === undefined ? jobs().at(-1) : jobs().find(({id}) => id === job);
			if (found === undefined) {
				throw new ShellError('not-found', job === undefined ? 'No command runs in the background' : `There is no job ${job}`, {
					hint: "'jobs' lists them.",
				});
			}
			yield {kind: 'notice', level: 'info', code: 'job', message: found.line};
			const cancel = (): void => found.controller.abort();
			signal.addEventListener('abort', cancel, {once: true});
			try {
				yield {kind: 'exit', status: await found.done};
			} finally {
				signal.removeEventListener('abort', cancel);
			}
		},
	});
}
