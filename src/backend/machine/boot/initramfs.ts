import {createHash} from 'node:crypto';
import {chmodSync, closeSync, constants, copyFileSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync, type Stats} from 'node:fs';
import {basename, join} from 'node:path';
import {setImmediate as giveTurn} from 'node:timers/promises';
import {ShellError} from '../../../core/errors.ts';
import {wordToBytes} from '../../../core/bytes.ts';
import {openOwnFile} from '../../host/files/open-own-file.ts';
import {isOwnFile} from '../../host/files/own-directory.ts';
import {randomHex} from '../../host/random.ts';
import {ioTarget} from '../../guest/root/root-plan.ts';
import {devicesPlace, guestPrograms, loadProgram} from '../programs/guest-programs.ts';
import {madePlace} from '../root/mount-programs.ts';
import {mostUnpackedBytes} from './decompress.ts';
import {placesIn, readModule} from './kernel-modules.ts';
import {bootScript, controlLines, guestDirectory, runDirectory} from './boot-script.ts';
import {writeCpio, type CpioEntry} from './cpio.ts';
import {beginProgram, deviceNames, enterProgram, withinProgram} from './process-one.ts';
import {leaseScript, runInitScript} from './run-init-script.ts';

/** Raised when the archive changes in a way that its parts do not show. */
const baseVersion = 6;

interface InitramfsParts {
	/** A busybox without libraries, on the host. */
	readonly busybox: string;
	/** The modules' directory of the kernel. */
	readonly modulesDirectory: string;
	/** Modules to bring, as paths below it. */
	readonly modules: readonly string[];
	/** Those that are loaded first, in order. */
	readonly order: readonly string[];
}

/** The name that a module has in the archive. */
export function modulePlace(path: string): string {
	return basename(path).replace(/\.(?:gz|xz|zst)$/, '');
}

/**
 * The archive that all machines with the same kernel, modules and busybox share, from the cache or built into it. Named by a hash of
 * what it is made of, and put in place whole, so two that build it at once do no harm. Gives its path.
 */
export async function ensureInitramfsBase(cacheDirectory: string, parts: InitramfsParts, signal?: AbortSignal): Promise<string> {
	const path = join(cacheDirectory, `initramfs-${hashParts(parts)}.cpio`);
	if (isOwnFile(path)) {
		const now = new Date();
		// Its age tells what may be thrown away. Another's cache, perhaps: then its owner sees to it.
		try {
			utimesSync(path, now, now);
		} catch {}
		return path;
	}
	const data = await buildBase(parts, signal);
	writeWhole(path, data);
	return path;
}

/** Writes a file of the cache so that it is there whole or not at all. */
export function writeWhole(path: string, data: Uint8Array): void {
	const temporary = `${path}.${process.pid}.${randomHex(4)}`;
	try {
		writeFileSync(temporary, data, {mode: 0o600, flag: 'wx'});
		renameSync(temporary, path);
	} catch (cause) {
		try {
			rmSync(temporary, {force: true});
		} catch {
			// Where nothing can be written nothing was.
		}
		throw new ShellError('failed', `Cannot write ${path} to the cache`, {hint: 'Is there room, and may you write there?', cause});
	}
}

function hashParts({busybox, modulesDirectory, modules, order}: InitramfsParts): string {
	const placeOf = placesIn(modulesDirectory);
	const hash = createHash('sha256');
	hash.update(JSON.stringify([baseVersion, bootScript, runInitScript, leaseScript, modules, order]));
	for (const data of [...Object.values(guestPrograms), ...rootPrograms({modules, order}).map(({data}) => data)]) hash.update(data);
	for (const path of [busybox, ...modules.map((module) => placeOf(module))]) {
		const {size, mtimeMs, ino} = statBrought(path);
		hash.update(JSON.stringify([path, size, mtimeMs, ino]));
	}
	return hash.digest('hex').slice(0, 24);
}

function statBrought(path: string): Stats {
	try {
		return statSync(path);
	} catch (cause) {
		throw new ShellError('not-found', `The host has no ${path}, which a machine needs`, {hint: 'Install the kernel package anew', cause});
	}
}

/** What boots, and loads what is always loaded. */
function rootPrograms({modules, order}: Pick<InitramfsParts, 'modules' | 'order'>): Array<{readonly path: string; readonly data: Buffer}> {
	const obsolete = [`${runDirectory}/plan`, ...modules.map((path) => `/modules/${modulePlace(path)}`)];
	return [
		{path: 'init', data: beginProgram('/boot')},
		{path: 'within', data: withinProgram({busybox: `${guestDirectory.slice(1)}/busybox`, script: 'boot'})},
		// Where one of them cannot be loaded the boot script goes on, and tells which.
		{path: 'load', data: loadProgram(order.map(modulePlace))},
		{path: 'enter', data: enterProgram({directory: guestDirectory, target: ioTarget, obsolete}, controlLines)},
	];
}

