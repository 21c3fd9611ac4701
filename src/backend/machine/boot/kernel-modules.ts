import {opendirSync} from 'node:fs';
import {basename, join} from 'node:path';
import {setImmediate as giveTurn} from 'node:timers/promises';
import {ShellError} from '../../../core/errors.ts';
import {isWithin} from '../../../spec/paths.ts';
import {lstatIfThere} from '../../host/files/firm-way.ts';
import {goTo} from '../../host/files/go-to.ts';
import {readMountTable} from '../../host/mounts/mount-table.ts';
import {readRegularFile} from '../../host/files/read-regular-file.ts';
import {mayBeAsked} from '../../host/mounts/waiting-mounts.ts';
import {decompress} from './decompress.ts';
import {findSection, isElf} from './elf-file.ts';

/** What one kernel has as modules and built in. Names are the kernel's, with `_` for `-`. */
export interface ModuleIndex {
	/** The modules' directory, as `/lib/modules/VERSION`. */
	readonly directory: string;
	readonly builtin: ReadonlySet<string>;
	/** Path of each module below the directory, by name. */
	readonly files: ReadonlyMap<string, string>;
	/** Names that a module needs loaded before it. */
	dependencies(name: string, signal?: AbortSignal): Promise<readonly string[]>;
}

/** The kernel's name of a module file. */
export function moduleName(path: string): string {
	return basename(path)
		.replace(/\.ko(?:\.(?:gz|xz|zst))?$/, '')
		.replaceAll('-', '_');
}

/** The largest list of a distribution's has 0.7 MiB; each is read while nobody else of this process has a turn. */
const mostListBytes = 4 * 1024 ** 2;
/** Of these a distribution's directory has 6,000. */
const mostEntries = 65_536;
/** A module's `.modinfo`, with the names of all its devices and firmware, has some 100 KiB at most. */
const mostInformationBytes = 1024 ** 2;

/**
 * Reads what a kernel has from its modules' directory: from modules.dep or, where that is missing, from the modules themselves. Whoever
 * made the directory may be hostile: nothing outside of it is read, and no more than a kernel's directory ever has.
 */
export function readModuleIndex(directory: string): ModuleIndex {
	const placeOf = placesIn(directory);
	const builtin = new Set(readLines(placeOf('modules.builtin')).map(moduleName));
	const files = new Map<string, string>();
	const listed = new Map<string, string>();
	for (const line of readLines(placeOf('modules.dep'))) {
		const [path = '', rest = ''] = line.split(':', 2);
		const name = moduleName(path);
		files.set(name, path);
		listed.set(name, rest);
	}
	if (files.size > mostEntries) throw tooMany(directory);
	if (files.size === 0) for (const path of findModules(directory)) files.set(moduleName(path), path);
	const soft = new Map<string, readonly string[]>();
	for (const line of readLines(placeOf('modules.softdep'))) {
		const [first, name = '', place, ...words] = line.split(' ');
		const end = words.indexOf('post:');
		if (first === 'softdep' && place === 'pre:') soft.set(name.replaceAll('-', '_'), end === -1 ? words : words.slice(0, end));
	}
	return {
		directory,
		builtin,
		files,
		async dependencies(name, signal) {
			const paths = listed.get(name)?.split(' ');
			const hard = paths?.filter((path) => path !== '').map(moduleName) ?? (await readDependencies(directory, files.get(name), signal));
			// Many of these are aliases or built in; what is no module by that name is the kernel's own affair.
			const wished = (soft.get(name) ?? []).map((each) => each.replaceAll('-', '_')).filter((each) => files.has(each));
			return [...hard, ...wished];
		},
	};
}

function readLines(place: string): string[] {
	if (lstatIfThere(place) === undefined) return [];
	return readRegularFile(place, {isPlace: true, most: mostListBytes})
		.toString()
		.split('\n')
		.filter((line) => line !== '' && !line.startsWith('#'));
}

function tooMany(directory: string): ShellError {
	return new ShellError('refused', `${directory} has more files than any kernel has modules`, {hint: 'Name another directory with --kmodpath'});
}

/**
 * Tells where files of a directory of modules are, without links: within that directory. Nothing is opened to tell, as to open a device may be
 * to use it, and nobody is asked who may never answer.
 */
