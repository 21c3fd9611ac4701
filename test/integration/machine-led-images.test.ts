// Whoever may write to a directory on the way to an image, or to an image that is not raw, leads a machine to no other file of the host.
import {execFileSync} from 'node:child_process';
import {chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {procedures} from '../../src/backend/libvirt/procedures.ts';
import {parseDisk} from '../../src/spec/parse/parse-disk.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {startCountingRelay} from '../helpers/counting-relay.ts';
import {qcow2, qcow2WithDataFile} from '../helpers/image-bytes.ts';
import {testLibvirtd} from '../helpers/libvirtd.ts';
import {startTestMachine, testWithMachines, testWithUserMachines} from '../helpers/machine.ts';
import {makeUser, nobody} from '../helpers/ordinary-user.ts';
import {mountElsewhere} from '../helpers/other-mounts.ts';
import {finish} from '../helpers/run-sandbox.ts';

const megabyte = 1024 ** 2;

interface Places {
	/** A directory of somebody else's. */
	readonly way: string;
	readonly image: string;
	/** What is nobody else's business, in a directory that is called `way` too. */
	readonly victim: string;
	/** What a start must leave as it is. */
	look(): unknown;
}

function makePlaces(t: ExecutionContext, {content = Buffer.alloc(megabyte), owner = 0}: {readonly content?: Buffer; readonly owner?: number} = {}): Places {
	const directory = mkdtempSync('/srv/led-image-');
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	chmodSync(directory, 0o755);
	const [way, hidden] = [join(directory, 'way'), join(directory, 'hidden')];
	mkdirSync(way, {mode: 0o755});
	mkdirSync(hidden, {mode: 0o700});
	const [image, victim] = [join(way, 'image'), join(hidden, 'image')];
	writeFileSync(image, content);
	chmodSync(image, 0o666);
	writeFileSync(victim, Buffer.concat([Buffer.from('secret\n'), Buffer.alloc(megabyte - 7)]), {mode: 0o600});
	for (const path of [hidden, victim]) chownSync(path, owner, owner);
	const look = (): unknown => {
		const {uid, gid, mode, mtimeMs} = statSync(victim);
		return {uid, gid, mode, mtimeMs, content: readFileSync(victim, 'latin1').slice(0, 7)};
	};
	return {way, image, victim, look};
}

/** A link in a place, instead of what lies there. */
function lead(place: string, to: string): void {
	renameSync(place, `${place}-saved`);
	symlinkSync(to, place);
}

const leads: ReadonlyArray<readonly [string, (places: Places) => void]> = [
	['in its place', ({image, victim}) => lead(image, victim)],
	['on the way to it', ({way}) => lead(way, 'hidden')],
];

/** Does something after our last look, just before libvirt is asked to make a machine; gives the socket for that. */
async function beforeCreate(t: ExecutionContext, socket: string, work: () => void): Promise<string> {
	return beforeCall(t, procedures.createXml, socket, work);
}

/** The same when a procedure is called first. */
async function beforeCall(t: ExecutionContext, {number}: {readonly number: number}, socket: string, work: () => void): Promise<string> {
	let isDone = false;
	const relay = await startCountingRelay(t, socket, {
		onCall(procedure) {
			if (procedure !== number || isDone) return;
			isDone = true;
			work();
		},
	});
	return relay.socket;
}

for (const [where, leadElsewhere] of leads) {
	testWithMachines(`no link ${where} leads the disk of a machine elsewhere while it starts`, async (t) => {
		const places = makePlaces(t);
		const before = places.look();
		const socket = await beforeCreate(t, testLibvirtd().socket, () => leadElsewhere(places));
		const starting = startTestMachine(t, {
			uri: `qemu:///system?socket=${socket}`,
			command: ['sh', '-c', 'echo led | dd of=/dev/disk/by-tag/t conv=notrunc,fsync'],
			disks: [parseDisk(`file:t=${places.image}`)],
		});
		await t.throwsAsync(starting, {code: 'refused', message: `The way to ${places.image} changed while the machine started`});
		t.deepEqual(places.look(), before);
	});
}

for (const [when, moment, message] of [
	['while it is planned', procedures.listAllDomains, 'has changed'],
	['while it starts', procedures.createXml, 'changed while the machine started'],
] as const) {
	testWithMachines(`nor does a mount namespace in which another file has its path, ${when}`, async (t) => {
		const directory = mkdtempSync('/srv/led-image-');
		t.teardown(() => rmSync(directory, {recursive: true, force: true}));
		mkdirSync(join(directory, 'others/way'), {recursive: true});
		const [image, victim] = [join(directory, 'others/way/image'), join(directory, 'victim')];
		for (const [path, content] of [
			[image, 'theirs'],
			[victim, 'secret'],
		] as const)
			writeFileSync(path, Buffer.alloc(megabyte, content), {mode: 0o600});
		const {lead} = await mountElsewhere(t, {place: image, victim});
		const socket = await beforeCall(t, moment, testLibvirtd().socket, lead);
		const {uid, mtimeMs} = statSync(victim);
		const command = ['sh', '-c', 'head -c 6 /dev/disk/by-tag/t'];
		const starting = startTestMachine(t, {uri: `qemu:///system?socket=${socket}`, command, disks: [parseDisk(`file:t=${image}`)]});
		await t.throwsAsync(starting, {code: 'refused', message: `The way to ${image} ${message}`});
		t.like(statSync(victim), {uid, mtimeMs});
	});
}

testWithMachines('nor another image in its place, where one is mounted', async (t) => {
	const {image} = makePlaces(t);
	execFileSync('/usr/sbin/mkfs.ext4', ['-q', '-F', image]);
	const socket = await beforeCreate(t, testLibvirtd().socket, () => {
		renameSync(image, `${image}-saved`);
		copyFileSync(`${image}-saved`, image);
	});
	const mounts = [parseMount(`host-image:/image=${image},ro`, '/')];
	const starting = startTestMachine(t, {uri: `qemu:///system?socket=${socket}`, command: ['true'], mounts});
	await t.throwsAsync(starting, {code: 'refused', message: `The way to ${image} changed while the machine started`});
});

testWithMachines('no header that is written while a machine starts leads to a file beside the image', async (t) => {
	const places = makePlaces(t, {content: qcow2()});
	const before = places.look();
	const disks = [`file:t=${places.image},format=qcow2`, `file:raw=${makePlaces(t).image},ro`].map((text) => parseDisk(text));
	const socket = await beforeCreate(t, testLibvirtd().socket, () => writeFileSync(places.image, qcow2WithDataFile(places.victim)));
	const starting = startTestMachine(t, {uri: `qemu:///system?socket=${socket}`, command: ['true'], disks});
	await t.throwsAsync(starting, {code: 'refused', message: `The QEMU of the machine has opened ${places.victim}, which it was not told to`});
	t.deepEqual(places.look(), before);
});

testWithMachines('images that nobody touches are what a machine has, one that two disks are made of too', async (t) => {
	const [layered, plain] = [makePlaces(t, {content: qcow2()}), makePlaces(t)];
	const disks = [`file:q=${layered.image},format=qcow2`, `file:a=${plain.image},ro`, `file:b=${plain.image},ro`].map((text) => parseDisk(text));
	const {stdout} = await finish(await startTestMachine(t, {command: ['sh', '-c', 'ls /dev/disk/by-tag'], disks}));
	t.is(stdout, 'a\nb\nq\n');
});

testWithMachines('a block device of the host is an image too, as a disk and where one is mounted', async (t) => {
	const {image} = makePlaces(t);
	execFileSync('/usr/sbin/mkfs.ext4', ['-q', '-F', image]);
	const device = execFileSync('losetup', ['--find', '--show', image], {encoding: 'utf8'}).trim();
	t.teardown(() => execFileSync('losetup', ['--detach', device]));
	const mounts = [parseMount(`host-image:/mnt=${device},ro`, '/')];
	const disks = [parseDisk(`file:b=${device},ro`)];
	const script = 'ls -d /mnt/lost+found && head -c 2000 /dev/disk/by-tag/b | wc -c';
	const {stdout} = await finish(await startTestMachine(t, {command: ['sh', '-c', script], mounts, disks}));
	t.is(stdout, '/mnt/lost+found\n2000\n');
});

testWithUserMachines('no link leads the disk of an ordinary user’s machine elsewhere while it starts', async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const places = makePlaces(t, {owner: nobody});
	const before = places.look();
	// Their libvirtd runs from here on.
	t.is((await user.run('virt-sandbox-shell', ['-c', 'qemu:///session', 'list'])).status, 0);
	const socket = await beforeCreate(t, join(String(user.environment['XDG_RUNTIME_DIR']), 'libvirt/libvirt-sock'), () => lead(places.image, places.victim));
	const words = ['-c', `qemu:///session?socket=${socket}`, '--accel', 'tcg', '--disk', `file:t=${places.image}`];
	const ended = await user.run('virt-sandbox', [...words, '--', 'head', '-c', '6', '/dev/disk/by-tag/t']);
	t.like(ended, {status: 125, stdout: ''}, ended.stderr);
	t.true(ended.stderr.includes(`The way to ${places.image} changed while the machine started`), ended.stderr);
	t.deepEqual(places.look(), before);
});
