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
import {container, machine, runAlone, testEach} from '../helpers/backends.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {finish} from '../helpers/run-sandbox.ts';

const env = {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`};
const run = (program: string, ...words: readonly string[]): string => execFileSync(program, words, {env, encoding: 'utf8'}).trim();

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
	message: `The image ${device} is in use: this host has it mounted, as swap, or as a part of another device`,
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

testWithLibvirtd('a device that another container has is told as such; the host can mount it once that has ended', async (t) => {
	const {device, place} = makeDevice(t);
	const changes = mount(`host-image:/mnt=${device}`);
	const first = await container.start(t, {command: ['sh', '-c', 'read line; echo $line >/mnt/file'], ...changes});
	await t.throwsAsync(container.start(t, {command: ['true'], ...changes}), {
		instanceOf: ShellError,
		message: /^The image \S+ is in use: this host has it as \/dev\/loop\d+$/,
	});
	t.is((await finish(first, 'one\n')).status, 0);
	run('mount', device, place);
	t.is(run('cat', join(place, 'file')), 'one');
	run('umount', place);
});
