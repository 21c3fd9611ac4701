import {execFile} from 'node:child_process';
import {existsSync, readdirSync} from 'node:fs';
import {basename, join} from 'node:path';
import {promisify} from 'node:util';
import {ShellError} from '../../core/errors.ts';
import {lstatIfThere} from './firm-way.ts';
import {readRegularFile} from './read-regular-file.ts';

/** What one kernel has as modules and built in. Names are the kernel's, with `_` for `-`. */
export interface ModuleIndex {
	/** The modules' directory, as `/lib/modules/VERSION`. */
	readonly directory: string;
	readonly builtin: ReadonlySet<string>;
	/** Path of each module below the directory, by name. */
	readonly files: ReadonlyMap<string, string>;
	/** Names that a module needs loaded before it. */
	dependencies(name: string): Promise<readonly string[]>;
}

/** The kernel's name of a module file. */
export function moduleName(path: string): string {
	return basename(path)
		.replace(/\.ko(?:\.(?:gz|xz|zst))?$/, '')
		.replaceAll('-', '_');
}

/**
 * Reads what a kernel has from its modules' directory: from modules.dep or, where that is missing, from the modules themselves. Whoever
 * made the directory may be hostile: nothing outside of it is read.
 */
export function readModuleIndex(directory: string): ModuleIndex {
	const builtin = new Set(readLines(directory, 'modules.builtin').map(moduleName));
	const files = new Map<string, string>();
	const listed = new Map<string, readonly string[]>();
	for (const line of readLines(directory, 'modules.dep')) {
		const [path = '', rest = ''] = line.split(':');
		files.set(moduleName(path), path);
		listed.set(
			moduleName(path),
			rest
				.split(' ')
				.filter((word) => word !== '')
				.map(moduleName),
		);
	}
	if (files.size === 0) for (const path of findModules(directory)) files.set(moduleName(path), path);
	const soft = new Map<string, readonly string[]>();
	for (const line of readLines(directory, 'modules.softdep')) {
		const [, name, needs] = /^softdep (\S+) pre: ?(.*?)(?: post:.*)?$/.exec(line) ?? [];
		if (name !== undefined && needs !== undefined) soft.set(name.replaceAll('-', '_'), needs.split(' '));
	}
	return {
		directory,
		builtin,
		files,
		async dependencies(name) {
			const hard = listed.get(name) ?? (await readDependencies(directory, files.get(name)));
			// Many of these are aliases or built in; what is no module by that name is the kernel's own affair.
			const wished = (soft.get(name) ?? []).map((each) => each.replaceAll('-', '_')).filter((each) => files.has(each));
			return [...hard, ...wished];
		},
	};
}

function readLines(directory: string, name: string): string[] {
	const path = join(directory, name);
	if (!existsSync(path)) return [];
	return readRegularFile(path, {within: directory})
		.toString()
		.split('\n')
		.filter((line) => line !== '' && !line.startsWith('#'));
}

/** By no link: that would lead out of what was named, and Node's own way down follows them. */
function findModules(directory: string, below = 'kernel'): string[] {
	if (lstatIfThere(join(directory, below))?.isDirectory() !== true) return [];
	return readdirSync(join(directory, below), {withFileTypes: true}).flatMap((entry) => {
		const path = join(below, entry.name);
		if (entry.isDirectory()) return findModules(directory, path);
		return /\.ko(?:\.(?:gz|xz|zst))?$/.test(entry.name) ? path : [];
	});
}

async function readDependencies(directory: string, path: string | undefined): Promise<readonly string[]> {
	if (path === undefined) return [];
	const depends = readModuleInformation(await readModule(directory, path)).get('depends') ?? '';
	return depends
		.split(',')
		.filter((name) => name !== '')
		.map((name) => name.replaceAll('-', '_'));
}

/** The `key=value` pairs of a module's `.modinfo` section; the last one of a key counts. */
export function readModuleInformation(module: Buffer): ReadonlyMap<string, string> {
	const section = findSection(module, '.modinfo');
	const pairs = new Map<string, string>();
	for (const pair of section?.toString('utf8').split('\0') ?? []) {
		const equals = pair.indexOf('=');
		if (equals > 0) pairs.set(pair.slice(0, equals), pair.slice(equals + 1));
	}
	return pairs;
}

/** Of a 64-bit little-endian file. */
const elfStart = '\u007fELF\u0002\u0001';

/** The content of a section of a 64-bit little-endian ELF file; undefined for another file or without it. */
export function findSection(file: Buffer, wanted: string): Buffer | undefined {
	if (file.length < 64 || file.toString('latin1', 0, elfStart.length) !== elfStart) return undefined;
	const tableAt = Number(file.readBigUInt64LE(40));
	const entrySize = file.readUInt16LE(58);
	const count = file.readUInt16LE(60);
	const namesIndex = file.readUInt16LE(62);
	const sectionAt = (index: number): {name: number; content: Buffer} | undefined => {
		const at = tableAt + index * entrySize;
		if (at + 64 > file.length) return undefined;
		const from = Number(file.readBigUInt64LE(at + 24));
		return {name: file.readUInt32LE(at), content: file.subarray(from, from + Number(file.readBigUInt64LE(at + 32)))};
	};
	const names = sectionAt(namesIndex)?.content;
	for (let index = 0; names !== undefined && index < count; index++) {
		const section = sectionAt(index);
		if (section === undefined) return undefined;
		const end = names.indexOf(0, section.name);
		if (names.toString('latin1', section.name, end) === wanted) return section.content;
	}
	return undefined;
}

