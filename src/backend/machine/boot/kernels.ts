import {existsSync, readdirSync, statSync} from 'node:fs';
import {release} from 'node:os';
import {join} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {onceEach} from '../../../core/once.ts';
import type {Kernel} from '../../../spec/types.ts';
import {lstatIfThere} from '../../host/files/firm-way.ts';
import {isReadable} from '../../host/files/is-readable.ts';
import {hasModule, placesIn, readModuleIndex, type ModuleIndex} from './kernel-modules.ts';

/** Where a host keeps its kernels; a test brings its own. */
export interface KernelPlaces {
	readonly boot: string;
	/** Directories with a directory of modules for each version. */
	readonly modules: readonly string[];
	/** The version that the host runs. */
	readonly running: string;
	/** Default: reads it anew each time. */
	readonly readIndex?: (directory: string) => ModuleIndex;
}

/** A kernel that a machine can boot, with its modules. */
export interface ChosenKernel {
	readonly version: string;
	readonly image: string;
	readonly modules: ModuleIndex;
	/** Why this one, for people. */
	readonly reason: string;
}

/** What a run needs of a kernel. */
export interface KernelNeed {
	readonly module: string;
	/** What it is for, as `to share directories (virtiofs)`. */
	readonly purpose: string;
}

const installHint = 'Install one: linux-image-cloud-amd64 (virtiofs) or linux-image-amd64 (9p) on Debian, kernel-core and kernel-modules on Fedora';

/** The places of this host. */
export function hostKernelPlaces(): KernelPlaces {
	return {boot: '/boot', modules: ['/lib/modules', '/usr/lib/modules'], running: release()};
}

/** The places of this host's kernels, whose modules are read once only. */
export function openKernelFacts(): KernelPlaces {
	return {...hostKernelPlaces(), readIndex: onceEach(readModuleIndex)};
}

/** Chooses the kernel that a spec names, else the host's own where it is in /boot and has what is needed, else the newest there that has; reads only. */
export function chooseKernel(kernel: Kernel, needs: readonly KernelNeed[], places: KernelPlaces): ChosenKernel {
	if (kernel.path !== undefined || kernel.version !== undefined) return namedKernel(kernel, needs, places);
	const versions = findVersions(places);
	if (versions.length === 0) throw new ShellError('unavailable', `This host has no kernel in ${places.boot} that a machine could boot`, {hint: installHint});
	const faults: string[] = [];
	for (const version of versions) {
		const image = join(places.boot, `vmlinuz-${version}`);
		const directory = modulesOf(version, kernel.modules, places);
		if (directory === undefined) {
			faults.push(`${version} has no modules directory`);
			continue;
		}
		if (!isReadable(image)) {
			faults.push(`${image} is not readable`);
			continue;
		}
		const modules = (places.readIndex ?? readModuleIndex)(directory);
		const lack = findLack(modules, needs);
		if (lack === undefined) {
			return {version, image, modules, reason: version === places.running ? "the host's own" : `the newest in ${places.boot} with what is needed`};
		}
		faults.push(`${version} has nothing ${lack.purpose}`);
	}
	throw new ShellError('unavailable', `No kernel in ${places.boot} can boot this machine: ${faults.join('; ')}`, {hint: installHint});
}

function namedKernel(kernel: Kernel, needs: readonly KernelNeed[], places: KernelPlaces): ChosenKernel {
	const image = kernel.path ?? namedImage(kernel.version ?? '', places);
	if (!existsSync(image)) {
		const known = findVersions(places);
		throw new ShellError('not-found', `There is no kernel ${image}`, {hint: known.length === 0 ? installHint : `There is ${known.join(', ')}`});
	}
	if (!statSync(image).isFile() || !isReadable(image)) {
		throw new ShellError('refused', `The kernel ${image} cannot be read`, {hint: 'Make it readable, or copy it and name the copy with --kernpath'});
	}
	const version = kernel.version ?? /vmlinuz-(.+)$/.exec(image)?.[1] ?? kernel.modules?.split('/').findLast((part) => part !== '') ?? '';
	const directory = modulesOf(version, kernel.modules, places);
	if (directory === undefined || !existsSync(directory)) {
		throw new ShellError('not-found', `The modules of the kernel ${image} are not at ${directory ?? `${places.modules.join(' or ')}/${version}`}`, {
			hint: 'Name their directory with --kmodpath',
		});
	}
	const modules = (places.readIndex ?? readModuleIndex)(directory);
	const lack = findLack(modules, needs);
	if (lack !== undefined) {
		throw new ShellError('unavailable', `The kernel ${version === '' ? image : version} has nothing ${lack.purpose}`, {
			hint: `It lacks ${lack.module}. ${installHint}`,
		});
	}
	return {version, image, modules, reason: 'named'};
}

/** Fedora keeps the image beside the modules too. */
function namedImage(version: string, places: KernelPlaces): string {
	const inBoot = join(places.boot, `vmlinuz-${version}`);
	const beside = places.modules.map((directory) => join(directory, version, 'vmlinuz'));
	return existsSync(inBoot) ? inBoot : (beside.find((path) => existsSync(path)) ?? inBoot);
}

/** `named`: the directory itself, or, as virt-sandbox 0.8 had it, what has one for each version. */
function modulesOf(version: string, named: string | undefined, {modules}: KernelPlaces): string | undefined {
	if (named !== undefined) {
		const placeOf = placesIn(named);
		const below = join(named, version);
		const isThere = (path: string): boolean => lstatIfThere(placeOf(path)) !== undefined;
		return !isThere('modules.dep') && isThere(version) ? below : named;
	}
	return version === '' ? undefined : modules.map((directory) => join(directory, version)).find((directory) => existsSync(directory));
}

/** The versions in /boot: the running one first, then the newest. */
function findVersions({boot, running}: KernelPlaces): string[] {
	let names: string[];
	try {
		names = readdirSync(boot);
	} catch {
		return [];
	}
	const newest = new Intl.Collator('en', {numeric: true});
	return names
		.flatMap((name) => /^vmlinuz-(.+)$/.exec(name)?.[1] ?? [])
		.toSorted((a, b) => Number(b === running) - Number(a === running) || newest.compare(b, a));
}

function findLack(modules: ModuleIndex, needs: readonly KernelNeed[]): KernelNeed | undefined {
	return needs.find(({module}) => !hasModule(modules, module));
}
