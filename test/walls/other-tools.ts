// Other programs, with their defaults: how each is called for a probe.
import {execFileSync} from 'node:child_process';
import {chmodSync, globSync, mkdirSync, mkdtempSync, rmSync, rmdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {tools, type Findings, type Probe, type Setting, type Tool} from './probe.ts';
import {makeScene, runProbe, scriptOf} from './scene.ts';
import {makeSmallRoot} from './small-root.ts';

export interface OtherTool {
	readonly name: Tool;
	/** Its name with its version. */
	readonly title: string;
	run(probe: Probe): Promise<Findings>;
}

const limitMs = 30_000;
const programs: Readonly<Record<Tool, string>> = {bubblewrap: 'bwrap', firejail: 'firejail', podman: 'podman'};

/** Those that are installed; `end` removes what they were given. */
export function openOtherTools(): {readonly found: readonly OtherTool[]; end(): void} {
	const base = mkdtempSync(join(tmpdir(), 'w-'));
	chmodSync(base, 0o755);
	let root: string | undefined;
	let count = 0;

	/** The words of a call, and where the script finds its directory. Root calls, as in the ways of ours. */
	function wordsOf(tool: Tool, directory: string, {user}: Probe): {readonly words: readonly string[]; readonly mine: string} {
		const asNobody = user === undefined ? [] : ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
		switch (tool) {
			case 'bubblewrap': {
				const words = ['bwrap', ...'--ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all'.split(' ')];
				return {words: [...asNobody, ...words, '--bind', directory, '/tmp/mine'], mine: '/tmp/mine'};
			}
			case 'firejail':
				return {words: [...asNobody, 'firejail', '--quiet'], mine: directory};
			case 'podman': {
				// An image, as it were: a root of its own.
				root ??= makeSmallRoot(join(base, 'root'));
				const storage = ['--root', join(base, 'storage'), '--runroot', join(base, 'run'), '--log-level', 'error'];
				const run = ['run', '--rm', '-i', '--network', 'none', '-v', `${directory}:/mine`, ...(user === undefined ? [] : ['--user', '65534:65534'])];
				return {words: ['podman', ...storage, ...run, '--rootfs', root], mine: '/mine'};
			}
		}
	}

	async function run(tool: Tool, probe: Probe): Promise<Findings> {
		const directory = join(base, String(count++));
		mkdirSync(directory);
		const {words, mine} = wordsOf(tool, directory, probe);
		const scene = makeScene({way: tool, directory, mine, hidden: '', runtime: '/run/virt-sandbox', own: () => undefined});
		// What root mounts in firejail would stay here.
		const [file = '', ...rest] = ['unshare', '--mount', '--propagation', 'slave', ...words];
		return runProbe(probe, scene, (setting: Setting) =>
			Promise.resolve({
				file,
				words: [...rest, 'sh', '-c', scriptOf(probe, setting, scene)],
				environment: {...process.env, PODMAN_IGNORE_CGROUPSV1_WARNING: '1', ...setting.environment},
				limitMs,
			}),
		);
	}

	const found = tools.flatMap((name): OtherTool[] => {
		const version = versionOf(programs[name]);
		return version === undefined ? [] : [{name, title: `${name} ${version}`, run: (probe) => run(name, probe)}];
	});
	function end(): void {
		rmSync(base, {recursive: true, force: true});
		// Podman leaves its groups; in a test bed one of their places is no hierarchy, but a directory with files.
		rmSync('/sys/fs/cgroup/unified/libpod_parent', {recursive: true, force: true});
		for (const group of globSync('/sys/fs/cgroup/*/libpod_parent/{,*/,*/*/}').toSorted().toReversed()) rmdirSync(group);
	}
	return {found, end};
}

function versionOf(program: string): string | undefined {
	try {
		return /\d+(?:\.\d+)+/.exec(execFileSync(program, ['--version'], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}))?.[0];
	} catch {
		return undefined;
	}
}
