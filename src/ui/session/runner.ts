import type {ParsedCommand} from '../../shell/language/parse-script.ts';
import type {Interaction} from '../../shell/shell.ts';

/** A command that runs beside the prompt. */
export interface Job {
	readonly id: number;
	readonly line: string;
	readonly controller: AbortController;
	/** Its status, once it has ended. */
	readonly done: Promise<number>;
}

interface RunnerOptions extends Pick<Interaction, 'shell' | 'history' | 'ended' | 'mayEnd' | 'onCommand' | 'signal'> {
	/** A text is about to run. */
	readonly onText: (text: string) => void;
	/** What runs in front, or undefined. */
	readonly onRunning: (command: ParsedCommand | undefined) => void;
	readonly onQueue: (texts: readonly string[]) => void;
	readonly onJobs: (jobs: readonly Job[]) => void;
	/** A command goes beside the prompt. */
	readonly onJobStart: (id: number, line: string) => void;
	readonly onJobEnd: (job: Job, status: number) => void;
}

export type Runner = ReturnType<typeof createRunner>;

/** What stands in the queue for the end of input. */
const endOfInput = Symbol('end');

/** Runs texts one after another; those that come meanwhile wait. */
export function createRunner(options: RunnerOptions) {
	const {shell, history, ended, signal} = options;
	const queue: Array<string | typeof endOfInput> = [];
	let wake = (): void => {};
	let running: AbortController | undefined;
	/** A text was taken, its command does not run yet. */
	let isPreparing = false;
	let isCancelled = false;
	let jobs: readonly Job[] = [];
	let lastJob = 0;

	const tellQueue = (): void => options.onQueue(queue.filter((each) => typeof each === 'string'));
	const add = (entry: string | typeof endOfInput): void => {
		queue.push(entry);
		tellQueue();
		wake();
	};
	signal.addEventListener('abort', () => {
		running?.abort(signal.reason);
		wake();
	});

	function startJob(command: ParsedCommand): void {
		const controller = new AbortController();
		const id = ++lastJob;
		options.onJobStart(id, command.line);
		const done = shell.run([command], controller.signal, 'beside');
		const job: Job = {id, line: command.line, controller, done};
		jobs = [...jobs, job];
		options.onJobs(jobs);
		void done.then((status) => {
			jobs = jobs.filter((each) => each !== job);
			options.onJobs(jobs);
			options.onJobEnd(job, status);
		});
	}

	async function runText(text: string): Promise<number> {
		const parsed = await shell.parseTyped(text);
		if (parsed === undefined) {
			return 2;
		}
		let status = 0;
		for (const command of parsed) {
			if (command.background) {
				startJob(command);
				continue;
			}
			running = new AbortController();
			if (isCancelled) {
				running.abort();
			}
			options.onRunning(command);
			try {
				status = await shell.run([command], running.signal);
			} finally {
				running = undefined;
			}
			await options.onCommand();
			if (status !== 0 || ended() || signal.aborted) {
				break;
			}
		}
		return status;
	}

	async function loop(): Promise<number> {
		let status = 0;
		while (!ended() && !signal.aborted) {
			const next = queue.shift();
			if (next === undefined) {
				options.onRunning(undefined);
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
				continue;
			}
			tellQueue();
			if (next === endOfInput) {
				if (await options.mayEnd()) {
					break;
				}
				continue;
			}
			isPreparing = true;
			isCancelled = false;
			options.onText(next);
			await history.add(next);
			status = await runText(next);
			isPreparing = false;
		}
		for (const job of jobs) {
			job.controller.abort();
		}
		await Promise.allSettled(jobs.map((job) => job.done));
		return status;
	}

	return {
		/** Runs a text, now or after those before it. */
		submit: (text: string): void => add(text),
		/** The end of input was typed. */
		end: (): void => add(endOfInput),
		/** Ends the command in front; false: none runs. */
		cancel(): boolean {
			// The shell's language knows this reason as an interruption.
			running?.abort();
			isCancelled = isPreparing;
			return isPreparing;
		},
		/** A text runs in front, or waits. */
		busy: (): boolean => isPreparing || queue.length > 0,
		jobs: (): readonly Job[] => jobs,
		/** The session's end, with the status of the last command. */
		done: loop(),
	};
}