export function placesIn(directory: string): (path: string, name?: string) => string {
	const mayGo = mayAsk();
	const {place: base} = goTo(directory, mayGo);
	return (path, name = join(directory, path)) => {
		// What is not there keeps its name.
		const {place} = goTo(join(base, path), mayGo);
		if (isWithin(place, base)) return place;
		throw new ShellError('refused', `${name} leads out of ${directory}, to ${place}`, {hint: 'Put the file itself there'});
	};
}

function mayAsk(): (place: string) => boolean {
	return mayBeAsked(readMountTable(), process.getuid?.() ?? 0);
}

/** By no link: that would lead out of what was named, and Node's own way down follows them. */
function findModules(directory: string): string[] {
	const found: string[] = [];
	let entries = 0;
	const places = ['kernel'];
	const mayEnter = mayAsk();
	for (let place = places.pop(); place !== undefined; place = places.pop()) {
		if (!mayEnter(join(directory, place)) || lstatIfThere(join(directory, place))?.isDirectory() !== true) continue;
		const opened = opendirSync(join(directory, place));
		try {
			for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
				if (++entries > mostEntries) throw tooMany(directory);
				const path = join(place, entry.name);
				if (entry.isDirectory()) places.push(path);
				else if (/\.ko(?:\.(?:gz|xz|zst))?$/.test(entry.name)) found.push(path);
			}
		} finally {
			opened.closeSync();
		}
	}
	return found;
}

async function readDependencies(directory: string, path: string | undefined, signal: AbortSignal | undefined): Promise<readonly string[]> {
	if (path === undefined) return [];
	const depends = readModuleInformation(await readModule(directory, path, signal)).get('depends') ?? '';
	return depends
		.split(',')
		.filter((name) => name !== '')
		.map((name) => name.replaceAll('-', '_'));
}

/** The `key=value` pairs of a module's `.modinfo` section; the last one of a key counts. */
export function readModuleInformation(module: Buffer): ReadonlyMap<string, string> {
	const section = findSection(module, '.modinfo')?.subarray(0, mostInformationBytes);
	const pairs = new Map<string, string>();
	for (const pair of section?.toString('utf8').split('\0') ?? []) {
		const equals = pair.indexOf('=');
		if (equals > 0) pairs.set(pair.slice(0, equals), pair.slice(equals + 1));
	}
	return pairs;
}

/** The bytes of a module, by its path below the modules' directory, decompressed. */
export async function readModule(directory: string, path: string, signal?: AbortSignal): Promise<Buffer> {
	const name = `The kernel module ${join(directory, path)}`;
	try {
		const module = await decompress(readRegularFile(placesIn(directory)(path, name), {name, isPlace: true}), signal);
		if (isElf(module)) return module;
	} catch (cause) {
		signal?.throwIfAborted();
		if (cause instanceof ShellError) throw cause;
		throw new ShellError('failed', `${name} cannot be read`, {hint: 'Install the kernel package anew, and xz-utils', cause});
	}
	throw new ShellError('refused', `${name} is no module`, {hint: 'Install the kernel package anew'});
}

/** Whether a kernel has something, built in or as a module. */
export function hasModule({builtin, files}: ModuleIndex, name: string): boolean {
	return builtin.has(name) || files.has(name);
}

/**
 * Paths below the index's directory of all that has to be loaded for these names, in order; throws for a name that the kernel does not have.
 * Others have a turn before each: a directory may have thousands.
 */
export async function resolveModules(index: ModuleIndex, names: readonly string[], signal?: AbortSignal): Promise<readonly string[]> {
	const paths: string[] = [];
	const done = new Set<string>();
	const visit = async (name: string, forName: string | undefined): Promise<void> => {
		if (done.has(name) || index.builtin.has(name)) return;
		done.add(name);
		const path = index.files.get(name);
		if (path === undefined) {
			const message = `The kernel of ${index.directory} has no module ${name}${forName === undefined ? '' : `, which ${forName} needs`}`;
			throw new ShellError('unavailable', message, {
				hint: 'Choose another kernel with --kernver, or install one: linux-image-amd64 on Debian, kernel-core and kernel-modules on Fedora',
			});
		}
		await giveTurn();
		signal?.throwIfAborted();
		for (const dependency of await index.dependencies(name, signal)) await visit(dependency, name);
		paths.push(path);
	};
	for (const name of names) await visit(name, undefined);
	return paths;
}
