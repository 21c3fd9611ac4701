import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {gzipSync, zstdCompressSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {chooseKernel, type KernelNeed, type KernelPlaces} from '../../../../src/backend/machine/boot/kernels.ts';
import {decompress} from '../../../../src/backend/machine/boot/decompress.ts';
import {moduleName, readModule, readModuleIndex, readModuleInformation, resolveModules} from '../../../../src/backend/machine/boot/kernel-modules.ts';
import type {Kernel} from '../../../../src/spec/types.ts';

/** The smallest ELF file with a `.modinfo` section. */
function makeModule(information: readonly string[]): Buffer {
	const modinfo = Buffer.from(`${information.join('\0')}\0`);
	const names = Buffer.from('\0.modinfo\0.shstrtab\0');
	const header = Buffer.alloc(64);
	header.write('\u007fELF\u0002\u0001\u0001', 'latin1');
	const section = (name: number, at: number, size: number): Buffer => {
		const entry = Buffer.alloc(64);
		entry.writeUInt32LE(name, 0);
		entry.writeBigUInt64LE(BigInt(at), 24);
		entry.writeBigUInt64LE(BigInt(size), 32);
		return entry;
	};
	header.writeBigUInt64LE(BigInt(64 + modinfo.length + names.length), 40);
	header.writeUInt16LE(64, 58);
	header.writeUInt16LE(3, 60);
	header.writeUInt16LE(2, 62);
	return Buffer.concat([header, modinfo, names, section(0, 0, 0), section(1, 64, modinfo.length), section(10, 64 + modinfo.length, names.length)]);
}

type Files = Readonly<Record<string, string | Buffer>>;

function makePlaces(t: ExecutionContext, files: Files, running = '6.1.0'): KernelPlaces {
	const directory = mkdtempSync(join(tmpdir(), 'kernels-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	mkdirSync(join(directory, 'boot'));
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(dirname(join(directory, path)), {recursive: true});
		writeFileSync(join(directory, path), content);
	}
	return {boot: join(directory, 'boot'), modules: [join(directory, 'modules')], running};
}

const any: Kernel = {version: undefined, path: undefined, modules: undefined, accel: 'auto'};
const needs: readonly KernelNeed[] = [{module: 'virtiofs', purpose: 'to share directories by virtiofs'}];
const withVirtiofs = 'kernel/fs/fuse/virtiofs.ko\nkernel/drivers/char/virtio_console.ko\n';

test("the host's own kernel comes first, then the newest that has what is needed", (t) => {
	const files: Files = {
		'boot/vmlinuz-6.9.1': '',
		'boot/vmlinuz-6.10.1': '',
		'boot/vmlinuz-6.12.1': '',
		'boot/initrd.img-6.12.1': '',
		'modules/6.9.1/modules.builtin': withVirtiofs,
		'modules/6.10.1/modules.dep': 'kernel/fs/fuse/virtiofs.ko.xz:\n',
		'modules/6.12.1/modules.builtin': '',
	};
	const choose = (running: string): string => chooseKernel(any, needs, makePlaces(t, files, running)).version;
	t.is(choose('6.9.1'), '6.9.1');
	t.is(choose('6.12.1'), '6.10.1');
	t.is(choose('5.0'), '6.10.1');
});

test('where no kernel will do each one is named with what it lacks, and the package that helps', (t) => {
	const places = makePlaces(t, {'boot/vmlinuz-6.9.1': '', 'boot/vmlinuz-6.10.1': '', 'modules/6.10.1/modules.dep': 'kernel/fs/9p/9p.ko:\n'});
	t.like(
		t.throws(() => chooseKernel(any, needs, places)),
		{
			code: 'unavailable',
			message: `No kernel in ${places.boot} can boot this machine: 6.10.1 has nothing to share directories by virtiofs; 6.9.1 has no modules directory`,
			hint: 'Install one: linux-image-cloud-amd64 (virtiofs) or linux-image-amd64 (9p) on Debian, kernel-core and kernel-modules on Fedora',
		},
	);
	t.like(
		t.throws(() => chooseKernel(any, needs, makePlaces(t, {}))),
		{code: 'unavailable'},
	);
});

test('a kernel that is named has to be there, with its modules', (t) => {
	const places = makePlaces(t, {
		'boot/vmlinuz-6.9.1': '',
		'modules/6.9.1/modules.builtin': withVirtiofs,
		'other/k': '',
		'mods/modules.builtin': withVirtiofs,
	});
	t.is(chooseKernel({...any, version: '6.9.1'}, needs, places).image, `${places.boot}/vmlinuz-6.9.1`);
	t.like(
		t.throws(() => chooseKernel({...any, version: '6.9'}, needs, places)),
		{code: 'not-found', message: `There is no kernel ${places.boot}/vmlinuz-6.9`, hint: 'There is 6.9.1'},
	);
	const path = join(dirname(places.boot), 'other/k');
	t.like(
		t.throws(() => chooseKernel({...any, path}, needs, places)),
		{code: 'not-found', hint: 'Name their directory with --kmodpath'},
	);
	const modules = join(dirname(places.boot), 'mods');
	t.is(chooseKernel({...any, path, modules}, needs, places).modules.directory, modules);
	// As virt-sandbox 0.8 had it: what has a directory for each version.
	const base = places.modules[0] ?? '';
	t.is(chooseKernel({...any, version: '6.9.1', modules: base}, needs, places).modules.directory, join(base, '6.9.1'));
	t.is(chooseKernel({...any, modules: base}, needs, places).modules.directory, join(base, '6.9.1'));
});

test('modules are loaded after what they need, each once, and what is built in not at all', async (t) => {
	const {modules} = makePlaces(t, {
		'modules/1/modules.builtin': 'kernel/lib/crc16.ko\n',
		'modules/1/modules.dep':
			'kernel/fs/9p/9p.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/fs/netfs/netfs.ko.xz\nkernel/net/9p/9pnet.ko.xz:\nkernel/fs/netfs/netfs.ko.xz:\nkernel/net/9p/9pnet-virtio.ko.xz: kernel/net/9p/9pnet.ko.xz\nkernel/crypto/crc32c-x.ko:\n',
		'modules/1/modules.softdep': '# comment\nsoftdep 9p pre: crc32c-x missing\n',
	});
	const index = readModuleIndex(join(modules[0] ?? '', '1'));
	t.deepEqual(await resolveModules(index, ['9pnet_virtio', 'crc16', '9p']), [
		'kernel/net/9p/9pnet.ko.xz',
		'kernel/net/9p/9pnet-virtio.ko.xz',
		'kernel/fs/netfs/netfs.ko.xz',
		'kernel/crypto/crc32c-x.ko',
		'kernel/fs/9p/9p.ko.xz',
	]);
	t.like(await t.throwsAsync(resolveModules(index, ['xfs'])), {code: 'unavailable', message: `The kernel of ${index.directory} has no module xfs`});
});

test('without modules.dep the modules themselves say what they need', async (t) => {
	const {modules} = makePlaces(t, {
		'modules/1/kernel/fs/9p/9p.ko.gz': gzipSync(makeModule(['license=GPL', 'depends=9pnet,net-fs', 'name=9p'])),
		'modules/1/kernel/net/9pnet.ko.zst': zstdCompressSync(makeModule(['depends='])),
		'modules/1/kernel/fs/net-fs.ko': makeModule(['depends=']),
	});
	const index = readModuleIndex(join(modules[0] ?? '', '1'));
	t.deepEqual(await resolveModules(index, ['9p']), ['kernel/net/9pnet.ko.zst', 'kernel/fs/net-fs.ko', 'kernel/fs/9p/9p.ko.gz']);
	t.deepEqual(
		[...readModuleInformation(await readModule(index.directory, 'kernel/fs/9p/9p.ko.gz'))],
		[
			['license', 'GPL'],
			['depends', '9pnet,net-fs'],
			['name', '9p'],
		],
	);
});

test('a module that is cut off says so, and what is no ELF file has no information', async (t) => {
	const {modules} = makePlaces(t, {'modules/1/kernel/a.ko.gz': gzipSync(makeModule(['depends=b'])).subarray(0, 60)});
	const directory = join(modules[0] ?? '', '1');
	t.like(await t.throwsAsync(readModule(directory, 'kernel/a.ko.gz')), {
		code: 'failed',
		message: `The kernel module ${directory}/kernel/a.ko.gz cannot be read`,
	});
	t.is(readModuleInformation(Buffer.from('no module')).size, 0);
	t.is(readModuleInformation(makeModule(['depends=b']).subarray(0, 100)).size, 0);
	t.deepEqual(await decompress(Buffer.from('plain')), Buffer.from('plain'));
});

test('nothing outside of a directory of modules is read as one, and no file in it that is none', async (t) => {
	const {modules} = makePlaces(t, {
		secret: makeModule(['depends=']),
		'modules/1/modules.dep': 'kernel/a.ko: ../../secret\n../../secret:\nkernel/b.ko:\n',
		'modules/1/kernel/c.ko': 'a secret\n',
		'modules/2/kernel/d.ko': makeModule(['depends=']),
	});
	const [base = ''] = modules;
	const directory = join(base, '1');
	symlinkSync(join(base, '../secret'), join(directory, 'kernel/b.ko'));
	symlinkSync(join(base, '../secret'), join(base, '2/modules.dep'));
	const secret = join(base, '../secret');
	const leads = (name: string, directory: string): object => ({code: 'refused', message: `${name} leads out of ${directory}, to ${secret}`});
	t.like(await t.throwsAsync(readModule(directory, '../../secret')), leads(`The kernel module ${secret}`, directory));
	t.like(await t.throwsAsync(readModule(directory, 'kernel/b.ko')), leads(`The kernel module ${directory}/kernel/b.ko`, directory));
	t.like(await t.throwsAsync(readModule(directory, 'kernel/c.ko')), {code: 'refused', message: `The kernel module ${directory}/kernel/c.ko is no module`});
	const other = join(base, '2');
	t.like(
		t.throws(() => readModuleIndex(other)),
		leads(`${other}/modules.dep`, other),
	);
	// A link to the directory itself is fine, and one within it.
	symlinkSync('2', join(base, '3'));
	symlinkSync('d.ko', join(base, '2/kernel/e.ko'));
	t.true((await readModule(join(base, '3'), 'kernel/e.ko')).length > 0);
	// Nor has it to have any list, or be there itself.
	mkdirSync(join(base, '4'));
	symlinkSync('4', join(base, '5'));
	for (const name of ['4', '5', '6']) t.is(readModuleIndex(join(base, name)).files.size, 0);
});

test('what unpacks to more than a kernel ever has is not unpacked', async (t) => {
	const much = Buffer.alloc(300 * 1024 ** 2);
	for (const packed of [gzipSync(much, {level: 1}), zstdCompressSync(much)]) {
		t.like(await t.throwsAsync(decompress(packed)), {message: 'It unpacks to too much'});
	}
});

test('what is packed is unpacked whole, until that is given up', async (t) => {
	const data = Buffer.from(Array.from({length: 300_000}, (_, index) => (index * index) % 251));
	for (const packed of [gzipSync(data), zstdCompressSync(data)]) {
		t.true((await decompress(packed)).equals(data));
		await t.throwsAsync(decompress(packed, AbortSignal.abort()), {name: 'AbortError'});
	}
});

test('a list of modules is read in a time that goes with its size, and not at all where it has more than any kernel', async (t) => {
	const words = 400_000;
	const {modules} = makePlaces(t, {
		'modules/1/modules.dep': 'a.ko:\nb.ko:\n',
		'modules/1/modules.softdep': `softdep a pre: b${' post:'.repeat(words)}\u2028\n`,
		'modules/2/modules.dep': `a.ko:${' '.repeat(4 * 1024 ** 2)}\n`,
		'modules/3/modules.dep': Array.from({length: 70_000}, (_, index) => `${index}.ko:\n`).join(''),
	});
	const [base = ''] = modules;
	const begun = performance.now();
	const index = readModuleIndex(join(base, '1'));
	t.true(performance.now() - begun < 5000);
	t.deepEqual(await index.dependencies('a'), ['b']);
	const refusals = ['2', '3'].map((version) => t.throws(() => readModuleIndex(join(base, version))).message);
	t.deepEqual(refusals, [`${base}/2/modules.dep is larger than 4 MiB`, `${base}/3 has more files than any kernel has modules`]);
});

test('more files than any kernel has modules are not looked through', (t) => {
	const {modules} = makePlaces(t, {'modules/1/kernel/a.ko': ''});
	const directory = join(modules[0] ?? '', '1');
	for (let index = 0; index < 65_536; index++) writeFileSync(join(directory, `kernel/${index}`), '');
	t.like(
		t.throws(() => readModuleIndex(directory)),
		{code: 'refused', message: `${directory} has more files than any kernel has modules`},
	);
});

test('the search for all that a module needs can be given up meanwhile', async (t) => {
	const lines = Array.from({length: 10_000}, (_, index) => `m${index}.ko: m${index + 1}.ko\n`);
	const {modules} = makePlaces(t, {'modules/1/modules.dep': `${lines.join('')}m10000.ko:\n`});
	const index = readModuleIndex(join(modules[0] ?? '', '1'));
	t.is((await resolveModules(index, ['m0'])).length, 10_001);
	const cancel = new AbortController();
	setImmediate(() => cancel.abort());
	await t.throwsAsync(resolveModules(index, ['m0'], cancel.signal), {name: 'AbortError'});
});

test('names of modules are those of the kernel', (t) => {
	t.deepEqual(['kernel/a/virtio-pci.ko', 'b.ko.xz', 'snd-hda.ko.zst'].map(moduleName), ['virtio_pci', 'b', 'snd_hda']);
});

test('modules without a list are looked for in no directory that a link leads to', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'modules-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	mkdirSync(join(directory, 'real/kernel'), {recursive: true});
	writeFileSync(join(directory, 'real/kernel/a.ko'), '');
	mkdirSync(join(directory, 'led/kernel'), {recursive: true});
	symlinkSync(join(directory, 'real/kernel'), join(directory, 'led/kernel/more'));
	mkdirSync(join(directory, 'away'));
	symlinkSync(join(directory, 'real/kernel'), join(directory, 'away/kernel'));
	t.deepEqual(
		['real', 'led', 'away'].map((name) => readModuleIndex(join(directory, name)).files.size),
		[1, 0, 0],
	);
});
