import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Duplex} from 'node:stream';
import {logConsole, type RunningSandbox} from '../../start/running-sandbox.ts';
import {captureConsole, type CapturedConsole} from './captured-console.ts';
import {logDirectory} from './open-logs.ts';
import {openLogFile, type LogFile} from './log-file.ts';
import {logShare} from './log-share.ts';

/** Captures all that a sandbox writes: the command's output or terminal, the init's log, the root shell. The command's input is empty, unless it has a terminal. */
export async function captureSandbox(sandbox: RunningSandbox): Promise<readonly CapturedConsole[]> {
	const {session} = sandbox;
	const consoles: CapturedConsole[] = [];
	if (session.stderr === undefined) {
		const {stdout: output, stdin: input} = session;
		consoles.push(captureConsole({name: 'tty', output, openLog: openLog(sandbox, 'tty'), input, resize: (size) => session.resize(size)}));
	} else {
		session.stdin.end();
		consoles.push(captureConsole({name: 'stdout', output: session.stdout, openLog: openLog(sandbox, 'stdout')}));
		consoles.push(captureConsole({name: 'stderr', output: session.stderr, openLog: openLog(sandbox, 'stderr')}));
	}
	const boot = await openUnlessEnded(sandbox, logConsole);
	if (boot !== undefined) {
		consoles.push(captureConsole({name: 'boot', output: boot, openLog: openLog(sandbox, 'boot')}));
	}
	return [...consoles, ...(await captureShell(sandbox))];
}

/** Captures the console of the root shell, where there is one. */
export async function captureShell(sandbox: RunningSandbox): Promise<readonly CapturedConsole[]> {
	const {shell} = sandbox.plan.consoles;
	const console = shell === undefined ? undefined : await openUnlessEnded(sandbox, shell);
	if (shell === undefined || console === undefined) return [];
	const resize = ({rows, columns}: {rows: number; columns: number}): void => sandbox.control.send('resize', shell, rows, columns);
	return [captureConsole({name: 'shell', output: console, openLog: openLog(sandbox, 'shell'), input: console, resize})];
}

function openLog({state}: RunningSandbox, name: string): () => LogFile {
	const directory = logDirectory(state.path);
	mkdirSync(directory, {recursive: true, mode: 0o700});
	return () => openLogFile(join(directory, name), {limit: () => logShare(state.path)});
}

/** A command may be over before anybody could open a console: then there is nothing to capture. */
async function openUnlessEnded(sandbox: RunningSandbox, number: number): Promise<Duplex | undefined> {
	let isOver = false;
	const over = (): void => void (isOver = true);
	sandbox.session.exited.then(over, over);
	try {
		return await sandbox.openConsole(number);
	} catch (error) {
		if (isOver) return undefined;
		throw error;
	}
}
