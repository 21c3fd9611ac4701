import {spawn} from 'node:child_process';
import {once} from 'node:events';

export interface HostProcess {
	readonly pid: number;
	isAlive(): boolean;
	end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts perl on the host, without any sandbox, and waits until it has printed something. */
export async function startPerl(program: string, words: readonly string[] = []): Promise<HostProcess> {
	const child = spawn('perl', ['-e', `$| = 1; ${program}`, '--', ...words], {stdio: ['ignore', 'pipe', 'inherit']});
	const exited = once(child, 'exit');
	await Promise.race([once(child.stdout, 'data'), exited.then(() => Promise.reject(new Error(`perl has ended: ${program}`)))]);
	return {
		pid: child.pid ?? 0,
		isAlive: () => child.exitCode === null && child.signalCode === null,
		async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL') {
			child.kill(signal);
			await exited;
		},
	};
}
