import {spawnSync} from 'node:child_process';
import {programPath} from './run-program.ts';

/** What a shell ended with. */
export interface Alone {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

/**
 * Runs words of a shell in a mount namespace without any libvirtd but the one of our own, which the programs start and which is ended
 * after them. There `sandbox` and `shell` are our programs. `qemuUser`: the id of whom QEMU runs as; default root.
 */
export function runAlone(script: string, {directory, qemuUser = 0}: {readonly directory: string; readonly qemuUser?: number}): Alone {
	const words = `
		mount -t tmpfs -o mode=711 tmpfs /run/virt-sandbox
		mount -t tmpfs -o mode=755 tmpfs /var/cache/virt-sandbox
		umount /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt
		mount -t tmpfs tmpfs /etc/libvirt
		# Where QEMU's user cannot open /dev/kvm libvirt asks QEMU anew what it can, before each start.
		printf 'user = "+${qemuUser}"\\ngroup = "+%s"\\n' "$(stat -c %g /dev/kvm || echo 0)" >/etc/libvirt/qemu.conf
		sandbox() { '${programPath('virt-sandbox')}' -q "$@"; }
		shell() { '${programPath('virt-sandbox-shell')}' "$@"; }
		cd '${directory}' || exit 9
		${script}
		status=$?
		pid=$(cat /run/virt-sandbox/libvirtd/libvirtd.pid)
		# libvirtd never ends by a TERM that comes while a guest ends.
		for driver in lxc qemu; do
			while [ -n "$(virsh -q -c "$driver:///system?socket=/run/virt-sandbox/libvirtd/sock/libvirt-sock" list --name)" ]; do sleep 0.1; done
		done
		kill $pid
		for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do [ -e /proc/$pid/exe ] || break; sleep 0.2; done
		kill -9 $pid 2>/dev/null
		exit $status`;
	return spawnSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', words], {encoding: 'utf8', timeout: 90_000});
}
