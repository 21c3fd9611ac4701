import type {Finding} from '../../../commands/sandboxes.ts';
import type {DiagnoseOptions} from '../doctor.ts';
import {installCommand, missing, ok} from './finding.ts';
import {findProgram, isDebian} from './host-programs.ts';

const tools = [
	{name: 'busybox', what: 'the init of a sandbox', debian: 'busybox-static', fedora: 'busybox'},
	{name: 'virtiofsd', what: 'directories of the host in a machine', debian: 'virtiofsd', fedora: 'virtiofsd'},
	{name: 'passt', what: 'user networks of machines, with forwarded ports', debian: 'passt', fedora: 'passt'},
	{name: 'qemu-img', what: 'disk images', debian: 'qemu-utils', fedora: 'qemu-img'},
	{name: 'virt-xml-validate', what: "'validate' against libvirt's schema", debian: 'libvirt-clients', fedora: 'libvirt-client'},
] as const;

/** The programs that sandboxes use. */
export async function* checkTools(_options: DiagnoseOptions): AsyncGenerator<Finding> {
	for (const {name, what, debian, fedora} of tools) {
		const path = findProgram(name);
		yield path === undefined ? missing('tools', name, `not installed: ${what}`, installCommand(debian, fedora, isDebian())) : ok('tools', name, path);
	}
}
