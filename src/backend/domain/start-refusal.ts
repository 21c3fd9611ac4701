import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {isLocalUri} from '../host/libvirtd/local-uri.ts';
import {isFirmSocket} from '../host/libvirtd/sole-socket.ts';

/**
 * Why a sandbox cannot be started at a URI that leads to another host; undefined where it can. Its init, its command's pipes and the
 * directories it mounts are named in the domain by paths of this host, and libvirtd looks for them on its own. Nor can it be where the
 * libvirtd may be somebody else's.
 */
export function startRefusal(uri: string, spec: Pick<SandboxSpec, 'name'>): ShellError | undefined {
	const which = spec.name === undefined ? 'A sandbox' : `The sandbox '${spec.name}'`;
	if (isLocalUri(uri)) {
		if (isFirmSocket(uri)) return undefined;
		return new ShellError('refused', `${which} cannot be started at ${uri}: others could put a socket of theirs there, and be given what is in it`, {
			hint: 'Name a socket in a directory that nobody but root and you can change',
		});
	}
	const host = /^[^/]*\/\/([^/?#]*)/.exec(uri)?.[1] ?? '';
	const target = host === '' ? 'the other host' : host.replace(/^.*@/, '').replace(/:\d+$/, '');
	const message = `${which} cannot be started at ${uri}: the init and pipes of its command lie in a directory of this host, which ${target} does not see`;
	return new ShellError('refused', message, {hint: `Run virt-sandbox on ${target} itself; from here list, info, xml and capabilities can be used.`});
}
