import {spawn, type ChildProcess} from 'node:child_process';
import {readlinkSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import {ShellError} from '../../core/errors.ts';
import {givenUp, type RemovalBounds} from '../guest/state/remove-tree.ts';
import {ifThere} from '../host/files/if-there.ts';
import {listProcesses} from '../host/processes.ts';
import {errorOf, type OwnerLine} from '../session/control-line.ts';
import {Held, nameOf, type LeftoverFiles} from './leftover-files.ts';
import {removerWord} from './remover-word.ts';

/** What a remover says each second that it is not held up. */
export const goesOn = {tell: 'ready'} as const;

/** For how long a remover may say nothing. */
const mostSilentMs = 10_000;
/** How long one that is given up may take to say what is left. */
const lastWordMs = 500;
const stepMs = 50;

/** What a remover is told. */
export interface RemoverOrder extends LeftoverFiles {
	readonly mostVainMs?: number | undefined;
}

/**
 * Removes what is left of a sandbox by a process of its own. Whoever has a directory of it open for reading may keep that locked as long as
 * they like, and whoever removes something there waits in the kernel, `kill -9` or not: then that process is left behind, and this throws.
 * `program`: the words that run a program which calls runRemover.
 */
export async function removeApart(files: LeftoverFiles, program: readonly string[], {signal, mostVainMs}: RemovalBounds): Promise<void> {
	const [file = process.execPath, ...words] = program;
	const order: RemoverOrder = {...files, mostVainMs};
	const child: ChildProcess = spawn(file, [...words, removerWord, files.id, JSON.stringify(order)], {
		stdio: ['ignore', 'pipe', 'ignore'],
		detached: true,
		cwd: '/',
	});
	child.unref();
	const over = Promise.withResolvers<void>();
	let isHeard = false;
	let timer = setTimeout(() => over.reject(new Held(files, `process ${child.pid ?? ''} gets nowhere`)), mostSilentMs);
	const giveUp = (): void => {
		// Sooner it would end by that.
		if (isHeard) child.kill('SIGTERM');
		clearTimeout(timer);
		timer = setTimeout(() => over.reject(givenUp(nameOf(files), signal?.reason)), lastWordMs);
	};
	child.once('error', (cause) =>
		over.reject(
			new ShellError('unavailable', `The process that removes ${nameOf(files)} cannot be started`, {
				hint: '`virt-sandbox --clean` goes on with it',
				cause,
			}),
		),
	);
	const follow = async (): Promise<void> => {
		// Where it could not be begun, that is told.
		if (!child.stdout) return over.promise;
		for await (const text of createInterface(child.stdout)) {
			const line = JSON.parse(text) as OwnerLine;
			if (line.tell === 'done') return;
			if (line.tell === 'error') throw errorOf(line);
			if (signal?.aborted !== true) timer.refresh();
			else if (!isHeard) child.kill('SIGTERM');
			isHeard = true;
		}
		throw new ShellError('unavailable', `The process that removes ${nameOf(files)} was ended`, {hint: '`virt-sandbox --clean` goes on with it'});
	};
	follow().then(over.resolve, over.reject);
	signal?.addEventListener('abort', giveUp, {once: true});
	if (signal?.aborted === true) giveUp();
	try {
		await over.promise;
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener('abort', giveUp);
		child.stdout?.destroy();
	}
}

/** Waits until no process removes what is left of a sandbox any more; throws where one still does, which may be held up for ever. */
export async function awaitRemover(files: LeftoverFiles, program: readonly string[], mostMs: number): Promise<void> {
	const until = clockMs() + mostMs;
	for (let pid = findRemover(files, program); pid !== undefined; pid = findRemover(files, program)) {
		if (clockMs() >= until) throw new Held(files, `process ${pid} has not done so yet`);
		await wait(stepMs);
	}
}

/** By its program too: anybody may have one that changes its user, as sudo, run with any words. */
function findRemover({id}: LeftoverFiles, [file]: readonly string[]): number | undefined {
	const users = process.getuid === undefined ? [] : [process.getuid()];
	const isOne = (pid: number): boolean => ifThere(() => readlinkSync(`/proc/${pid}/exe`)) === file;
	return listProcesses(users, ({pid, words}) => words.at(-3) === removerWord && words.at(-2) === id && isOne(pid))[0]?.pid;
}
