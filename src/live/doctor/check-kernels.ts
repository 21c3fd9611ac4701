import {existsSync, globSync} from 'node:fs';
import {release} from 'node:os';
import {isReadable} from '../../backend/host/files/is-readable.ts';
import {readOrEmpty} from '../../backend/host/files/read-or-empty.ts';
import type {Finding} from '../../commands/sandboxes.ts';
import {broken, installCommand, missing, ok, type DiagnoseOptions} from './finding.ts';

/** What a machine may need of its kernel, by the module that brings it. */
const features = ['virtio_pci', 'virtio_console', 'virtio_net', 'virtio_blk', 'virtiofs', '9p', 'overlay'] as const;

/** The kernels that a machine could boot, and what each has. */
export async function* checkKernels(_options: DiagnoseOptions): AsyncGenerator<Finding> {
	const images = globSync('/boot/vmlinuz-*').sort();
	if (images.length === 0) {
		yield missing('kernels', '/boot', 'no kernel that a machine could boot', installCommand('linux-image-cloud-amd64', 'kernel-core kernel-modules'));
	}
	for (const image of images) {
		const version = image.slice('/boot/vmlinuz-'.length);
		const here = version === release() ? ', running' : '';
		if (!isReadable(image)) {
			yield broken('kernels', version, `${image} is not readable for this user`, `chmod a+r ${image}`);
			continue;
		}
		const directory = `/lib/modules/${version}`;
		if (!existsSync(directory)) {
			yield broken('kernels', version, `there is no ${directory}`, `apt-get install --reinstall linux-image-${version}`);
			continue;
		}
		const modules = ['modules.builtin', 'modules.dep'].map((file) => readModules(`${directory}/${file}`)).join('\n');
		const has = features.filter((name) => new RegExp(`/${name.replaceAll('_', '[_-]')}\\.ko`, 'm').test(modules));
		const shares = has.includes('virtiofs') || has.includes('9p');
		const detail = `has ${has.length === 0 ? 'nothing that is needed' : has.join(', ')}${here}`;
		yield shares ? ok('kernels', version, detail) : broken('kernels', version, `${detail}: it can share no directory with the host`, null);
	}
}

function readModules(path: string): string {
	return readOrEmpty(path)
		.split('\n')
		.map((line) => line.split(':')[0] ?? '')
		.join('\n');
}
