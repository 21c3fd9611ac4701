import {isLocalUri} from '../../backend/host/libvirtd/local-uri.ts';
import type {IdmapFinding} from '../../backend/container/idmap/probe-idmap.ts';
import type {Finding} from '../../commands/sandboxes.ts';
import {ShellError} from '../../core/errors.ts';
import {broken, ok, unknown, type DiagnoseOptions} from './finding.ts';

const area = 'idmap';
const subject = 'container';

/** Whether a container whose ids are mapped really starts, on the daemon that commands use: ours is started where that is the one. */
export async function* checkIdmap({caller, connections, uri, signal, readonly}: DiagnoseOptions): AsyncGenerator<Finding> {
	if (readonly) {
		yield unknown(area, subject, 'not tried: this session starts nothing');
		return;
	}
	const chosen = uri ?? (await connections.defaultUri(signal, 'container'));
	if (caller.uid !== 0 || !isLocalUri(chosen) || !/^lxc\b/i.test(chosen)) {
		yield unknown(area, subject, 'not tried: it takes root, and lxc:///system of this host');
		return;
	}
	try {
		const started = uri ?? (await connections.startedUri(signal, 'container'));
		const {probeIdmap} = await import('../../backend/container/idmap/probe-idmap.ts');
		yield describeIdmap(await probeIdmap({uri: started, caller, signal}));
	} catch (error) {
		if (!(error instanceof ShellError)) {
			throw error;
		}
		yield unknown(area, subject, `not tried: ${error.message}`);
	}
}

/** What a probe found, with what mends it. */
export function describeIdmap(finding: IdmapFinding): Finding {
	const {start, count} = finding.range;
	return finding.works
		? ok(area, subject, `one ran with its ids mapped to ${count} from ${start} on; --idmap does that for a sandbox`)
		: broken(area, subject, `libvirt starts none with its ids mapped to ${count} from ${start} on: ${finding.reason}`, mendFor(finding.reason));
}

function mendFor(reason: string): string | null {
	if (/cgroup/.test(reason)) {
		return 'Boot with one kind of control groups: systemd.unified_cgroup_hierarchy=1 on the line of the kernel';
	}
	return /No space left|clone|user namespace/i.test(reason) ? 'sysctl -w user.max_user_namespaces=10000' : null;
}
