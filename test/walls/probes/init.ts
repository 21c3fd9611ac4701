import {mkdirSync, readdirSync, writeFileSync, chmodSync, cpSync} from 'node:fs';
import {join} from 'node:path';
import {findingsOf, type Findings, type Probe, type Run, type Scene, type Setting} from '../probe.ts';

/** The static busybox, which no loader touches: what a loader says or writes then comes of the tools of an init. */
function runBusybox({directory, mine}: Scene): {readonly command: readonly string[]} {
	cpSync('/usr/bin/busybox', join(directory, 'busybox'));
	return {command: [`${mine}/busybox`, 'sh', '-c', 'id -u; echo held']};
}

function environment(id: string, wall: string, make: (scene: Scene) => Record<string, string>, find: (scene: Scene) => NonNullable<Setting['judge']>): Probe {
	return {
		id,
		wall,
		script: '',
		onlyOurs: 'the others have no init of their own in the sandbox',
		set: (scene) => ({
			...runBusybox(scene),
			options: Object.entries(make(scene)).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
			judge: find(scene),
		}),
	};
}

function saysLoader(run: Run): Findings {
	// Throws when the command has not run.
	findingsOf(run);
	return run.stderr.includes('cannot be preloaded') ? ['a loader followed it before the command ran'] : [];
}

/** The init and its tools. */
export const initProbes: readonly Probe[] = [
	environment(
		'preload',
		'--env LD_PRELOAD loads nothing into the programs that give the rights up',
		({mine}) => ({LD_PRELOAD: `${mine}/none.so`}),
		() => saysLoader,
	),
	environment(
		'loader-trace',
		'--env LD_DEBUG_OUTPUT lets no program write a file before the rights are given up',
		({way, mine}) => ({LD_DEBUG: 'files', LD_DEBUG_OUTPUT: `${mine}/${way}`}),
		({directory}) =>
			(run) => {
				findingsOf(run);
				return readdirSync(directory)
					.filter((name) => name !== 'busybox')
					.map((name) => `${name.replace(/\d+/, 'PID')} has been written`);
			},
	),
	{
		id: 'preload-file',
		wall: '/etc/ld.so.preload of the sandbox loads nothing into the programs that give the rights up',
		script: '',
		alone: true,
		onlyOurs: 'the others have no init of their own in the sandbox',
		set(scene) {
			const etc = join(scene.aside, 'etc');
			mkdirSync(etc);
			chmodSync(scene.aside, 0o755);
			for (const name of ['passwd', 'group', 'nsswitch.conf']) cpSync(`/etc/${name}`, join(etc, name));
			writeFileSync(join(etc, 'ld.so.preload'), '/mine/none.so\n');
			return {...runBusybox(scene), options: ['-m', `host-bind:/etc=${etc}`], judge: saysLoader};
		},
	},
];
