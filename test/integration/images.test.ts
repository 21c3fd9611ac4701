// What a guest writes into its image leads the next start to no file of the host.
import {execFileSync} from 'node:child_process';
import {chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {ShellError} from '../../src/core/errors.ts';
import {parseDisk} from '../../src/spec/parse/parse-disk.ts';
import {parseInclude} from '../../src/spec/parse/parse-include.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {machine, runAlone, testEach} from '../helpers/backends.ts';
import {qcow2, qcow2WithBacking, qcow2WithDataFile} from '../helpers/image-bytes.ts';
import {testWithMachines} from '../helpers/machine.ts';
import {finish, silentVoice} from '../helpers/run-sandbox.ts';

const megabyte = 1024 * 1024;

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'images-'));
	chmodSync(directory, 0o755);
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

/** A file that a guest shall not reach, with what is to stay as it is. */
function makeVictim(directory: string): {readonly path: string; look(): unknown} {
	const path = join(directory, 'victim');
	writeFileSync(path, `secret\n${'x'.repeat(megabyte)}`, {mode: 0o600});
	return {
		path,
		look() {
			const {uid, gid, mode, mtimeMs} = statSync(path);
			return {uid, gid, mode, mtimeMs, content: readFileSync(path, 'latin1')};
		},
	};
}

const headers = {backing: qcow2WithBacking, data: qcow2WithDataFile};

testEach('a guest cannot lead the next start to a file of the host by what it writes into its raw disks', async (t, backend) => {
	const directory = makeDirectory(t);
	const victim = makeVictim(directory);
	const before = victim.look();
	const [backing, data] = [join(directory, 'backing'), join(directory, 'data')];
	for (const path of [backing, data]) writeFileSync(path, Buffer.alloc(megabyte));
	const disks = [`file:backing=${backing}`, `file:data=${data}`].map((text) => parseDisk(text));
	const attack = [headers.backing(victim.path), headers.data(victim.path)] as const;
	const size = attack[0].length;
	const script = `dd bs=${size} count=1 iflag=fullblock of=/dev/disk/by-tag/backing conv=fsync && dd bs=${size} count=1 iflag=fullblock of=/dev/disk/by-tag/data conv=fsync`;
	const {status} = await runAlone(backend, t, ['sh', '-c', script], {user: {kind: 'name', name: 'nobody'}, disks, input: Buffer.concat(attack)});
	t.is(status, 0, 'nobody may write to the disks');
	t.deepEqual(readFileSync(backing).subarray(0, size), attack[0]);
	t.deepEqual(readFileSync(data).subarray(0, size), attack[1]);

	for (const [image, clause] of [
		[backing, `refers to a backing file, ${victim.path}`],
		[data, `keeps its data in another file, ${victim.path}`],
	] as const) {
		const start = async (options: string): Promise<unknown> => backend.start(t, {command: ['true'], disks: [parseDisk(`file:a=${image}${options}`)]});
		const asBefore = await t.throwsAsync(start(''), {instanceOf: ShellError});
		t.like(asBefore, {code: 'refused', message: `The image ${image} looks like qcow2, but should be raw`});
		t.like(await t.throwsAsync(start(',format=qcow2'), {instanceOf: ShellError}), {code: 'refused', message: `The image ${image} ${clause}`});
	}
	t.deepEqual(victim.look(), before);
});

