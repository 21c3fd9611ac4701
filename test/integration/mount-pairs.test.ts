import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseMount} from '../../src/spec/parse-mount.ts';
import {testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {runInSandbox} from '../helpers/run-sandbox.ts';

/** A way to mount something, and what is to be seen of it. */
interface Kind {
	/** The mount string; `directory` is the kind's own on the host: it holds a file `marker` and a directory `inner`. */
	mount(target: string, directory: string): string;
	readonly shows: '' | 'marker';
	readonly isWritable: boolean;
	/** What the guest writes is seen in the host's directory. */
	readonly reachesHost: boolean;
}

function image(target: string, directory: string, option: string): string {
	const file = `${directory}.img`;
	const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
	execFileSync('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', '-d', directory, file, '2M'], {env: {...process.env, PATH}});
	return `host-image:${target}=${file}${option}`;
}

const kinds: Readonly<Record<string, Kind>> = {
	'host-bind': {mount: (target, directory) => `host-bind:${target}=${directory}`, shows: 'marker', isWritable: true, reachesHost: true},
	'host-bind,ro': {mount: (target, directory) => `host-bind:${target}=${directory},ro`, shows: 'marker', isWritable: false, reachesHost: false},
	'host-bind=': {mount: (target) => `host-bind:${target}=`, shows: '', isWritable: true, reachesHost: false},
	ram: {mount: (target) => `ram:${target}=1M`, shows: '', isWritable: true, reachesHost: false},
	'host-image': {mount: (target, directory) => image(target, directory, ''), shows: 'marker', isWritable: true, reachesHost: false},
	'host-image,ro': {mount: (target, directory) => image(target, directory, ',ro'), shows: 'marker', isWritable: false, reachesHost: false},
	'guest-bind': {mount: (target) => `guest-bind:${target}=/source`, shows: '', isWritable: true, reachesHost: false},
	'guest-bind,ro': {mount: (target) => `guest-bind:${target}=/source,ro`, shows: '', isWritable: false, reachesHost: false},
};

/** Inside: what there is, and whether it can be written to. */
const look = (path: string): string =>
	`ls ${path} | grep -vx -e inner -e lost+found -e new | tr '\\n' ' '; if (echo x >${path}/new) 2>/dev/null; then echo written; else echo refused; fi`;

const sees = ({shows, isWritable}: Kind): string => `${shows === '' ? '' : `${shows} `}${isWritable ? 'written' : 'refused'}\n`;

for (const [outerName, outer] of Object.entries(kinds)) {
	for (const [innerName, inner] of Object.entries(kinds)) {
		// What a guest-bind shows belongs to the place that it is of; a mount in it would be one there.
		const innerTarget = outerName.startsWith('guest-bind') ? '/inner' : '/outer/inner';
		test(`${innerName} at ${innerTarget}, then ${outerName} at /outer`, async (t) => {
			const directory = mkdtempSync(join(tmpdir(), 'pairs-'));
			chmodSync(directory, 0o755);
			t.teardown(() => rmSync(directory, {recursive: true, force: true}));
			const [outerDirectory, innerDirectory] = [join(directory, 'outer'), join(directory, 'inner')];
			for (const each of [outerDirectory, innerDirectory]) {
				mkdirSync(join(each, 'inner'), {recursive: true});
				writeFileSync(join(each, 'marker'), '');
			}
			const mounts = [inner.mount(innerTarget, innerDirectory), outer.mount('/outer', outerDirectory), 'ram:/source=1M'].map((text) => parseMount(text));
			const {stdout, stderr} = await runInSandbox(t, ['sh', '-c', `${look(innerTarget)}; ${look('/outer')}`], {mounts});
			t.deepEqual([stdout, stderr], [`${sees(inner)}${sees(outer)}`, '']);
			t.deepEqual(
				[existsSync(join(innerDirectory, 'new')), existsSync(join(outerDirectory, 'new'))],
				[inner.reachesHost && inner.isWritable, outer.reachesHost && outer.isWritable],
			);
		});
	}
}
