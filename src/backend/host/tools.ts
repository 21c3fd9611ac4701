import {execFileSync} from 'node:child_process';
import {accessSync, constants, readFileSync, realpathSync} from 'node:fs';
import {basename} from 'node:path';
import {ShellError} from '../../core/errors.ts';

/** The programs that the init of a container needs, as host paths without links. */
export interface HostTools {
	readonly busybox: string;
	readonly setpriv: string;
	/** GNU env, which can give a program back the signals that libvirtd ignores; undefined where env is another. */
	readonly env: string | undefined;
	/** Whether setpriv can load a filter of system calls (util-linux 2.41). */
	readonly loadsFilters: boolean;
}

/** How the init calls its tools, as words of a shell that need no quoting. */
export interface GuestTools {
	/** Path of busybox: an interpreter, so one word. */
	readonly busybox: string;
	readonly setpriv: readonly string[];
	readonly env: readonly string[] | undefined;
	/** Host files that the guest needs at `directory`/name for that. */
	readonly brought: ReadonlyArray<{readonly source: string; readonly name: string}>;
}

const places = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];

/** Finds busybox and util-linux's setpriv; a missing one is a ShellError `unavailable`. */
export function findHostTools(): HostTools {
	const setpriv = findTool('setpriv', 'util-linux');
	// Its help would cost a process.
	const loadsFilters = readFileSync(setpriv).includes('seccomp-filter');
	return {busybox: findTool('busybox', 'busybox-static'), setpriv, env: findGnuEnv(), loadsFilters};
}

function findGnuEnv(): string | undefined {
	const env = findTool('env', 'coreutils');
	// A link to busybox or toybox leads elsewhere.
	return /\/(?:env|coreutils)$/.test(env) ? env : undefined;
}

function findTool(name: string, packageName: string): string {
	for (const place of places) {
		try {
			accessSync(`${place}/${name}`, constants.X_OK);
			return realpathSync(`${place}/${name}`);
		} catch {
			// The next place.
		}
	}
	throw new ShellError('unavailable', `This host has no ${name}`, {hint: `Install ${packageName}`});
}

/** The host's tools where the guest has the host's /usr as it is. */
export function useHostTools({busybox, setpriv, env}: HostTools): GuestTools {
	return {busybox, setpriv: [setpriv], env: env === undefined ? undefined : [env], brought: []};
}

/** The host's tools for a guest that has another /usr: each with its loader and libraries, below a directory of the guest. */
export function bringTools({busybox, setpriv, env}: HostTools, directory: string): GuestTools {
	const brought = new Map<string, string>();
	const bring = (path: string): readonly string[] => {
		const {loader, libraries} = findLibraries(path);
		brought.set(basename(path), path);
		for (const library of libraries) brought.set(basename(library), library);
		if (loader === undefined) return [`${directory}/${basename(path)}`];
		brought.set(basename(loader), loader);
		return [`${directory}/${basename(loader)}`, '--library-path', directory, `${directory}/${basename(path)}`];
	};
	const words = bring(busybox);
	if (words.length > 1)
		throw new ShellError('unavailable', 'This busybox needs libraries, so it cannot serve in another root', {hint: 'Install busybox-static'});
	const tools = {setpriv: bring(setpriv), env: env === undefined ? undefined : bring(env)};
	return {busybox: words[0] ?? busybox, ...tools, brought: [...brought].map(([name, source]) => ({name, source}))};
}

/** What a program is loaded with, as the loader itself tells; nothing for a static one. */
function findLibraries(path: string): {readonly loader: string | undefined; readonly libraries: readonly string[]} {
	let text: string;
	try {
		text = execFileSync('ldd', [path], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 10_000});
	} catch {
		return {loader: undefined, libraries: []};
	}
	const libraries: string[] = [];
	let loader: string | undefined;
	for (const line of text.split('\n')) {
		const named = /=> (\/\S+) \(0x/.exec(line)?.[1];
		const plain = /^\s*(\/\S+) \(0x/.exec(line)?.[1];
		if (named !== undefined) libraries.push(named);
		if (plain !== undefined) loader = plain;
	}
	return {loader, libraries};
}
