// A block device that the host has for itself is nobody else's.
import {closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ShellError} from '../../src/core/errors.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';
import {parseDisk} from '../../src/spec/parse/parse-disk.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {parseNetwork} from '../../src/spec/parse/parse-network.ts';
import {container, machine, runAlone, testEach} from '../helpers/backends.ts';
import {makeDevice, runProgram} from '../helpers/block-device.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {finish, silentVoice} from '../helpers/run-sandbox.ts';

const mount = (text: string): Partial<SandboxSpec> => ({mounts: [parseMount(text)]});
const inUse = (device: string) => ({
	instanceOf: ShellError,
	code: 'refused',
	message: `The image ${device} is in use by another sandbox or by this host (mounted, as swap, or as a part of another device)`,
});

testEach('a device that the host has mounted is neither mounted nor a disk, if it could be written to', async (t, backend) => {
	const {device, place} = makeDevice(t);
	runProgram('mount', device, place);
	try {
		for (const changes of [mount(`host-image:/mnt=${device}`), {disks: [parseDisk(`file:d=${device}`)]}]) {
			await t.throwsAsync(backend.start(t, {command: ['true'], ...changes}), inUse(device));
		}
	} finally {
		runProgram('umount', place);
	}
});

testWithLibvirtd('nor does a container mount it read-only, as its journal could be written, but may read it as a disk', async (t) => {
	const {device, place} = makeDevice(t);
	runProgram('mount', device, place);
	try {
		await t.throwsAsync(container.start(t, {command: ['true'], ...mount(`host-image:/mnt=${device},ro`)}), inUse(device));
		const {status} = await runAlone(container, t, ['head', '-c', '1', '/dev/disk/by-tag/d'], {disks: [parseDisk(`file:d=${device},ro`)]});
		t.is(status, 0);
	} finally {
		runProgram('umount', place);
	}
});

testWithLibvirtd('an image that a container writes to is no machine’s', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'devices-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const image = join(directory, 'image');
	runProgram('mkfs.ext4', '-q', image, '8M');
	const changes = mount(`host-image:/mnt=${image}`);
	await container.start(t, {command: ['sleep', '600'], ...changes});
	await t.throwsAsync(machine.start(t, {command: ['true'], ...changes}), {
		instanceOf: ShellError,
		message: new RegExp(`^The image ${image} is in use: this host has it as /dev/loop\\d+$`),
	});
});

testEach('a device that a sandbox can write to is nobody else’s until that has ended, whatever its name', async (t, backend) => {
	const {device, place} = makeDevice(t);
	const node = join(place, 'node');
	runProgram('mknod', node, 'b', ...runProgram('stat', '--format', '%Hr %Lr', device).split(' '));
	const first = await backend.start(t, {command: ['sh', '-c', 'read line; echo $line >/mnt/file'], ...mount(`host-image:/mnt=${device}`)});
	for (const other of [container, machine]) {
		for (const name of [device, node]) {
			for (const changes of [mount(`host-image:/mnt=${name}`), {disks: [parseDisk(`file:d=${name}`)]}]) {
				await t.throwsAsync(other.start(t, {command: ['true'], ...changes}), inUse(name));
			}
		}
	}
	t.like(
		t.throws(() => runProgram('mount', device, place)),
		{status: 32},
	);
	t.is((await finish(first, 'one\n')).status, 0);
	runProgram('mount', device, place);
	t.is(runProgram('cat', join(place, 'file')), 'one');
	runProgram('umount', place);
});

testEach('of two sandboxes that start at once and may write to a device, one has it', async (t, backend) => {
	const {device} = makeDevice(t);
	const start = async (): Promise<Error | undefined> => {
		try {
			await backend.start(t, {command: ['sleep', '600'], ...mount(`host-image:/mnt=${device}`)});
			return undefined;
		} catch (error) {
			return error as Error;
		}
	};
	const faults = (await Promise.all([start(), start()])).flatMap((fault) => fault ?? []);
	t.is(faults.length, 1);
	// By the device itself, or by the loop device that libvirt has made over it.
	t.true(faults[0]?.message.startsWith(`The image ${device} is in use`), String(faults[0]));
});

