// Whose images are while a machine has them, and afterwards; QEMU's user is not root, as on most hosts.
import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {testWithMachines as test} from '../helpers/machine.ts';
import {runAlone} from '../helpers/run-alone.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'machine-images-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	// QEMU's user has to get to them.
	chmodSync(directory, 0o755);
	return directory;
}

test('an image is its owner’s again after each end of the last machine that has it: its own, by order, and by a kill of all', (t) => {
	const directory = makeDirectory(t);
	const script = `
		owners() { echo "$1: $(stat -c %u:%g:%a disk file-system written | tr '\\n' ' ')"; }
		truncate -s 4M disk
		mkfs.ext4 -q -F file-system 4M
		truncate -s 4M written
		chown 65534:65534 disk file-system written
		chmod 600 disk file-system written
		begin() { sandbox --backend machine --accel tcg --disk "file:d=$PWD/disk,ro" -m "host-image:/mnt=$PWD/file-system,ro" "$@"; }
		begin -- ls /mnt
		owners ended
		begin --keep -n kept --disk "file:w=$PWD/written" -- sleep 300
		begin -- true
		owners kept | sed 's/ 877:[0-9]*/ QEMU/g'
		shell destroy kept >/dev/null
		for attempt in $(seq 50); do [ -z "$(ls /run/virt-sandbox/*/owner 2>/dev/null)" ] && break; sleep 0.1; done
		owners destroyed
		begin --keep -n killed --disk "file:w=$PWD/written" -- sleep 300
		kill -9 $(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' /run/virt-sandbox/*/owner) $(cat /run/virt-sandbox/libvirtd/run/qemu/killed.pid)
		# As long as libvirtd has not seen the end of a kept one it stays.
		domains() { virsh -q -c 'qemu:///system?socket=/run/virt-sandbox/libvirtd/sock/libvirt-sock' list --name; }
		for attempt in $(seq 100); do [ -z "$(domains)" ] && break; sleep 0.1; done
		sandbox --clean >/dev/null
		owners killed
		ls /run/virt-sandbox`;
	const {status, stdout, stderr} = runAlone(script, {directory, qemuUser: 877});
	const [owned, lent] = ['65534:65534:600 65534:65534:600 65534:65534:600 ', 'QEMU:600 QEMU:600 QEMU:600 '];
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
				'loop.lock',
				'',
			],
		},
		stderr,
	);
});

test('a link that takes an image’s place while a machine has it gives no other file another owner', (t) => {
	const directory = makeDirectory(t);
	const script = `
		mkdir -m 700 hidden
		truncate -s 4M a b hidden/victim
		chown 65533:65533 a b
		chown -R 65532:65532 hidden
		sandbox --backend machine --accel tcg --keep -n led --disk "file:a=$PWD/a" --disk "file:b=$PWD/b,ro" -- sleep 300
		for image in a b; do mv $image $image.saved; ln -s hidden/victim $image; done
		shell destroy led >/dev/null
		for attempt in $(seq 50); do [ -z "$(ls /run/virt-sandbox/*/owner 2>/dev/null)" ] && break; sleep 0.1; done
		stat -c '%n %u:%g:%a' hidden/victim
		ls /run/virt-sandbox`;
	const {status, stdout, stderr} = runAlone(script, {directory, qemuUser: 877});
	const lines = ['led', 'hidden/victim 65532:65532:644', 'lent.lock', 'libvirtd', 'libvirtd.lock', 'loop.lock', ''];
	t.deepEqual({status, lines: stdout.split('\n')}, {status: 0, lines}, stderr);
});

test('what a machine cannot write to an image any more is told, whatever its command’s status, also by who stops it', (t) => {
	const script = `
		mkdir full
		mount -t tmpfs -o size=20m,mode=755 full full
		truncate -s 200M full/image
		mkfs.ext4 -q -F -E lazy_itable_init=1 full/image
		chmod 666 full/image
		write='dd if=/dev/zero of=/mnt/file bs=1M count=30 2>/dev/null'
		set -- --backend machine --accel tcg -p -m "host-image:/mnt=$PWD/full/image"
		sandbox "$@" -- sh -c "$write; exit 0"
		echo "status $?"
		sandbox "$@" --keep -n full -- sh -c "trap 'exit 0' TERM; $write; echo written; sleep 300 & wait"
		for attempt in $(seq 60); do shell 'log full' | grep -q written && break; sleep 0.5; done
		echo stop >&2
		shell stop full
		echo "status $?"
		umount full`;
	const {stdout, stderr} = runAlone(script, {directory: makeDirectory(t), qemuUser: 877});
	t.is(stdout, 'status 125\nfull\nstatus 1\n', stderr);
	const [first = '', second = ''] = stderr.split('\nstop\n');
	t.regex(first, /What was written last to the images of '\S+' may be lost\n/);
	t.regex(second, /What was written last to the images of 'full' may be lost\n/);
});
