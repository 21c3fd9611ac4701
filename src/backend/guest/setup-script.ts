import type {RootPlan} from './root-plan.ts';
import {quote} from './command-file.ts';

/** What a tmpfs has when nothing is said. */
export const tmpfsMode = 0o1777;

/** What the init does before the first session: modes and owners of ram mounts, which libvirt cannot set. Shell, read by the init. */
export function setupScript(root: RootPlan): string {
	const modes = new Map<string, string[]>();
	const lines: string[] = [];
	for (const mount of root.mounts) {
		if (mount.kind !== 'ram' || mount.mode === tmpfsMode) continue;
		const mode = mount.mode.toString(8);
		modes.set(mode, [...(modes.get(mode) ?? []), quote(mount.target)]);
	}
	for (const mount of root.mounts) {
		if (mount.kind === 'ram' && (mount.uid !== 0 || mount.gid !== 0)) lines.push(`chown ${mount.uid}:${mount.gid} ${quote(mount.target)}`);
	}
	for (const [mode, targets] of modes) lines.push(`chmod ${mode} ${targets.join(' ')}`);
	return `${lines.join('\n')}\n`;
}