testEach('a device can be given to one sandbox right after the end of another', async (t, backend) => {
	const {device} = makeDevice(t);
	for (let start = 1; start <= 3; start++) {
		t.is((await runAlone(backend, t, ['sh', '-c', 'echo x >>/mnt/file'], mount(`host-image:/mnt=${device}`))).status, 0);
	}
	const {stdout} = await runAlone(backend, t, ['cat', '/mnt/file'], mount(`host-image:/mnt=${device},ro`));
	t.is(stdout, 'x\nx\nx\n');
});

testEach('a start that fails lets go of the device that it was to have', async (t, backend) => {
	const {device} = makeDevice(t);
	const changes = {...mount(`host-image:/mnt=${device}`), networks: [parseNetwork('source=none-such,dhcp')]};
	await t.throwsAsync(backend.start(t, {command: ['true'], ...changes}), {message: "libvirt has no network 'none-such'"});
	runProgram('fsck.ext4', '-p', device);
	t.is((await runAlone(backend, t, ['true'], mount(`host-image:/mnt=${device}`))).status, 0);
});

testEach('a device is one image by whatever name', async (t, backend) => {
	const {device, place} = makeDevice(t);
	const node = join(place, 'node');
	runProgram('mknod', node, 'b', ...runProgram('stat', '--format', '%Hr %Lr', device).split(' '));
	const changes = {...mount(`host-image:/mnt=${device}`), disks: [parseDisk(`file:d=${node}`)]};
	await t.throwsAsync(backend.start(t, {command: ['true'], ...changes}), {
		instanceOf: ShellError,
		code: 'refused',
		message: `The image ${device} is given twice, as ${node} too`,
	});
});

/** The loop devices of this host. */
const loopsOfHost = (): string[] => readdirSync('/sys/block').filter((name) => existsSync(`/sys/block/${name}/loop/backing_file`));

testWithLibvirtd('an image that somebody still has something of open, which an ended container had handed on, is nobody else’s', async (t) => {
	const {device} = makeDevice(t);
	const place = mkdtempSync(join(tmpdir(), 'devices-'));
	t.teardown(() => rmSync(place, {recursive: true}));
	// The kernel then shows a name within this file system: nobody has it mounted any more who made the loop device.
	runProgram('mount', '-t', 'tmpfs', 'tmpfs', place);
	t.teardown(() => runProgram('umount', place));
	const image = join(place, 'image');
	runProgram('mkfs.ext4', '-q', image, '8M');
	for (const source of [image, device]) {
		const before = new Set(loopsOfHost());
		const told: string[] = [];
		const voice = {...silentVoice, notice: (_: string, code: string) => void told.push(code)};
		const first = await container.start(t, {command: ['sh', '-c', 'read line'], disks: [parseDisk(`file:d=${source}`)]}, {voice});
		const [loop = ''] = loopsOfHost().filter((name) => !before.has(name));
		const handedOn = openSync(`/dev/${loop}`, 'r+');
		try {
			t.is((await finish(first, 'on\n')).status, 0);
			await first.close();
			t.true(told.includes('image-handed-on'), told.join());
			for (const other of [container, machine]) {
				for (const changes of [{disks: [parseDisk(`file:d=${source}`)]}, mount(`host-image:/mnt=${source}`), mount(`host-image:/mnt=${source},ro`)]) {
					await t.throwsAsync(
						other.start(t, {command: ['true'], ...changes}),
						{instanceOf: ShellError, code: 'refused', message: `The image ${source} is in use: this host has it as /dev/${loop}`},
						`${other.name}: ${source}`,
					);
				}
			}
		} finally {
			closeSync(handedOn);
		}
		t.is((await runAlone(container, t, ['true'], {disks: [parseDisk(`file:d=${source}`)]})).status, 0);
	}
});
