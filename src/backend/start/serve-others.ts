import type {Sandbox, StartOptions} from '../types.ts';
import {tapTerminal} from '../session/capture/tap-terminal.ts';
import {usualSize} from '../types.ts';
import type {RunningSandbox} from './running-sandbox.ts';

/** The first command runs alone for this long. */
const aloneMs = 50;

/**
 * Lets other processes reach a sandbox in the foreground, and begins its root shell; a command that is over before does without. They
 * may join its terminal: gives the sandbox for whoever has that.
 */
export function serveOthers(running: RunningSandbox, sandbox: Sandbox, {size}: Pick<StartOptions, 'size'>): Sandbox {
	const {control, sharesConsoles, plan} = running;
	const terminal = plan.consoles.command === undefined ? undefined : tapTerminal(sandbox.session, {name: 'tty', size: size ?? usualSize});
	const held = terminal === undefined ? [] : [terminal.console];
	let isOver = false;
	const open = async (): Promise<void> => {
		const [{serveControl}, {startShell}, {captureShell}] = await Promise.all([
			import('../session/serve-control.ts'),
			import('../session/capture/start-shell.ts'),
			import('../session/capture/capture-sandbox.ts'),
		]);
		if (isOver) return;
		const server = serveControl(running, sandbox, {captured: [...held, ...(sharesConsoles ? [] : await captureShell(running))]});
		// Who waits is told first whether its last writes are lost.
		void control.ended.then(() => sandbox.written?.()).then(() => server.close());
		await startShell(running);
	};
	// Without it the sandbox still runs.
	const timer = setTimeout(() => void open().catch(() => undefined), aloneMs);
	timer.unref();
	void control.ended.then(() => {
		isOver = true;
		clearTimeout(timer);
	});
	return terminal === undefined ? sandbox : {...sandbox, session: terminal.session};
}
