import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Duplex} from 'node:stream';
import {commandFile} from '../../guest/command-file.ts';
import {makeEnvironment} from '../../guest/command-environment.ts';
import {resolveAccount, readAccountFiles} from '../../host/users.ts';
import type {RunningContainer} from '../running-container.ts';
import {captureConsole, type CapturedConsole} from './captured-console.ts';
import {logDirectory} from './log-directory.ts';
import {openLogFile} from './log-file.ts';

/** Number of the session that the root shell is. */
export const shellSession = 1;
/** A shell that ends sooner than this is not started again. */
const shortestShellMs = 1000;

/** Captures all that a sandbox writes: the command's output or terminal, the init's log, the root shell. The command's input is empty, unless it has a terminal. */
export async function captureSandbox(container: RunningContainer): Promise<readonly CapturedConsole[]> {
	const {state, session, plan} = container;
	const directory = logDirectory(state.path);
	mkdirSync(directory, {mode: 0o700});
	const open = (name: string) => openLogFile(join(directory, name));
	const consoles: CapturedConsole[] = [];
	if (session.stderr === undefined) {
		consoles.push(captureConsole({name: 'tty', output: session.stdout, log: open('tty'), input: session.stdin, resize: (size) => session.resize(size)}));
	} else {
		session.stdin.end();
		consoles.push(captureConsole({name: 'stdout', output: session.stdout, log: open('stdout')}));
		consoles.push(captureConsole({name: 'stderr', output: session.stderr, log: open('stderr')}));
	}
	const boot = await openUnlessEnded(container, 1);
	if (boot !== undefined) {
		consoles.push(captureConsole({name: 'boot', output: boot, log: open('boot')}));
	}
	const {shell} = plan.consoles;
	if (shell !== undefined) {
		const console = await openUnlessEnded(container, shell);
		const resize = ({rows, columns}: {rows: number; columns: number}): void => container.control.send('resize', shell, rows, columns);
		if (console !== undefined) {
			consoles.push(captureConsole({name: 'shell', output: console, log: open('shell'), input: console, resize}));
		}
	}
	return consoles;
}

/** A command may be over before anybody could open a console: then there is nothing to capture. */
async function openUnlessEnded({link, session}: RunningContainer, number: number): Promise<Duplex | undefined> {
	let isOver = false;
	const over = (): void => void (isOver = true);
	session.exited.then(over, over);
	try {
		return await link.openConsole(number);
	} catch (error) {
		if (isOver) {
			return undefined;
		}
		throw error;
	}
}

/** Begins the root shell on its console, and again whenever it has ended. */
export function startShell(container: RunningContainer): void {
	const {plan, control, state, caller} = container;
	const tty = plan.consoles.shell;
	if (tty === undefined) {
		return;
	}
	const account = resolveAccount({kind: 'root'}, caller, readAccountFiles(plan.spec.root === '/' ? '' : plan.spec.root));
	const environment = makeEnvironment(account, caller, false, {TERM: caller.environment['TERM'] ?? 'linux'});
	writeFileSync(
		join(state.io, `${shellSession}.cmd`),
		commandFile({
			number: shellSession,
			words: [account.shell, '-l'],
			environment,
			directories: [account.home],
			directoryRequired: false,
			identity: {uid: account.uid, gid: account.gid, groups: account.groups},
			// Nobody waits for its end.
			terminal: {tty, mark: '', rows: 24, columns: 80},
			hold: false,
			tools: plan.tools,
		}),
		{mode: 0o600},
	);
	const begin = (): void => {
		const begun = performance.now();
		control.follow(shellSession).exited.then(
			() => {
				if (performance.now() - begun > shortestShellMs) {
					begin();
				}
			},
			() => undefined,
		);
		control.send('spawn', shellSession);
	};
	begin();
}