const noteSegment = 4;

/** Whether an ELF file has a note of this name and type in its program headers. */
export function findNote(file: Buffer, name: string, type: number): boolean {
	if (file.length < 64 || file.toString('latin1', 0, elfStart.length) !== elfStart) return false;
	const tableAt = Number(file.readBigUInt64LE(32));
	const entrySize = file.readUInt16LE(54);
	for (let index = 0; index < file.readUInt16LE(56); index++) {
		const at = tableAt + index * entrySize;
		if (at + 56 > file.length || file.readUInt32LE(at) !== noteSegment) continue;
		const from = Number(file.readBigUInt64LE(at + 8));
		const notes = file.subarray(from, from + Number(file.readBigUInt64LE(at + 32)));
		for (let note = 0; note + 12 <= notes.length;) {
			const nameSize = notes.readUInt32LE(note);
			const valueSize = notes.readUInt32LE(note + 4);
			const found = notes.toString('latin1', note + 12, note + 12 + nameSize).replace(/\0$/, '');
			if (found === name && notes.readUInt32LE(note + 8) === type) return true;
			note += 12 + Math.ceil(nameSize / 4) * 4 + Math.ceil(valueSize / 4) * 4;
		}
	}
	return false;
}

/** The bytes of a module, by its path below the modules' directory, decompressed. */
export async function readModule(directory: string, path: string): Promise<Buffer> {
	const name = `The kernel module ${join(directory, path)}`;
	try {
		const module = await decompress(readRegularFile(join(directory, path), {name, within: directory}));
		if (module.toString('latin1', 0, elfStart.length) === elfStart) return module;
	} catch (cause) {
		if (cause instanceof ShellError) throw cause;
		throw new ShellError('failed', `${name} cannot be read`, {hint: 'Install the kernel package anew, and xz-utils', cause});
	}
	throw new ShellError('refused', `${name} is no module`, {hint: 'Install the kernel package anew'});
}

/** A few kilobytes may stand for gigabytes. */
const mostUnpackedBytes = 256 * 1024 ** 2;

/** Data as it was before gzip, xz or zstd, told by its first bytes; anything else as it is. */
export async function decompress(data: Buffer): Promise<Buffer> {
	const start = data.toString('hex', 0, 6);
	if (start === 'fd377a585a00') return unxz(data);
	if (!start.startsWith('1f8b') && !start.startsWith('28b52ffd')) return data;
	const {gunzip, zstdDecompress} = await import('node:zlib');
	return promisify<Buffer, {readonly maxOutputLength: number}, Buffer>(start.startsWith('1f8b') ? gunzip : zstdDecompress)(data, {
		maxOutputLength: mostUnpackedBytes,
	});
}

const longestUnpackMs = 20_000;

/** Node has no xz: the tool does it, or busybox. */
async function unxz(data: Buffer): Promise<Buffer> {
	const tools: ReadonlyArray<readonly [file: string, ...words: string[]]> = [
		['xz', '-dc'],
		['busybox', 'unxz', '-c'],
	];
	let fault: unknown;
	for (const [file, ...words] of tools) {
		try {
			return await filter(file, words, data);
		} catch (error) {
			fault = error;
		}
	}
	throw new ShellError('unavailable', 'This host can decompress no xz', {hint: 'Install xz-utils', cause: fault});
}

function filter(file: string, words: readonly string[], data: Buffer): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const child = execFile(file, words, {encoding: 'buffer', maxBuffer: mostUnpackedBytes, timeout: longestUnpackMs}, (error, stdout) => {
			if (error === null) resolve(stdout);
			else reject(error);
		});
		child.stdin?.on('error', () => undefined);
		child.stdin?.end(data);
	});
}

/** Whether a kernel has something, built in or as a module. */
export function hasModule({builtin, files}: ModuleIndex, name: string): boolean {
	return builtin.has(name) || files.has(name);
}

/** Paths below the index's directory of all that has to be loaded for these names, in order; throws for a name that the kernel does not have. */
export async function resolveModules(index: ModuleIndex, names: readonly string[]): Promise<readonly string[]> {
	const paths: string[] = [];
	const done = new Set<string>();
	const visit = async (name: string, forName: string | undefined): Promise<void> => {
		if (done.has(name) || index.builtin.has(name)) return;
		done.add(name);
		const path = index.files.get(name);
		if (path === undefined) {
			throw new ShellError(
				'unavailable',
				`The kernel of ${index.directory} has no module ${name}${forName === undefined ? '' : `, which ${forName} needs`}`,
				{
					hint: 'Choose another kernel with --kernver, or install one: linux-image-amd64 on Debian, kernel-core and kernel-modules on Fedora',
				},
			);
		}
		for (const dependency of await index.dependencies(name)) await visit(dependency, name);
		paths.push(path);
	};
	for (const name of names) await visit(name, undefined);
	return paths;
}
