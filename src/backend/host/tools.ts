import {accessSync, constants, realpathSync} from 'node:fs';
import {ShellError} from '../../core/errors.ts';

/** The programs that the init of a container needs, as host paths without links. */
export interface HostTools {
	readonly busybox: string;
	readonly setpriv: string;
	/** GNU env, which can give a program back the signals that libvirtd ignores; undefined where env is another. */
	readonly env: string | undefined;
}

const places = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];

/** Finds busybox and util-linux's setpriv; a missing one is a ShellError `unavailable`. */
export function findHostTools(): HostTools {
	return {busybox: findTool('busybox', 'busybox-static'), setpriv: findTool('setpriv', 'util-linux'), env: findGnuEnv()};
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
