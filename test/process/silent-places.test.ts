// Files that never say anything, wherever a path may be given: a fault at once, or an end by a signal. No libvirtd is needed.
import {execFileSync} from 'node:child_process';
import {closeSync, constants, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {programPath, runProgram, startProgram} from '../helpers/run-program.ts';
import {mountServedFileSystem, mountSilentFileSystem} from '../helpers/silent-file-system.ts';

const program = programPath('virt-sandbox');
const nowhere = {
	container: ['-c', 'lxc:///system?socket=/nonexistent/socket'],
	machine: ['-c', 'qemu:///system?socket=/nonexistent/socket'],
} as const;

/** A directory with a FIFO that nobody writes to. */
function makeFifo(t: ExecutionContext): {readonly directory: string; readonly fifo: string} {
	const directory = mkdtempSync(join(tmpdir(), 'silent-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const fifo = join(directory, 'fifo');
	execFileSync('mkfifo', [fifo]);
	return {directory, fifo};
}

const places: ReadonlyArray<readonly [place: string, backend: keyof typeof nowhere, words: (fifo: string) => readonly string[], message: RegExp]> = [
	['the root', 'container', (fifo) => ['-r', fifo], /There is no directory \S+fifo that can be read and used as the root/],
	['the source of a host-bind', 'container', (fifo) => ['-m', `host-bind:/x=${fifo}`], /is a named pipe/],
	['an image', 'container', (fifo) => ['-m', `host-image:/x=${fifo}`], /is neither a file nor a block device/],
	['a disk', 'container', (fifo) => ['--disk', `file:tag=${fifo}`], /is neither a file nor a block device/],
	['an include', 'container', (fifo) => ['-i', `/tmp/x=${fifo}`], /The include \S+fifo is a named pipe/],
	['an include', 'machine', (fifo) => ['-i', `/tmp/x=${fifo}`], /The include \S+fifo is a named pipe/],
	['the file of includes', 'container', (fifo) => ['-I', fifo], /nobody writes to this FIFO/],
	['the kernel', 'machine', (fifo) => ['--kernpath', fifo], /The kernel \S+fifo cannot be read/],
	['the modules', 'machine', (fifo) => ['--kernpath', '/proc/version', '--kmodpath', fifo], /The kernel fifo has nothing to share directories/],
];

for (const [place, backend, words, message] of places) {
	test(`a FIFO as ${place} of a ${backend} is a fault at once`, async (t) => {
		const {fifo} = makeFifo(t);
		const {status, stderr} = await runProgram(program, [...nowhere[backend], ...words(fifo), 'true']);
		t.is(status, 125);
		t.regex(stderr, message);
	});
}

for (const backend of ['container', 'machine'] as const) {
	test(`a FIFO as /etc/passwd or /etc/group of a root is a fault at once, for a ${backend}`, async (t) => {
		for (const file of ['/etc/passwd', '/etc/group']) {
			const {directory, fifo} = makeFifo(t);
			mkdirSync(join(directory, 'etc'));
			execFileSync('mv', [fifo, join(directory, file)]);
			const {status, stderr} = await runProgram(program, [...nowhere[backend], '-r', directory, 'true']);
			t.is(status, 125);
			t.true(stderr.includes(`${file} of the root ${directory} is not a regular file`), stderr);
		}
	});
}

test('a FIFO among the modules of a kernel is a fault at once', async (t) => {
	const {directory, fifo} = makeFifo(t);
	execFileSync('mv', [fifo, join(directory, 'modules.dep')]);
	const kernel = join(directory, 'vmlinuz-0');
	writeFileSync(kernel, '');
	const {status, stderr} = await runProgram(program, [...nowhere.machine, '--kernpath', kernel, '--kmodpath', directory, 'true']);
	t.is(status, 125);
	t.true(stderr.includes(`${directory}/modules.dep is not a regular file`), stderr);
});

test('a FIFO as the configuration of libvirt is as good as none', async (t) => {
	const {directory, fifo} = makeFifo(t);
	mkdirSync(join(directory, 'libvirt'));
	execFileSync('mv', [fifo, join(directory, 'libvirt/libvirt.conf')]);
	const {chooseUri} = await import('../../src/backend/host/libvirtd/default-uri.ts');
	const chosen = await chooseUri({XDG_CONFIG_HOME: directory}, 1000);
	t.is(chosen.uri, 'qemu:///session');
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
	test(`${signal} ends the wait for a file of includes whose writer says nothing`, async (t) => {
		const {fifo} = makeFifo(t);
		const writer = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
		t.teardown(() => closeSync(writer));
		const {child, ended} = startProgram(program, [...nowhere.container, '-I', fifo, 'true'], {input: ''});
		const {pid = 0} = child;
		const hasOpened = (): boolean => readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === fifo);
		while (!hasOpened()) await pause(5);
		child.kill(signal);
		t.is((await ended).status, {SIGTERM: 143, SIGINT: 130, SIGHUP: 129}[signal]);
	});
}

function linkOf(path: string): string | undefined {
	try {
		return readlinkSync(path);
	} catch {
		return undefined;
	}
}

const testWithFuse = process.getuid?.() === 0 && existsSync('/dev/fuse') ? test : test.skip;

for (const [place, backend, words] of [
	['root', 'container', (path: string) => ['-r', path]],
	['root', 'machine', (path: string) => ['-r', path]],
	['root of its keeper', 'container', (path: string) => ['--keep', '-r', path]],
	['source of a mount', 'container', (path: string) => ['-m', `host-bind:/x=${path}`]],
	['include', 'container', (path: string) => ['-i', `/tmp/x=${path}/file`]],
	['disk', 'container', (path: string) => ['--disk', `file:tag=${path}/file`]],
	['kernel', 'machine', (path: string) => ['--kernpath', `${path}/vmlinuz-0`]],
] as const) {
	testWithFuse(`a signal ends a ${backend}'s look at a ${place} on a file system that does not answer`, async (t) => {
		const {path, asked} = await mountSilentFileSystem(t);
		const {child, ended} = startProgram(program, [...nowhere[backend], ...words(path), 'true'], {input: ''});
		await Promise.race([asked, ended]);
		child.kill('SIGTERM');
		t.is((await ended).status, 143);
	});
}

for (const backend of ['container', 'machine'] as const) {
	testWithFuse(`nobody asks another user's program whether a place of a ${backend} is there`, async (t) => {
		const {path, asked} = await mountServedFileSystem(t, 65_534, mkdtempSync('/srv/served-'));
		const isAsked = asked.then(
			() => true,
			() => false,
		);
		for (const [words, message] of [
			[['--cwd', `${path}/deep`], /libvirtd/],
			[['-m', `hide:${path}/deep`], /has no \S+deep to hide/],
			[['-m', `ram:${path}/deep=1M`], /The mount point \S+deep does not exist/],
			[['-m', `guest-bind:/mnt=${path}/deep`], /deep/],
		] as const) {
			const {status, stderr} = await runProgram(program, [...nowhere[backend], ...words, 'true'], {longestMs: 20_000});
			t.is(status, 125, words.join(' '));
			t.regex(stderr, message);
		}
		t.is(await Promise.race([isAsked, Promise.resolve('nobody asked')]), 'nobody asked');
	});

	testWithFuse(`nothing of a ${backend} lies where another user's program answers, by whatever name, and that is not asked`, async (t) => {
		const {path, asked} = await mountServedFileSystem(t, 65_534);
		const link = join(makeFifo(t).directory, 'link');
		symlinkSync(path, link);
		const modules = makeFifo(t).directory;
		symlinkSync(`${path}/list`, join(modules, 'modules.builtin'));
		const isAsked = asked.then(
			() => true,
			() => false,
		);
		const tries = [
			['-r', path],
			['-m', `host-bind:/x=${path}`],
			['-m', `host-bind:/x=${link}/deep/er,ro`],
			['-i', `/tmp/x=${path}/file`],
			['--seccomp', `${path}/filter`],
			['--env-file', `${link}/environment`],
			['-I', `${path}/includes`],
			...(backend === 'machine'
				? [
						['--kernpath', `${path}/vmlinuz`],
						['--kmodpath', link],
						['--kernpath', '/proc/version', '--kmodpath', modules],
					]
				: []),
		];
		for (const words of [...tries, ['-m', `host-image:/x=${path}/image`], ['--disk', `file:tag=${path}/image`]]) {
			const {status, stderr} = await runProgram(program, [...nowhere[backend], ...words, 'true']);
			t.is(status, 125, words.join(' '));
			t.true(stderr.includes(`A program of another user answers for what is mounted at ${path} (FUSE)`), stderr);
		}
		t.is(await Promise.race([isAsked, Promise.resolve('nobody asked')]), 'nobody asked');
	});
}

testWithFuse("what another user's program answers for is not asked where a machine by 9p goes around it either", async (t) => {
	const {directory} = makeFifo(t);
	mkdirSync(join(directory, 'other'));
	writeFileSync(join(directory, 'other/file'), '');
	const {asked} = await mountServedFileSystem(t, 65_534, join(directory, 'served'));
	const isAsked = asked.then(
		() => true,
		() => false,
	);
	const onSession = ['-c', 'qemu:///session?socket=/nonexistent/socket', '--accel', 'tcg', '--dry-run'];
	const {child, ended} = startProgram(program, [...onSession, '-m', `host-bind:/x=${directory},ro`, 'true'], {input: ''});
	t.is(await Promise.race([isAsked, ended.then(() => 'nobody asked')]), 'nobody asked');
	child.kill('SIGKILL');
});
