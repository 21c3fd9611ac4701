import {initApplets} from '../../backend/guest/init-functions.ts';
import {findBusybox, lackingApplets} from '../../backend/host/busybox.ts';
import type {Finding} from '../../commands/sandboxes.ts';
import {ShellError} from '../../core/errors.ts';
import {broken, findProgram, installCommand, missing, ok, type DiagnoseOptions} from './finding.ts';

const tools = [
	{name: 'virtiofsd', what: 'directories of the host in a machine', debian: 'virtiofsd', fedora: 'virtiofsd'},
	{name: 'passt', what: 'user networks of machines, with forwarded ports', debian: 'passt', fedora: 'passt'},
	{name: 'qemu-img', what: 'disk images', debian: 'qemu-utils', fedora: 'qemu-img'},
] as const;

/** The programs that sandboxes use. */
export async function* checkTools(_options: DiagnoseOptions): AsyncGenerator<Finding> {
	yield checkBusybox();
	for (const {name, what, debian, fedora} of tools) {
		const path = findProgram(name);
		yield path === undefined ? missing('tools', name, `not installed: ${what}`, installCommand(debian, fedora)) : ok('tools', name, path);
	}
}

/** The init of every sandbox: whether it is one that can begin in any root. */
export function checkBusybox(find: () => string = findBusybox): Finding {
	const mend = installCommand('busybox-static', 'busybox');
	try {
		const path = find();
		const lacking = lackingApplets(path, ['ash', ...initApplets]);
		return lacking.length === 0 ? ok('tools', 'busybox', path) : broken('tools', 'busybox', `${path} was built without ${lacking.join(', ')}`, mend);
	} catch (error) {
		if (!(error instanceof ShellError)) throw error;
		return broken('tools', 'busybox', error.message, mend);
	}
}
