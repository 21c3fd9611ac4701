// What a sandbox cannot write to an image any more is told, whatever its command's status: the kernel takes all of it, and finds out later.
import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {testWithMachines} from '../helpers/machine.ts';
import {runAlone} from '../helpers/run-alone.ts';

/** In a directory of 4 MiB, `image` makes one of 32 MiB; `has WORDS` says whether they were told of lost writes, and the status. */
const prepare = `
	mkdir full
	mount -t tmpfs -o size=4m,mode=755 full full
	image() { rm -f full/image; truncate -s 32M full/image; chmod 666 full/image; }
	has() { "$@" 2>said; echo "$? $(grep -c 'What was written last to the images of .* may be lost' said)"; cat said >&2; }
	write() { echo "head -c $1 /dev/urandom >$2"; }
	disk=/dev/disk/by-tag/d`;

function run(t: ExecutionContext, script: string): string {
	const directory = mkdtempSync(join(tmpdir(), 'lost-writes-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	// QEMU's user has to get there.
	chmodSync(directory, 0o755);
	const {stdout, stderr} = runAlone(`${prepare}\n${script}\numount full`, {directory, qemuUser: 877});
	t.log(stderr);
	return stdout;
}

test('a container', (t) => {
	const told = run(
		t,
		`
		image
		mkfs.ext4 -q -F full/image
		set -- -m host-image:/mnt=$PWD/full/image
		has sandbox "$@" -- sh -c "$(write 1000000 /mnt/file); sleep 300 & exit 3"
		has sandbox "$@" --pids 100 -- bash -c "$(write 1000000 /mnt/file); b() { b | b & }; b 2>/dev/null; sleep 1; exit 4"
		has sandbox "$@" --timeout 1 -- sleep 30
		has sandbox "$@" -- sh -c "$(write 12000000 /mnt/file)"
		image
		mkfs.ext4 -q -F full/image
		has sandbox "$@" --keep -n full -- sh -c "trap 'exit 0' TERM; $(write 12000000 /mnt/file); sleep 300 & wait"
		sleep 1
		has shell stop full
		image
		has sandbox -p --disk "file:d=$PWD/full/image" -- sh -c "$(write 1000000 $disk)"
		has sandbox -p --disk "file:d=$PWD/full/image" -- sh -c "$(write 12000000 $disk)"`,
	);
	t.is(told, '3 0\n4 0\n124 0\n125 1\nfull\n0 0\n1 1\n0 0\n125 1\n');
});

// The kernel tells a fault of writing to those who had the image open before, and to who asks first after it.
test('a container whose command has asked for the writing itself, or has moved the image', (t) => {
	const told = run(
		t,
		`
		image
		has sandbox -p --disk "file:d=$PWD/full/image" -- sh -c "$(write 12000000 $disk); sync $disk; exit 0"
		image
		has sandbox -p --disk "file:d=$PWD/full/image" -- sh -c "$(write 12000000 $disk); rm /dev/sda; mkdir /dev/sda"
		image
		mkfs.ext4 -q -F full/image
		has sandbox -p -m host-image:/mnt=$PWD/full/image -- sh -c "$(write 12000000 /mnt/file); sync -f /mnt; exit 0"
		image
		mkfs.ext4 -q -F full/image
		has sandbox -p -m host-image:/tmp/a/b=$PWD/full/image -- sh -c "$(write 12000000 /tmp/a/b/file); mv /tmp/a /tmp/c; mkdir -p /tmp/a/b"
		image
		mkfs.ext4 -q -F full/image
		has sandbox -p -m host-image:/tmp/a/b=$PWD/full/image -- sh -c "$(write 1000 /tmp/a/b/file); mv /tmp/a /tmp/c"`,
	);
	t.is(told, '125 1\n125 1\n125 1\n125 1\n0 0\n');
});

testWithMachines('a machine’s disk, and its image', (t) => {
	const told = run(
		t,
		`
		image
		set -- -p --backend machine --accel tcg --disk "file:d=$PWD/full/image"
		has sandbox "$@" -- sh -c "$(write 1000000 $disk)"
		has sandbox "$@" -- sh -c "$(write 12000000 $disk)"
		image
		has sandbox "$@" -- sh -c "$(write 12000000 $disk); sync $disk; exit 0"
		image
		mkfs.ext4 -q -F full/image
		has sandbox -p --backend machine --accel tcg -m host-image:/mnt=$PWD/full/image -- sh -c "$(write 12000000 /mnt/file); sync -f /mnt; exit 0"`,
	);
	t.is(told, '0 0\n125 1\n125 1\n125 1\n');
});

testWithMachines('a machine that has written all to its image ends without a libvirtd', (t) => {
	const script = `
		image
		mkfs.ext4 -q -F full/image
		{ sandbox --backend machine --accel tcg -m host-image:/mnt=$PWD/full/image -- sh -c "$(write 1000 /mnt/file); echo begun; sleep 3; exit 7"; echo "status $?"; } >out 2>said &
		for attempt in $(seq 300); do grep -q begun out && break; sleep 0.1; done
		kill -9 $(cat /run/virt-sandbox/libvirtd/libvirtd.pid)
		wait
		cat out said`;
	t.is(run(t, script), 'begun\nstatus 7\n');
});
