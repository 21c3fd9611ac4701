import {execFileSync} from 'node:child_process';
import {chmodSync, cpSync, mkdirSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Probe, Run, Scene} from '../probe.ts';

const noRoot = {notApplicable: 'it has the root of the host'};

/** A root whose owner is not to be trusted. */
function hostile(
	id: string,
	wall: string,
	user: string,
	spoil: (passwd: string, scene: Scene) => void,
	judge: (run: Run) => readonly string[] = ({stdout}) => (/^0$/m.test(stdout) ? ['the command is root'] : []),
): Probe {
	return {
		id,
		wall,
		script: '',
		alone: true,
		onlyOurs: 'it is about options of ours',
		ways: {container: noRoot, idmap: noRoot},
		set(scene) {
			const root = join(scene.aside, 'root');
			chmodSync(scene.aside, 0o755);
			for (const name of ['bin', 'etc']) mkdirSync(join(root, name), {recursive: true});
			cpSync('/usr/bin/busybox', join(root, 'bin/busybox'));
			symlinkSync('busybox', join(root, 'bin/sh'));
			spoil(join(root, 'etc/passwd'), scene);
			return {
				options: ['--root', root, '-S', user],
				command: ['/bin/busybox', 'id', '-u'],
				limitMs: scene.way === 'machine' || scene.way === 'session' ? 15_000 : 5000,
				judge: (run) => (run.stoppedBy === undefined ? judge(run) : [`the launcher hangs until SIG${run.stoppedBy}`]),
			};
		},
	};
}

const node =
	(...words: readonly string[]) =>
	(passwd: string): void => {
		execFileSync('mknod', ['-m', '644', passwd, ...words]);
	};

/** Roots that somebody prepared. */
export const rootProbes: readonly Probe[] = [
	hostile('passwd-pipe', "A pipe in place of a root's /etc/passwd does not hold the launcher", 'nobody', node('p')),
	hostile('passwd-device', "A device in place of a root's /etc/passwd is not read", 'nobody', node('c', '1', '5')),
	hostile('passwd-huge', "A huge file in place of a root's /etc/passwd is not read whole", 'nobody', (passwd) => {
		writeFileSync(passwd, '');
		truncateSync(passwd, 2 ** 40);
	}),
	hostile(
		'passwd-link',
		"A link in place of a root's /etc/passwd leads to no file of the host",
		'somebody',
		(passwd, {aside}) => {
			writeFileSync(join(aside, 'passwd'), 'somebody:x:4321:4321::/:/bin/sh\n');
			symlinkSync(join(aside, 'passwd'), passwd);
		},
		({stdout}) => (stdout.includes('4321') ? ['the file of the host is followed'] : []),
	),
	hostile('passwd-zero', 'A name that a root maps to user 0 is not root', 'nobody', (passwd) => {
		writeFileSync(passwd, 'nobody:x:0:0::/:/bin/sh\n');
	}),
];
