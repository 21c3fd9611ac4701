import {chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {programPath, startProgram, type Ended, type RunSettings} from './run-program.ts';

/** The id of the user and group `nobody`. */
export const nobody = 65534;

/** An ordinary user who may do nothing but what all may, with directories of their own. */
export interface OrdinaryUser {
	readonly home: string;
	/** The words that run a program as this user. */
	as(program: 'virt-sandbox' | 'virt-sandbox-shell', words: readonly string[]): readonly [file: string, words: readonly string[]];
	run(program: 'virt-sandbox' | 'virt-sandbox-shell', words: readonly string[], settings?: RunSettings): Promise<Ended>;
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Ends their daemons and removes their directories. */
	end(): Promise<void>;
}

/** Makes one, below a directory that sandboxes have memory of their own in, unless another is named. */
export function makeUser(base = tmpdir()): OrdinaryUser {
	// Short names: libvirt makes sockets deep below them.
	const directory = mkdtempSync(join(base, 'o-'));
	chmodSync(directory, 0o755);
	const [home, runtime] = [join(directory, 'h'), join(directory, 'r')];
	for (const path of [home, runtime]) {
		mkdirSync(path, {mode: 0o700});
		chownSync(path, nobody, nobody);
	}
	const end = async (): Promise<void> => {
		for (const name of ['libvirtd', 'virtlogd']) await endDaemon(join(runtime, 'libvirt', `${name}.pid`));
		rmSync(directory, {recursive: true, force: true});
	};
	// Node hands a run's coverage directory down by itself, which this user could not write to.
	const environment = {PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: runtime, LANG: 'C.UTF-8', NODE_V8_COVERAGE: ''};
	const as: OrdinaryUser['as'] = (program, words) => [
		'setpriv',
		[`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--no-new-privs', programPath(program), ...words],
	];
	return {
		home,
		as,
		environment,
		end,
		run(program, words, settings) {
			const [file, rest] = as(program, words);
			return startProgram(file, rest, {input: '', environment, cwd: '/', ...settings}).ended;
		},
	};
}

async function endDaemon(pidFile: string): Promise<void> {
	const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
	if (pid <= 1) return;
	// libvirtd never ends by a SIGTERM that comes while a guest ends.
	const until = performance.now() + 3000;
	while (existsSync(`/proc/${pid}/exe`)) {
		process.kill(pid, performance.now() < until ? 'SIGTERM' : 'SIGKILL');
		await new Promise((resolve) => {
			setTimeout(resolve, 50);
		});
	}
}
