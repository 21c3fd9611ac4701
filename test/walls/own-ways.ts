// How this project's own program is called for the probes: each way of it, in sandboxes of their own or, for machines, in shared ones.
import {chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {makeUser, nobody, type OrdinaryUser} from '../helpers/ordinary-user.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';
import {allProbes, expectationOf} from './all-probes.ts';
import {makeSmallRoot} from './small-root.ts';
import {findingsOf, type Findings, type HostView, type OwnWay, type Probe, type Scene, type Setting} from './probe.ts';
import {runCommand, type Call} from './run-command.ts';
import {endScene, makeScene, runProbe, scriptOf} from './scene.ts';

export interface OwnWays {
	/** Starts what the probes of these ways share, side by side; may be called again. */
	begin(ways: readonly OwnWay[]): void;
	run(way: OwnWay, probe: Probe): Promise<Findings>;
	end(): Promise<void>;
}

type MachineWay = 'machine' | 'session';

const machineLimitMs = 180_000;
const containerLimitMs = 90_000;
/** How long all that share a command may take beside other load, in ms, and one of them, in s. */
const batchMs = 900_000;
const batchLimit = 180;

/** What is shared by the probes of a machine way. */
interface SharedMachine {
	readonly name: string;
	readonly directory: string;
	/** What the probes that need no command of their own found, once all have run. */
	readonly batch: Promise<ReadonlyMap<string, () => Findings>>;
}

/** A probe for which the host is ready. */
interface Prepared {
	readonly probe: Probe;
	readonly scene: Scene;
	readonly setting: Setting;
}

/** Opens them; sockets and daemons come of scripts/test-bed.sh. */
export function openOwnWays(): OwnWays {
	const uri = process.env['VIRT_SANDBOX_TEST_URI'] ?? 'lxc:///system';
	const base = mkdtempSync(join(tmpdir(), 'w-'));
	chmodSync(base, 0o755);
	const hidden = mkdtempSync('/var/spool/wall-hidden-');
	writeFileSync(join(hidden, 'file'), 'hidden');
	const shared = new Map<MachineWay, Promise<SharedMachine>>();
	let root: string | undefined;
	let user: OrdinaryUser | undefined;
	let count = 0;

	const uriOf = (way: OwnWay): string => (way === 'session' ? 'qemu:///session' : way === 'machine' ? uri.replace(/^lxc/, 'qemu') : uri);
	/** Short: a user's libvirtd makes a socket deep below a directory of this name. */
	const nameOf = (way: OwnWay): string => `${way.charAt(0)}${process.pid}-${count++}`;
	const userOf = (way: OwnWay): OrdinaryUser | undefined => (way === 'session' ? (user ??= makeUser()) : undefined);

	function call(way: OwnWay, program: 'virt-sandbox' | 'virt-sandbox-shell', words: readonly string[], setting: Setting = {}): Call {
		const caller = userOf(way);
		const [file, all] = caller === undefined ? [programPath(program), words] : caller.as(program, words);
		const limitMs = setting.limitMs ?? (isMachine(way) ? machineLimitMs : containerLimitMs);
		return {file, words: all, environment: {...(caller?.environment ?? process.env), ...setting.environment}, limitMs};
	}

	function makeOwnScene(way: OwnWay, directory: string, mine = '/mine'): Scene {
		const runtime = userOf(way)?.environment['XDG_RUNTIME_DIR'] ?? '/run/virt-sandbox';
		const owner = way === 'session' ? nobody : 0;
		return makeScene({way, directory, mine, hidden, runtime, own: (path) => chownSync(path, owner, owner)});
	}

	/** The words of a start; a root that a probe brings has no place for what is hidden. */
	function startWords(way: OwnWay, name: string, directory: string, options: readonly string[] = []): string[] {
		const words = ['-q', '-c', uriOf(way), '--name', name, '-m', `host-bind:/mine=${directory}`];
		if (isMachine(way)) words.push('--accel', 'tcg');
		if (way === 'idmap') words.push('--idmap', '100000:65536');
		if (way === 'root' && !options.includes('--root')) words.push('--root', (root ??= makeSmallRoot(join(base, 'root'))));
		if (way !== 'root' && !options.includes('--root')) words.push('-m', `ram:${hidden}=1M`);
		return [...words, ...options];
	}

	function viewOf(way: OwnWay, name: string): HostView {
		if (way === 'session') {
			const {home, environment} = userOf(way) ?? makeUser();
			return {
				document: `${environment['XDG_RUNTIME_DIR']}/libvirt/qemu/run/${name}.xml`,
				logs: [`${home}/.cache/libvirt/qemu/log/${name}*.log`],
			};
		}
		const driver = way === 'machine' ? 'qemu' : 'lxc';
		return {
			document: `/run/libvirt/${driver}/${name}.xml`,
			logs: [`/var/log/libvirt/${driver}/${name}*.log`],
		};
	}

	function runAlone(way: OwnWay, probe: Probe): Promise<Findings> {
		const name = nameOf(way);
		const scene = makeOwnScene(way, join(base, name));
		const make = (setting: Setting): Call => {
			const {options = [], command = ['sh', '-c', scriptOf(probe, setting, scene)]} = setting;
			const words = [...startWords(way, name, scene.directory, options), ...userWords(probe.user, options), '--', ...command];
			return call(way, 'virt-sandbox', words, setting);
		};
		return runProbe(probe, scene, (setting) => Promise.resolve(make(setting)), viewOf(way, name));
	}

	async function startShared(way: MachineWay): Promise<SharedMachine> {
		const name = nameOf(way);
		const directory = join(base, name);
		mkdirSync(directory);
		const {file, words, environment} = call(way, 'virt-sandbox', [...startWords(way, name, directory), '--keep', '-p', '--', 'sleep', '3600']);
		const {status, stderr} = await runProgram(file, words, {environment, input: '', cwd: '/'});
		if (status !== 0) throw new Error(`The shared machine did not start: ${stderr}`);
		return {name, directory, batch: runBatch(way, name, directory)};
	}

	/** A further command of a running machine; of options it takes those of commands alone. */
	function execCall(way: MachineWay, name: string, {user: who}: Pick<Probe, 'user'>, setting: Setting, command: readonly string[]): Call {
		return call(way, 'virt-sandbox', ['-c', uriOf(way), '--exec', name, ...(setting.options ?? []), ...userWords(who), '--', ...command], setting);
	}

	/** A program of the root takes a machine long to load: the scripts that can run one after the other in one command. */
	async function runBatch(way: MachineWay, name: string, directory: string): Promise<ReadonlyMap<string, () => Findings>> {
		const found = new Map<string, () => Findings>();
		const prepared: Prepared[] = [];
		for (const probe of allProbes.filter((each) => isForBatch(each, way))) {
			const scene = makeOwnScene(way, join(directory, probe.id), `/mine/${probe.id}`);
			try {
				const setting = (await probe.set?.(scene)) ?? {};
				prepared.push({probe, scene, setting});
			} catch (error) {
				endScene(scene);
				found.set(probe.id, () => {
					throw error;
				});
			}
		}
		try {
			const scripts = prepared.filter(({setting: {during, judge, environment, options}}) =>
				[during, judge, environment, options].every((each) => each === undefined),
			);
			for (const {probe, scene, setting} of scripts) writeFileSync(join(directory, `${probe.id}.sh`), scriptOf(probe, setting, scene));
			const script = `for id in ${scripts.map(({probe}) => probe.id).join(' ')}; do
				echo "== $id"; timeout ${batchLimit} sh /mine/$id.sh </dev/null 2>&1; echo "-- $?"; done`;
			const {run} = await runCommand(execCall(way, name, {}, {limitMs: batchMs}, ['sh', '-c', script]));
			for (const {probe, setting} of scripts) {
				const [, stdout = '', status = '125'] = new RegExp(`^== ${probe.id}\n([^]*?)^-- (\\d+)$`, 'm').exec(run.stdout) ?? [];
				const own = {...run, stdout, status: Number(status)};
				const looked = (await setting.look?.(own)) ?? [];
				found.set(probe.id, () => [...findingsOf(own), ...looked]);
			}
			return found;
		} finally {
			for (const {scene, setting} of prepared) {
				await setting.end?.();
				endScene(scene);
			}
		}
	}

	function begin(ways: readonly OwnWay[]): void {
		for (const way of ways) {
			if (!isMachine(way) || shared.has(way)) continue;
			const machine = startShared(way);
			// Whoever needs it is told.
			machine.catch(() => undefined);
			shared.set(way, machine);
		}
	}

	async function runShared(way: MachineWay, probe: Probe): Promise<Findings> {
		begin([way]);
		const machine = await shared.get(way);
		if (machine === undefined) throw new Error('There is no machine');
		const known = (await machine.batch).get(probe.id);
		if (known !== undefined) return known();
		const scene = makeOwnScene(way, join(machine.directory, probe.id), `/mine/${probe.id}`);
		const make = (setting: Setting): Call => execCall(way, machine.name, probe, setting, setting.command ?? ['sh', '-c', scriptOf(probe, setting, scene)]);
		return runProbe(probe, scene, (setting) => Promise.resolve(make(setting)), viewOf(way, machine.name));
	}

	return {
		begin,
		run: (way, probe) => (isMachine(way) && probe.alone !== true ? runShared(way, probe) : runAlone(way, probe)),
		async end() {
			for (const [way, machine] of shared) {
				const name = await machine.then(
					(one) => one.name,
					() => undefined,
				);
				if (name === undefined) continue;
				const {file, words, environment} = call(way, 'virt-sandbox-shell', ['-q', '-c', uriOf(way), `destroy ${name}`]);
				await runProgram(file, words, {environment, input: '', cwd: '/'});
			}
			await user?.end();
			for (const directory of [base, hidden]) rmSync(directory, {recursive: true, force: true});
		},
	};
}

function isMachine(way: OwnWay): way is MachineWay {
	return way === 'machine' || way === 'session';
}

function userWords(user: Probe['user'], options: readonly string[] = []): string[] {
	if (options.includes('-S')) return [];
	return user === undefined ? ['-p'] : ['-S', user];
}

function isForBatch(probe: Probe, way: OwnWay): boolean {
	const expected = expectationOf(probe, way);
	const isAsked = expected === 'held' || 'documented' in expected;
	return isAsked && probe.alone !== true && probe.single !== true && probe.terminal !== true && probe.user === undefined;
}