testEach('no device node that lies ready opens the device which an image lies on', async (t, backend) => {
	const directory = makeDirectory(t);
	const nodes = join(directory, 'nodes');
	mkdirSync(nodes);
	for (let number = 0; number < 64; number++) execFileSync('mknod', ['-m', '666', join(nodes, `loop${number}`), 'b', '7', `${number}`]);
	for (let number = 0; number < 4; number++) execFileSync('mknod', ['-m', '666', join(nodes, `vd${number}`), 'b', '254', `${number * 16}`]);
	execFileSync('mknod', ['-m', '666', join(nodes, 'null'), 'c', '1', '3']);
	const [image, disk] = [join(directory, 'image'), join(directory, 'disk')];
	writeFileSync(image, Buffer.alloc(4 * megabyte));
	writeFileSync(disk, Buffer.alloc(megabyte));
	execFileSync('mkfs.ext4', ['-q', image], {stdio: 'ignore', env: {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`}});
	const script = `
		for node in /n/*; do if head -c 1 "$node" >/dev/null 2>&1; then echo "$node opens"; fi; done
		: >/dev/null && head -c 1 /dev/zero | wc -c && head -c 1 /dev/disk/by-tag/disk | wc -c && test -c /dev/pts/ptmx && echo own`;
	const mounts = [`host-bind:/n=${nodes},ro`, `host-image:/image=${image}`].map((text) => parseMount(text));
	const {stdout} = await runAlone(backend, t, ['sh', '-c', script], {
		user: {kind: 'name', name: 'nobody'},
		mounts,
		disks: [parseDisk(`file:disk=${disk}`)],
	});
	t.is(stdout, '1\n1\nown\n');
});

testEach('an image with a file system and the header of another format is neither', async (t, backend) => {
	const directory = makeDirectory(t);
	const victim = makeVictim(directory);
	const before = victim.look();
	const image = join(directory, 'image');
	execFileSync('mkfs.ext4', ['-q', image, '4M'], {env: {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`}});
	const fd = openSync(image, 'r+');
	// What a file system leaves free at its beginning has room for a header.
	writeSync(fd, headers.data(victim.path).subarray(0, 1024), 0, 1024, 0);
	closeSync(fd);
	const start = async (options: string): Promise<unknown> =>
		backend.start(t, {command: ['true'], mounts: [parseMount(`host-image:/image=${image}${options}`)]});
	await t.throwsAsync(start(''), {message: `The image ${image} looks like qcow2, but should be raw`});
	await t.throwsAsync(start(',format=qcow2'), {message: `The image ${image} keeps its data in another file, ${victim.path}`});
	t.deepEqual(victim.look(), before);
});

testWithMachines('an image that refers to none is used in its format, and one that does with chain=yes, of which is told', async (t) => {
	const directory = makeDirectory(t);
	const [own, base, layer] = [join(directory, 'own'), join(directory, 'base'), join(directory, 'layer')];
	writeFileSync(own, qcow2());
	writeFileSync(base, Buffer.concat([Buffer.from('from the base\n'), Buffer.alloc(megabyte - 14)]));
	writeFileSync(layer, qcow2WithBacking(base));
	const told: string[] = [];
	const voice = {...silentVoice, notice: (_level: string, code: string) => void told.push(code)};
	const disks = [`file:own=${own},format=qcow2`, `file:layer=${layer},format=qcow2,chain=yes`].map((text) => parseDisk(text));
	const script = 'head -n 1 /dev/disk/by-tag/layer; echo mine | dd of=/dev/disk/by-tag/own conv=fsync && head -n 1 /dev/disk/by-tag/own';
	const sandbox = await machine.start(t, {command: ['sh', '-c', script], disks}, {voice});
	const {stdout, status} = await finish(sandbox);
	t.deepEqual({stdout, status}, {stdout: 'from the base\nmine\n', status: 0});
	t.deepEqual(
		told.filter((code) => code === 'image-chain'),
		['image-chain'],
	);
});

testEach('device nodes of an image open nothing, nor where it is shown once more', async (t, backend) => {
	const directory = makeDirectory(t);
	const content = join(directory, 'content');
	mkdirSync(content);
	const nodes = ['fuse c 10 229', ...Array.from({length: 8}, (_, index) => `loop${index} b 7 ${index}`)];
	for (const node of nodes) execFileSync('mknod', ['-m', '666', join(content, node.split(' ')[0] ?? ''), ...node.split(' ').slice(1)]);
	const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
	for (const name of ['one', 'two']) execFileSync('mkfs.ext4', ['-q', '-d', content, join(directory, name), '4M'], {env: {...process.env, PATH}});
	const mounts = [`host-image:/image=${join(directory, 'one')}`, `host-image:/fixed-image=${join(directory, 'two')},ro`, 'guest-bind:/again=/image'].map(
		(text) => parseMount(text),
	);
	const told: string[] = [];
	const voice = {...silentVoice, notice: (_level: string, code: string) => void told.push(code)};
	const script = 'for node in /image/* /fixed-image/* /again/*; do [ -d $node ] || (: <$node) 2>&1; done | grep -v "cannot open .*: Permission denied"';
	const sandbox = await backend.start(t, {command: ['sh', '-c', script], user: {kind: 'root'}, mounts}, {voice});
	const {stdout, stderr, status} = await finish(sandbox);
	t.deepEqual([stdout, stderr, status, told.filter((code) => code === 'image-devices')], ['', '', 1, []]);
});

testEach('what a command puts in the place of a source, or of an image, in what it may write to is not there for the next start', async (t, backend) => {
	const directory = makeDirectory(t);
	const victim = makeVictim(directory);
	const before = victim.look();
	const given = join(directory, 'given');
	mkdirSync(given);
	const writable = parseMount(`host-bind:/given=${given}`);
	await runAlone(backend, t, ['sh', '-c', `ln -s ${directory} /given/by && ln -s ${victim.path} /given/image`], {mounts: [writable]});
	const read = ['sh', '-c', 'cat /mnt /tmp/copy /dev/disk/by-tag/image'];
	for (const [changes, refusal] of [
		[{mounts: [writable, parseMount(`host-bind:/mnt/victim=${given}/by/victim`)]}, `The way to ${given}/by/victim leads by the link ${given}/by, `],
		[{mounts: [writable], includes: [parseInclude(`/tmp/copy=${given}/image`)]}, `The way to ${given}/image leads by the link ${given}/image, `],
		[{mounts: [writable], disks: [parseDisk(`file:image=${given}/image`)]}, `The way to ${given}/image leads by the link ${given}/image, `],
		[
			{mounts: [parseMount(`host-bind:/given=${directory}`)], disks: [parseDisk(`file:image=${victim.path}`)]},
			`The image ${victim.path} lies in ${directory}, `,
		],
	] as const) {
		const error = await t.throwsAsync(backend.start(t, {...backend.spec(), command: read, ...changes}), {instanceOf: ShellError});
		t.true(error?.message.startsWith(refusal), error?.message);
	}
	t.deepEqual(victim.look(), before);
});
