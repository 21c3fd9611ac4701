import {spawn} from 'node:child_process';
import {constants} from 'node:fs';
import {access, mkdir, open, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {ShellError} from '../../../core/errors.ts';
import {acceptsConnections} from './accepts-connections.ts';
import {embeddedLibvirtdScript, embeddedParentScript} from './embedded-libvirtd-script.ts';
import {embeddedDirectory, embeddedSocket, embeddedUri, isEmbeddedUri} from './embedded-place.ts';

interface EmbeddedOptions {
	readonly signal?: AbortSignal | undefined;
	/** Below it are sockets, state and log. */
	readonly directory?: string;
	/** How long the daemon stays after its last client and last sandbox, in seconds. */
	readonly idleSeconds?: number;
	/** How long its start may take, in milliseconds. */
	readonly startLimitMs?: number;
	/** Where to look for libvirtd. */
	readonly programs?: readonly string[];
}

const defaultPrograms = ['/usr/sbin/libvirtd', '/usr/bin/libvirtd', '/usr/local/sbin/libvirtd'];
/** The script's status when a daemon lives already, or one is about to end. */
const lockedStatus = 75;
/** The number of the system call prctl, by architecture. */
const prctlNumbers: Readonly<Partial<Record<string, number>>> = {x64: 157, arm64: 167, riscv64: 167};
const installHint =
	'Install it (Debian: apt-get install libvirt-daemon-driver-lxc; Fedora: dnf install libvirt-daemon libvirt-daemon-driver-lxc), or name a daemon with --connect.';

/**
 * Starts the libvirtd that all our processes share, unless it runs already, and returns once it accepts connections. It ends by
 * itself, 120 s after its last client and its last sandbox. Throws a ShellError 'unavailable' when libvirtd is not installed or
 * does not start, 'refused' without root's rights.
 */
export async function ensureEmbeddedLibvirtd(options: EmbeddedOptions = {}): Promise<{uri: string; started: boolean}> {
	const {signal, directory = embeddedDirectory, idleSeconds = 120, startLimitMs = 15_000, programs = defaultPrograms} = options;
	const socket = embeddedSocket(directory);
	const uri = embeddedUri(directory);
	if (await acceptsConnections(socket, signal)) {
		return {uri, started: false};
	}
	if (process.geteuid?.() !== 0) {
		throw new ShellError('refused', 'A libvirtd of our own needs root', {hint: 'Run as root, or name a daemon with --connect.'});
	}
	const program = await firstExecutable(programs);
	if (program === undefined) {
		throw new ShellError('unavailable', 'No libvirt daemon answers, and libvirtd is not installed', {hint: installHint});
	}
	await mkdir(join(directory, '..'), {recursive: true, mode: 0o711});
	await mkdir(directory, {recursive: true, mode: 0o700});

	const deadline = Date.now() + startLimitMs;
	while (Date.now() < deadline) {
		signal?.throwIfAborted();
		const daemon = await spawnDaemon(directory, idleSeconds, program);
		const outcome = await Promise.race([daemon.ended, waitForSocket(socket, deadline, daemon.ended, signal)]);
		if (outcome === 'accepts') {
			return {uri, started: daemon.lives() && (await isOf(directory, daemon.pid))};
		}
		if (typeof outcome === 'number' && outcome !== lockedStatus) {
			throw await startError(directory, `status ${outcome}`);
		}
		// Another process is starting it, or the last one is just ending.
		const pause = Math.min(deadline, Date.now() + 250);
		if ((await waitForSocket(socket, pause, undefined, signal)) === 'accepts') {
			return {uri, started: false};
		}
	}
	throw await startError(directory, `no answer after ${startLimitMs / 1000} s`);
}

/** Starts it again where a URI reaches it and it was killed: kept sandboxes outlive it. */
export async function reviveEmbedded(uri: string, signal: AbortSignal | undefined): Promise<void> {
	if (isEmbeddedUri(uri)) await ensureEmbeddedLibvirtd({signal});
}

async function spawnDaemon(directory: string, idleSeconds: number, program: string) {
	const output = await open(outputFile(directory), 'a', 0o600);
	try {
		// 0 where we do not know it.
		const words = [directory, String(idleSeconds), program, String(prctlNumbers[process.arch] ?? 0), embeddedParentScript];
		const {findManager, moveToOwnScope} = await import('./own-scope.ts');
		const manager = findManager(0, undefined);
		const child = spawn('unshare', ['--mount', '--propagation', 'slave', 'sh', '-c', embeddedLibvirtdScript, 'libvirtd', ...words], {
			detached: true,
			cwd: '/',
			stdio: [manager === undefined ? 'ignore' : 'pipe', output.fd, output.fd],
			env: {PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C'},
		});
		const ended = new Promise<number>((resolve) => {
			child.on('error', () => resolve(127));
			child.on('exit', (status) => resolve(status ?? 1));
		});
		child.unref();
		if (manager !== undefined) {
			child.stdin?.on('error', () => undefined);
			if (child.pid !== undefined) await moveToOwnScope({kind: 'libvirtd', description: 'libvirtd of sandboxes (virt-sandbox)', pid: child.pid, manager});
			child.stdin?.end();
		}
		return {ended, pid: child.pid, lives: () => child.exitCode === null && child.signalCode === null && child.pid !== undefined};
	} finally {
		await output.close();
	}
}

/** Whether the daemon is the process that was spawned, or a child of that: another one's may have been quicker. */
async function isOf(directory: string, pid: number | undefined): Promise<boolean> {
	try {
		const daemon = (await readFile(join(directory, 'libvirtd.pid'), 'utf8')).trim();
		const stat = await readFile(`/proc/${daemon}/stat`, 'latin1');
		const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		return [Number(daemon), Number(parent)].includes(pid ?? 0);
	} catch {
		return false;
	}
}

/** Resolves with 'accepts', or with undefined at the deadline, at an abort, or once `ended` has resolved. */
async function waitForSocket(
	socket: string,
	deadline: number,
	ended: Promise<unknown> | undefined,
	signal: AbortSignal | undefined,
): Promise<'accepts' | undefined> {
	let over = false;
	void ended?.then(() => (over = true));
	while (!over && Date.now() < deadline && signal?.aborted !== true) {
		if (await acceptsConnections(socket, signal)) return 'accepts';
		await wait(4);
	}
	return undefined;
}

/** What the daemon says before it has its log. */
function outputFile(directory: string): string {
	return join(directory, 'libvirtd.out');
}

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
	for (const path of paths) {
		try {
			await access(path, constants.X_OK);
			return path;
		} catch {}
	}
	return undefined;
}

async function startError(directory: string, what: string): Promise<ShellError> {
	const log = join(directory, 'libvirtd.log');
	const texts = await Promise.all([outputFile(directory), log].map((file) => readFile(file, 'utf8').catch(() => '')));
	const lines = texts.flatMap((text) => text.trimEnd().split('\n'));
	const last = lines.findLast((line) => /error|denied|cannot|fail/i.test(line)) ?? lines.findLast((line) => line !== '') ?? 'it said nothing';
	return new ShellError('unavailable', `The libvirtd of our own did not start (${what}): ${last}`, {hint: `Its log is ${log}.`});
}
