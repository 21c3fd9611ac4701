// A block device that the host has for itself is nobody else's.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {ShellError} from '../../src/core/errors.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';
import {parseDisk} from '../../src/spec/parse/parse-disk.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {parseNetwork} from '../../src/spec/parse/parse-network.ts';
import {container, machine, runAlone, testEach} from '../helpers/backends.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {finish} from '../helpers/run-sandbox.ts';

const env = {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`};
const run = (program: string, ...words: readonly string[]): string => execFileSync(program, words, {env, encoding: 'utf8', stdio: 'pipe'}).trim();

/** A device with an ext4, and where the host may mount it. */
function makeDevice(t: ExecutionContext): {readonly device: string; readonly place: string} {
	const directory = mkdtempSync(join(tmpdir(), 'devices-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const [image, place] = [join(directory, 'image'), join(directory, 'place')];
	mkdirSync(place);
	run('mkfs.ext4', '-q', image, '8M');
	const device = run('losetup', '--find', '--show', image);
	t.teardown(() => run('losetup', '--detach', device));
	return {device, place};
}

const mount = (text: string): Partial<SandboxSpec> => ({mounts: [parseMount(text)]});
const inUse = (device: string) => ({
	instanceOf: ShellError,
	code: 'refused',
	message: `The image ${device} is in use: another sandbox, or this host, has it for itself`,
});

testEach('a device that the host has mounted is neither mounted nor a disk, if it could be written to', async (t, backend) => {
	const {device, place} = makeDevice(t);
	run('mount', device, place);
	try {
		for (const changes of [mount(`host-image:/mnt=${device}`), {disks: [parseDisk(`file:d=${device}`)]}]) {
			await t.throwsAsync(backend.start(t, {command: ['true'], ...changes}), inUse(device));
		}
	} finally {
		run('umount', place);
	}
});

testWithLibvirtd('nor does a container mount it read-only, as its journal could be written, but may read it as a disk', async (t) => {
	const {device, place} = makeDevice(t);
	run('mount', device, place);
	try {
		await t.throwsAsync(container.start(t, {command: ['true'], ...mount(`host-image:/mnt=${device},ro`)}), inUse(device));
		const {status} = await runAlone(container, t, ['head', '-c', '1', '/dev/disk/by-tag/d'], {disks: [parseDisk(`file:d=${device},ro`)]});
		t.is(status, 0);
	} finally {
		run('umount', place);
	}
});

testWithLibvirtd('an image that a container writes to is no machine’s', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'devices-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const image = join(directory, 'image');
	run('mkfs.ext4', '-q', image, '8M');
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
	run('mknod', node, 'b', ...run('stat', '--format', '%Hr %Lr', device).split(' '));
	const first = await backend.start(t, {command: ['sh', '-c', 'read line; echo $line >/mnt/file'], ...mount(`host-image:/mnt=${device}`)});
	for (const other of [container, machine]) {
		for (const name of [device, node]) {
			for (const changes of [mount(`host-image:/mnt=${name}`), {disks: [parseDisk(`file:d=${name}`)]}]) {
				await t.throwsAsync(other.start(t, {command: ['true'], ...changes}), inUse(name));
			}
		}
	}
	t.like(
		t.throws(() => run('mount', device, place)),
		{status: 32},
	);
	t.is((await finish(first, 'one\n')).status, 0);
	run('mount', device, place);
	t.is(run('cat', join(place, 'file')), 'one');
	run('umount', place);
});

testEach('a start that fails lets go the device that it was to have', async (t, backend) => {
	const {device} = makeDevice(t);
	const changes = {...mount(`host-image:/mnt=${device}`), networks: [parseNetwork('source=none-such,dhcp')]};
	await t.throwsAsync(backend.start(t, {command: ['true'], ...changes}), {message: "libvirt has no network 'none-such'"});
	run('fsck.ext4', '-p', device);
	t.is((await runAlone(backend, t, ['true'], mount(`host-image:/mnt=${device}`))).status, 0);
});

testEach('a device is one image by whatever name', async (t, backend) => {
	const {device, place} = makeDevice(t);
	const node = join(place, 'node');
	run('mknod', node, 'b', ...run('stat', '--format', '%Hr %Lr', device).split(' '));
	const changes = {...mount(`host-image:/mnt=${device}`), disks: [parseDisk(`file:d=${node}`)]};
	await t.throwsAsync(backend.start(t, {command: ['true'], ...changes}), {
		instanceOf: ShellError,
		code: 'refused',
		message: `The image ${device} is given twice, as ${node} too`,
	});
});
