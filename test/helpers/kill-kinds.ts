// What is killed at random moments: of containers and of machines.
import {existsSync, globSync, readFileSync} from 'node:fs';
import {readProcessWords} from '../../src/backend/host/processes.ts';
import {startOwnLibvirtd, type OwnLibvirtd} from './own-libvirtd.ts';
import {type Ended, findProcesses, findRemains, inTime, killQuietly, type Killed, type KillKind, startClient, waitForMoment} from './random-kills.ts';
import {programPath, runProgram, startProgram} from './run-program.ts';
import {waitUntil} from './wait-until.ts';

/** A start of a machine whose deadline has to come takes two minutes. */
const machineMs = 180_000;
const containerMs = 60_000;

/** Kills of a kind of sandboxes begin with these clients. */
interface Guest {
	readonly uri: () => string;
	readonly script: string;
	readonly patienceMs: number;
	/** The processes of the hypervisor that have to be gone in the end. */
	processes(name: string): readonly number[];
}

export function controllersOf(name: string): number[] {
	return findProcesses(/libvirt_lxc$/, name);
}

function qemuOf(name: string): number[] {
	return findProcesses(/qemu-system/, `guest=${name}`);
}

function childrenOf(pid: number): number[] {
	try {
		return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
	} catch {
		return [];
	}
}

/** Kills what `find` gives, at a moment. */
function killing({uri, script, patienceMs, processes}: Guest, find: (name: string, client: number) => readonly number[]): KillKind['kill'] {
	return async (ms, name) => {
		const {pid, ended} = startClient(uri(), name, script);
		await waitForMoment(ms, ended);
		for (const victim of find(name, pid)) killQuietly(victim);
		return {...(await inTime(ended, name, patienceMs)), remains: await findRemains(name, uri(), () => processes(name))};
	};
}

/** Kills a libvirtd of its own. */
function killingDaemon({script, patienceMs, processes}: Omit<Guest, 'uri'>, uriOf: (daemon: OwnLibvirtd) => string): KillKind['kill'] {
	return async (ms, name) => {
		const ends: Array<() => Promise<void>> = [];
		try {
			const daemon = await startOwnLibvirtd({teardown: (end) => void ends.push(end)});
			const {ended} = startClient(uriOf(daemon), name, script);
			await waitForMoment(ms, ended);
			killQuietly(daemon.pid);
			const result = await inTime(ended, name, patienceMs);
			await waitUntil(() => !existsSync(`/proc/${daemon.pid}/exe`), 'the daemon is dead');
			return {...result, remains: await findRemains(name, undefined, () => processes(name))};
		} finally {
			for (const end of ends) await end();
		}
	};
}

/** Kills the keeper of a sandbox that is kept, asks for a further command, which may have a new keeper take it over, and ends the sandbox. */
function killingKeeper(words: readonly string[], {uri, patienceMs, processes}: Guest): Pick<KillKind, 'kill' | 'isRight'> {
	return {
		async kill(ms, name): Promise<Killed> {
			const client = startProgram(programPath('virt-sandbox'), [...words, '-c', uri(), '--keep', '--name', name, '--', 'sleep', '600'], {input: ''});
			const ended = client.ended.then(({status, stdout}): Ended => ({status, signal: null, output: stdout}));
			await waitForMoment(ms, ended);
			for (const pid of [...childrenOf(client.child.pid ?? 0).filter((child) => readProcessWords(child).includes('--keeper')), ...ownersOf(name)]) {
				killQuietly(pid);
			}
			const result = await inTime(ended, name, patienceMs);
			const {status, stderr} = await runProgram(programPath('virt-sandbox'), ['-c', uri(), '--exec', name, '--', 'true']);
			// Where the start was told to have succeeded another keeper can take it over.
			const isRight = status === 0 || (status === 125 && result.status !== 0);
			const further = isRight ? [] : [`exec: ${status} ${stderr}`];
			const stop = await runProgram(programPath('virt-sandbox-shell'), ['-q', '-c', uri(), `stop ${name}`]);
			const isGone = stop.status === 0 || stop.stderr.includes(`No sandbox named '${name}' runs`);
			const remains = [...further, ...(await findRemains(name, uri(), () => processes(name)))];
			return {...result, remains: isGone ? remains : [...remains, `stop: ${stop.status} ${stop.stderr}`]};
		},
		isRight: ({status, output}) => (status === 0 ? output.length > 0 : status === 125 && output === ''),
	};
}

function ownersOf(name: string): number[] {
	return globSync('/run/virt-sandbox/*/owner').flatMap((path) => {
		try {
			const record = JSON.parse(readFileSync(path, 'utf8')) as {readonly name?: string; readonly owner: {readonly pid: number}};
			return record.name === name ? record.owner.pid : [];
		} catch {
			return [];
		}
	});
}

/** Kills of containers of a libvirtd. Their commands take 150 ms. */
export function containerKills(uri: () => string): readonly KillKind[] {
	const guest: Guest = {uri, script: 'sleep 0.15', patienceMs: containerMs, processes: controllersOf};
	return [
		{kind: 'client', title: 'a client that is killed at any moment leaves nothing', kill: killing(guest, (_name, client) => [client])},
		{
			kind: 'controller',
			title: 'a container whose libvirt_lxc is killed at any moment leaves nothing, and no client hangs',
			kill: killing(guest, controllersOf),
		},
		{
			kind: 'daemon',
			title: 'a libvirtd that is killed at any moment leaves nothing, and no client hangs',
			kill: killingDaemon(guest, (daemon) => daemon.uri),
		},
		{kind: 'keeper', title: 'a keeper that is killed at any moment leaves a sandbox that can be ended', ...killingKeeper([], guest)},
	];
}

/** Kills of machines of a libvirtd. Their commands write all the time, and read files of the host again and again. */
export function machineKills(uri: () => string): readonly KillKind[] {
	const script = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do /usr/bin/seq 2000; done';
	const guest: Guest = {uri, script, patienceMs: machineMs, processes: qemuOf};
	const servers = (_name: string, client: number): number[] => childrenOf(client).filter((pid) => readProcessWords(pid)[0]?.endsWith('virtiofsd') === true);
	return [
		{kind: 'mclient', title: 'a client that is killed at any moment leaves nothing of its machine', kill: killing(guest, (_name, client) => [client])},
		{kind: 'mqemu', title: 'a machine whose QEMU is killed at any moment leaves nothing, and no client hangs', kill: killing(guest, qemuOf)},
		{kind: 'mfs', title: 'a machine whose virtiofsd is killed at any moment leaves nothing, and no client hangs', kill: killing(guest, servers)},
		{
			kind: 'mdaemon',
			title: 'a libvirtd that is killed at any moment leaves nothing of a machine, and no client hangs',
			kill: killingDaemon(guest, ({socket}) => `qemu:///system?socket=${socket}`),
		},
	];
}
