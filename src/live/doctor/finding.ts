import {accessSync, constants, existsSync} from 'node:fs';
import {quote} from '../../backend/guest/command-file.ts';
import type {Caller} from '../../backend/host/caller.ts';
import type {Finding} from '../../commands/sandboxes.ts';
import type {Connections} from '../connections.ts';

/** What a check goes by. */
export interface DiagnoseOptions {
	readonly caller: Caller;
	readonly connections: Connections;
	readonly uri: string | undefined;
	readonly signal: AbortSignal;
	/** The session is only to look: nothing is started. */
	readonly readonly: boolean;
}

/** All is well with a subject. */
export function ok(area: string, subject: string, detail: string): Finding {
	return {area, subject, state: 'ok', detail, mend: null};
}

/** Something is not there; `mend` is the command that brings it. */
export function missing(area: string, subject: string, detail: string, mend: string | null): Finding {
	return {area, subject, state: 'missing', detail, mend};
}

/** Something is there and does not work. */
export function broken(area: string, subject: string, detail: string, mend: string | null): Finding {
	return {area, subject, state: 'broken', detail, mend};
}

/** It could not be found out. */
export function unknown(area: string, subject: string, detail: string): Finding {
	return {area, subject, state: 'unknown', detail, mend: null};
}

/** A word of a command to paste into a shell. */
export function pasted(word: string): string {
	return /^[\w./-]+$/.test(word) ? word : quote(word);
}

const rootsCommand = /^(?:apt-get|dnf|systemctl|modprobe|sysctl|setenforce|u?mount|usermod|chmod a\+r \/)/;

const rootsCure = 'Only root can fix this: `virt-sandbox-shell doctor`, run as root, says how';

/** As somebody reads it who is not root: a cure that only root can use is told to root alone. */
export function forOrdinaryUser(finding: Finding): Finding {
	return finding.mend !== null && rootsCommand.test(finding.mend) ? {...finding, mend: rootsCure} : finding;
}

/** The command that installs packages on this host, by what package tool it has. */
export function installCommand(debian: string, fedora: string): string {
	return existsSync('/etc/debian_version') ? `apt-get install ${debian}` : `dnf install ${fedora}`;
}

const places = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/local/sbin', '/usr/libexec', '/usr/lib/qemu'];

/** The path of a program of this host, also of those outside PATH. */
export function findProgram(name: string): string | undefined {
	return places
		.map((place) => `${place}/${name}`)
		.find((path) => {
			try {
				accessSync(path, constants.X_OK);
				return true;
			} catch {
				return false;
			}
		});
}
