import type {Sandbox} from '../../backend/types.ts';
import {captureStreams, type Capture} from './capture.ts';

/** A sandbox that this session started in the background. */
export interface BackgroundSandbox {
	readonly sandbox: Sandbox;
	readonly capture: Capture;
	readonly tty: boolean;
	/** The status of its command, undefined where it is not known; once all of it is put away. */
	readonly over: Promise<number | undefined>;
	/** Settled: it has ended. */
	readonly status: () => {readonly ended: boolean; readonly status: number | undefined};
}

/** Takes over a sandbox that has just been started: captures its output and puts it away when its command has ended. */
export function keepInBackground(sandbox: Sandbox, tty: boolean): BackgroundSandbox {
	const {session} = sandbox;
	const capture = captureStreams(
		tty ? [['tty', session.stdout]] : [['stdout', session.stdout], ...(session.stderr === undefined ? [] : [['stderr', session.stderr] as const])],
	);
	if (!tty) {
		session.stdin.on('error', () => undefined);
		session.stdin.end();
	}
	let state: {readonly ended: boolean; readonly status: number | undefined} = {ended: false, status: undefined};
	const over = (async () => {
		const status = await session.exited.catch(() => undefined);
		await sandbox.close();
		state = {ended: true, status};
		return status;
	})();
	over.catch(() => undefined);
	return {sandbox, capture, tty, over, status: () => state};
}