async function buildBase({busybox, modulesDirectory, modules, order}: InitramfsParts, signal: AbortSignal | undefined): Promise<Buffer> {
	const program = readFileSync(busybox);
	const guest = guestDirectory.slice(1);
	const usual = ['bin', 'dev', 'loaded', 'modules', 'newroot', 'proc', 's', 's/tree', 'sys', 'upper'];
	const directories = [...usual, devicesPlace, madePlace, runDirectory.slice(1), guest, `${guest}/port`];
	const entries: CpioEntry[] = [
		...directories.map((path) => ({kind: 'directory' as const, path, mode: 0o755})),
		// The kernel opens it for process 1 before anything is mounted.
		{kind: 'device', path: 'dev/console', mode: 0o600, major: 5, minor: 1},
		{kind: 'file', path: `${guest}/busybox`, mode: 0o755, data: program},
		{kind: 'symlink', path: 'bin/busybox', to: `${guestDirectory}/busybox`},
		...rootPrograms({modules, order}).map(({path, data}) => ({kind: 'file' as const, path, mode: 0o700, data})),
		{kind: 'file', path: 'boot', mode: 0o644, data: Buffer.from(bootScript)},
		{kind: 'file', path: `${guest}/init`, mode: 0o755, data: Buffer.from(runInitScript)},
		...['0.out', '0.err'].map((name) => ({kind: 'fifo' as const, path: `${guest}/${name}`, mode: 0o600})),
		...Object.entries(guestPrograms).map(([name, data]) => ({kind: 'file' as const, path: `${guest}/${name}`, mode: 0o700, data})),
		{kind: 'file', path: 'modules/order', mode: 0o644, data: Buffer.from(`${order.map(modulePlace).join('\n')}\n`)},
	];
	let bytes = 0;
	for (const module of modules) {
		await giveTurn();
		signal?.throwIfAborted();
		const data = await readModule(modulesDirectory, module, signal);
		bytes += data.length;
		if (bytes > mostUnpackedBytes)
			throw new ShellError('refused', `The modules of ${modulesDirectory} have more than ${mostUnpackedBytes / 1024 ** 2} MiB`, {
				hint: 'Name another directory with --kmodpath',
			});
		entries.push({kind: 'file', path: `modules/${modulePlace(module)}`, mode: 0o644, data});
	}
	return writeCpio(entries);
}

/** What one run adds to the shared archive. */
interface RunParts {
	/** Lines of shell that the boot script reads. */
	readonly plan: string;
	/** Programs that the plan runs, by their names in the directory of the run. */
	readonly programs: ReadonlyMap<string, Uint8Array>;
	/** What the guest has besides, parents first. */
	readonly made: readonly CpioEntry[];
	/** Names of the ports that are there from the start, in the order of their numbers. */
	readonly ports: readonly string[];
	/** Files for the guest's own directory of the sandbox. */
	readonly files: ReadonlyArray<{readonly name: string; readonly mode: number; readonly data: Uint8Array}>;
}

/** Writes the initramfs of one run: the shared archive and behind it, as the kernel takes it, one with the run's own. 0600: it holds the command's environment. */
export function writeRunInitramfs(path: string, base: string, {plan, programs, made, ports, files}: RunParts): void {
	// That of a name that was taken.
	rmSync(path, {force: true});
	copyFileSync(base, path, constants.COPYFILE_EXCL);
	chmodSync(path, 0o600);
	const directory = runDirectory.slice(1);
	const entries: CpioEntry[] = [
		{kind: 'file', path: `${directory}/plan`, mode: 0o600, data: wordToBytes(plan)},
		...[...programs].map(([name, data]) => ({kind: 'file' as const, path: `${directory}/${name}`, mode: 0o700, data})),
		// The first number is that of the virtio device: their controller is the first one.
		...ports.map((name, index) => ({kind: 'symlink' as const, path: `${directory}/guest/port/${name}`, to: `${deviceNames}/vport0p${index + 1}`})),
		{kind: 'file', path: `${directory}/guest/lease`, mode: 0o755, data: Buffer.from(leaseScript)},
		...made,
		...files.map(({name, mode, data}) => ({kind: 'file' as const, path: `${directory}/guest/${name}`, mode, data})),
	];
	const file = openOwnFile(path, constants.O_WRONLY | constants.O_APPEND);
	try {
		writeFileSync(file, writeCpio(entries));
	} finally {
		closeSync(file);
	}
}
