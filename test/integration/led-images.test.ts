// Who may write to a directory on the way to an image leads a container to no other file while it starts.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {procedures} from '../../src/backend/libvirt/index.ts';
import {ShellError} from '../../src/core/errors.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';
import {container} from '../helpers/backends.ts';
import {startCountingRelay} from '../helpers/counting-relay.ts';
import {freshName} from '../helpers/kept.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {mountElsewhere} from '../helpers/other-mounts.ts';
import {finish} from '../helpers/run-sandbox.ts';

// Of those that are refused each has a name of its own: another try, for a name that was taken, would see the link.

/** What libvirt can give a loop device, in bytes. */
const longestPath = 63;

/** Of a short path. */
function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync('/srv/led-');
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

/** An image with a file system that holds a file. */
function makeImage(path: string, content: string): string {
	const files = `${path}.files`;
	mkdirSync(files, {recursive: true});
	writeFileSync(join(files, 'file'), `${content}\n`);
	execFileSync('mkfs.ext4', ['-q', '-d', files, path, '4M'], {env: {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`}});
	rmSync(files, {recursive: true});
	return path;
}

/** One that others have in a directory of theirs, and one of somebody else. */
function makeImages(t: ExecutionContext): [image: string, victim: string] {
	const directory = makeDirectory(t);
	const make = (name: string): string => {
		mkdirSync(join(directory, name));
		return makeImage(join(directory, name, 'image'), `the ${name}`);
	};
	return [make('theirs'), make('other')];
}

type Changes = Partial<Pick<SandboxSpec, 'mounts' | 'disks'>>;

const raw = {format: 'raw', chain: false, readonly: false} as const;
const ways: ReadonlyArray<readonly [what: string, changes: (source: string) => Changes, script: string]> = [
	['a mounted image', (source) => ({mounts: [{type: 'host-image', target: '/image', source, ...raw}]}), 'cat /image/file'],
	['a disk', (source) => ({disks: [{type: 'file', tag: 'disk', source, ...raw}]}), 'grep -ao "the .*" /dev/disk/by-tag/disk'],
];

for (const [what, changes, script] of ways) {
	test(`a container does not start when a link leads ${what} to another file as libvirt is asked for it`, async (t) => {
		for (const lies of [(image: string) => image, dirname]) {
			const [image, victim] = makeImages(t);
			const relay = await startCountingRelay(t, testLibvirtd().socket, {
				onCall(procedure) {
					if (procedure !== procedures.createXml.number) return;
					renameSync(lies(image), `${lies(image)}-saved`);
					symlinkSync(lies(victim), lies(image));
				},
			});
			const uri = `lxc:///system?socket=${relay.socket}`;
			const error = await t.throwsAsync(container.start(t, {uri, name: freshName(), command: ['sh', '-c', script], ...changes(image)}), {
				instanceOf: ShellError,
			});
			t.like(error, {code: 'refused', message: `The way to the image ${image} changed while the sandbox started`});
		}
	});

	test(`nor when a mount namespace has another file at the path of ${what}, and a link leads there`, async (t) => {
		const directory = makeDirectory(t);
		for (const path of ['others/way', 'hidden']) mkdirSync(join(directory, path), {recursive: true});
		const [image, victim] = [makeImage(join(directory, 'others/way/image'), 'the image'), makeImage(join(directory, 'hidden/image'), 'the hidden')];
		const {lead} = await mountElsewhere(t, {place: image, victim});
		const relay = await startCountingRelay(t, testLibvirtd().socket, {
			onCall(procedure) {
				if (procedure === procedures.createXml.number) lead();
			},
		});
		const uri = `lxc:///system?socket=${relay.socket}`;
		const start = () => container.start(t, {uri, name: freshName(), command: ['sh', '-c', script], ...changes(image)});
		t.like(await t.throwsAsync(start, {instanceOf: ShellError}), {
			code: 'refused',
			message: `The way to the image ${image} changed while the sandbox started`,
		});
		// The link stands there by now.
		t.regex(String((await t.throwsAsync(start, {instanceOf: ShellError})).message), /^The way to \S+ leads by \/proc\/\d+\/root, a link of a process/);
	});

	test(`a container has ${what} by an odd name, a long one, and by a link that was there before`, async (t) => {
		const directory = makeDirectory(t);
		const long = join(directory, 'x'.repeat(longestPath - directory.length - 1));
		const link = join(directory, 'link');
		symlinkSync(makeImage(long, 'the long one'), link);
		const odd = [' with  blanks ', `ä "quoted" '&<>`, String.raw`back\slash \134\040`, '%41%', 'image (deleted)'];
		for (const image of [...odd.map((name) => makeImage(join(directory, name), 'the odd one')), long, link]) {
			const {status, stdout, stderr} = await finish(await container.start(t, {command: ['sh', '-c', script], ...changes(image)}));
			t.deepEqual([image, status, stdout, stderr], [image, 0, odd.includes(basename(image)) ? 'the odd one\n' : 'the long one\n', '']);
		}
	});
}

test('a container has a block device of the host as an image', async (t) => {
	const image = makeImage(join(makeDirectory(t), 'image'), 'the blocks');
	const device = execFileSync('losetup', ['--find', '--show', image], {encoding: 'utf8'}).trim();
	t.teardown(() => execFileSync('losetup', ['--detach', device]));
	for (const [, changes, script] of ways) {
		const {status, stdout} = await finish(await container.start(t, {command: ['sh', '-c', script], ...changes(device)}));
		t.deepEqual([status, stdout], [0, 'the blocks\n']);
	}
});
