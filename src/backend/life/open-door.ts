import type {Sandbox} from '../types.ts';
import type {RunningSandbox} from './running-sandbox.ts';

/** The first command runs alone for this long. */
const doorMs = 50;

/** Lets other processes reach a sandbox in the foreground, and begins its root shell; a command that is over before does without. */
export function openDoor(running: RunningSandbox, sandbox: Sandbox): void {
	const {control, sharesConsoles} = running;
	let isOver = false;
	const open = async (): Promise<void> => {
		const [{serveControl}, {startShell}, {captureShell}] = await Promise.all([
			import('./control/serve-control.ts'),
			import('./capture/start-shell.ts'),
			import('./capture/capture-sandbox.ts'),
		]);
		if (isOver) {
			return;
		}
		const server = serveControl(running, sandbox, sharesConsoles ? [] : await captureShell(running));
		void control.ended.then(() => server.close());
		await startShell(running);
	};
	// Without it the sandbox still runs.
	const timer = setTimeout(() => void open().catch(() => undefined), doorMs);
	timer.unref();
	void control.ended.then(() => {
		isOver = true;
		clearTimeout(timer);
	});
}
