// What a machine cannot run with: one message that names the thing, a hint, 125, and nothing left.
import {execFileSync} from 'node:child_process';
import {cpSync, existsSync, globSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';
import {container, machine} from '../helpers/backends.ts';
import {testMachineUri, testWithMachines as test, testWithUserMachines} from '../helpers/machine.ts';
import {makeUser} from '../helpers/ordinary-user.ts';
import {programPath, runProgram, type Ended} from '../helpers/run-program.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'bad-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

function refuses(t: ExecutionContext, {status, stdout, stderr}: Ended, message: RegExp): void {
	t.deepEqual({status, stdout}, {status: 125, stdout: ''});
	t.regex(stderr, message);
	t.regex(stderr, /^virt-sandbox: [^\n]+\n {2}hint: [^\n]+\n$/, 'one message and one hint');
}

const run = (words: readonly string[]): Promise<Ended> =>
	runProgram(programPath('virt-sandbox'), ['-c', testMachineUri(), '--accel', 'tcg', ...words, '--', 'true']);
/** A kernel that has this module as a file. */
const kernelWith = (module: string): string =>
	globSync(`/lib/modules/*/kernel/**/${module}.ko*`)
		.map((path) => path.split('/')[3] ?? '')
		.find((version) => existsSync(`/boot/vmlinuz-${version}`)) ?? '';
/** A kernel that does not know this module at all. */
const kernelWithout = (module: string): string =>
	globSync('/boot/vmlinuz-*')
		.map((path) => path.slice('/boot/vmlinuz-'.length))
		.find((version) => globSync(`/lib/modules/${version}/kernel/**/${module}.ko*`).length === 0) ?? '';

test('no kernel, a disk that is missing, a disk of another format than was said', async (t) => {
	const image = join(makeDirectory(t), 'image');
	writeFileSync(image, Buffer.alloc(1024 * 1024));
	const before = readdirSync('/run/virt-sandbox').length;
	refuses(t, await run(['--kernver', '9.9.9-none']), /9\.9\.9-none/);
	refuses(t, await run(['--kernpath', '/nonexistent/vmlinuz']), /\/nonexistent\/vmlinuz/);
	refuses(t, await run(['--disk', 'file:a=/nonexistent/image']), /\/nonexistent\/image/);
	refuses(t, await run(['--disk', `file:a=${image},format=qcow2`]), /is not qcow2/);
	refuses(t, await run(['--memory', '64M']), /too small to boot a machine/);
	t.true(readdirSync('/run/virt-sandbox').length <= before + 1);
});

test('an image that another machine writes to, also for a container', async (t) => {
	const image = join(makeDirectory(t), 'image');
	writeFileSync(image, Buffer.alloc(1024 * 1024));
	const disks = (readonly: boolean): Partial<SandboxSpec> => ({disks: [{type: 'file', tag: 'a', source: image, format: 'raw', chain: false, readonly}]});
	await machine.start(t, {command: ['sleep', '600'], ...disks(false)});
	const inUse = `The image ${image} is in use: a machine, or a container by nbd, has it`;
	refuses(t, await run(['--disk', `file:a=${image}`]), new RegExp(inUse));
	await t.throwsAsync(container.start(t, {command: ['true'], ...disks(false)}), {message: inUse});
});

testWithUserMachines('a kernel without what is needed, one whose module does not load, and no rights to /dev/kvm', async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const asUser = (words: readonly string[]): Promise<Ended> => user.run('virt-sandbox', ['-c', 'qemu:///session', ...words, '--', 'true']);
	const without = kernelWithout('9pnet_virtio');
	if (without !== '') refuses(t, await asUser(['--kernver', without]), /9p/);

	const version = kernelWith('9p');
	const modules = join(user.home, version);
	cpSync(`/lib/modules/${version}`, modules, {recursive: true, filter: (path) => !/\/(?:drivers\/(?!virtio|char|block)|sound|build$|source$)/.test(path)});
	const [broken = ''] = globSync(`${modules}/kernel/fs/9p/9p.ko*`);
	writeFileSync(broken, broken.endsWith('.xz') ? execFileSync('xz', ['-c'], {input: 'no module'}) : 'no module');
	const bad = await asUser(['--accel', 'tcg', '--kernpath', `/boot/vmlinuz-${version}`, '--kmodpath', modules]);
	refuses(t, bad, /9p\.ko/);

	const kvm = await asUser(['--accel', 'kvm']);
	refuses(t, kvm, /KVM cannot be used: (?:there is no \/dev\/kvm|you have no rights to \/dev\/kvm)/);
});

test('an image that holds no file system', async (t) => {
	const image = join(makeDirectory(t), 'image');
	writeFileSync(image, Buffer.alloc(1024 * 1024));
	await t.throwsAsync(machine.start(t, {command: ['true'], mounts: [parseMount(`host-image:/image=${image}`)]}), {message: /holds no file system/});
});
