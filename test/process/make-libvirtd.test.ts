import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {removeLeftoverMachine} from '../../src/backend/machine/leftover-machine.ts';
import {testWithMachines} from '../helpers/machine.ts';
import {programPath} from '../helpers/run-program.ts';

/** In a mount namespace that looks like a host on which nothing of libvirt runs. */
testWithMachines('make libvirtd starts a libvirtd that runs machines and containers, and ends it', (t) => {
	const script = `
		mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/libvirt
		umount /etc/libvirt
		for place in /etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log; do mount -t tmpfs -o mode=755 tmpfs $place || exit 9; done
		mkdir /var/log/libvirt
		printf '%s\\n' 'user = "+0"' 'group = "+0"' '  stdio_handler = "logd"' >/etc/libvirt/qemu.conf
		"$2/scripts/libvirtd.sh" start >&2 || exit 8
		sandbox='${programPath('virt-sandbox')}'
		"$sandbox" -q -c qemu:///system -- echo from a machine
		"$sandbox" -q -c lxc:///system -- echo from a container
		"$2/scripts/libvirtd.sh" stop >&2
		ls /run | grep virt-sandbox-
		grep -c stdio_handler.*logd /etc/libvirt/qemu.conf`;
	const directory = mkdtempSync(join(tmpdir(), 'make-libvirtd-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	// The libvirtd that is stopped at once leaves its machine's control groups.
	t.teardown(() => removeLeftoverMachine({name: 'sandbox-1', uri: 'qemu:///system'}));
	const project = new URL('../../..', import.meta.url).pathname;
	const words = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', directory, project];
	const {stdout, stderr} = spawnSync('unshare', words, {encoding: 'utf8', timeout: 90_000});
	t.is(stdout, 'from a machine\nfrom a container\n1\n', stderr);
});
