import {basename, dirname} from 'node:path';
import type {DocumentHost, PathKind} from '../../src/backend/xml/rules/document-host.ts';

/** A host on which these files are, besides what the documents take for granted. */
export function hostWith(files: Readonly<Record<string, PathKind>>): DocumentHost {
	const paths: Readonly<Record<string, PathKind>> = {
		'/': 'directory',
		'/usr/bin/qemu-system-x86_64': 'file',
		'/usr/lib/libvirt/libvirt_lxc': 'file',
		'/usr/libexec/virtiofsd': 'file',
		'/srv': 'directory',
		'/etc': 'directory',
		'/usr': 'directory',
		'/var': 'directory',
		...files,
	};
	return {
		kindOf: (path) => Promise.resolve(paths[path] ?? 'nothing'),
		namesIn: (directory) =>
			Promise.resolve(
				Object.keys(paths)
					.filter((path) => dirname(path) === directory)
					.map((path) => basename(path)),
			),
		labelModels: () => Promise.resolve(new Set(['dac'])),
		size: () => Promise.resolve({cpus: 8, memory: 16 * 1024 ** 3}),
	};
}

/** These paths are files. */
export function isFile(paths: readonly string[]): Record<string, PathKind> {
	return Object.fromEntries(paths.map((path) => [path, 'file']));
}
