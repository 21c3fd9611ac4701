// Whose images are while a machine has them, and afterwards; QEMU's user is not root, as on most hosts.
import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testWithMachines as test} from '../helpers/machine.ts';
import {runAlone} from '../helpers/run-alone.ts';

test('a read-only image is its owner’s again after each end of the last machine that has it: its own, by order, and by a kill of all', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'machine-images-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	// QEMU's user has to get to them.
	chmodSync(directory, 0o755);
	const script = `
		owners() { echo "$1: $(stat -c %u:%g:%a disk file-system | tr '\\n' ' ')"; }
		truncate -s 4M disk
		mkfs.ext4 -q -F file-system 4M
		chown 65534:65534 disk file-system
		chmod 600 disk file-system
		begin() { sandbox --backend machine --accel tcg --disk "file:d=$PWD/disk,ro" -m "host-image:/mnt=$PWD/file-system,ro" "$@"; }
		begin -- ls /mnt
		owners ended
		begin --keep -n kept -- sleep 300
		begin -- true
		owners kept | sed 's/ 64000:[0-9]*/ QEMU/g'
		shell destroy kept >/dev/null
		for attempt in $(seq 50); do [ -z "$(ls /run/virt-sandbox/*/owner 2>/dev/null)" ] && break; sleep 0.1; done
		owners destroyed
		begin --keep -n killed -- sleep 300
		kill -9 $(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' /run/virt-sandbox/*/owner) $(cat /run/virt-sandbox/libvirtd/run/qemu/killed.pid)
		# As long as libvirtd has not seen the end of a kept one it stays.
		domains() { virsh -q -c 'qemu:///system?socket=/run/virt-sandbox/libvirtd/sock/libvirt-sock' list --name; }
		for attempt in $(seq 100); do [ -z "$(domains)" ] && break; sleep 0.1; done
		sandbox --clean >/dev/null
		owners killed
		ls /run/virt-sandbox`;
	const {status, stdout, stderr} = runAlone(script, {directory, qemuUser: 64_000});
	const [owned, lent] = ['65534:65534:600 65534:65534:600 ', 'QEMU:600 QEMU:600 '];
	t.deepEqual(
		{status, lines: stdout.split('\n')},
		{
			status: 0,
			lines: [
				'lost+found',
				`ended: ${owned}`,
				'kept',
				`kept: ${lent}`,
				`destroyed: ${owned}`,
				'killed',
				`killed: ${owned}`,
				'lent.lock',
				'libvirtd',
				'libvirtd.lock',
				'',
			],
		},
		stderr,
	);
});
