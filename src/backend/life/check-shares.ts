import {readdirSync, readlinkSync} from 'node:fs';
import {ShellError} from '../../core/errors.ts';
import type {TreeExports} from '../guest/machine/tree-exports.ts';
import {findQemus, type MachineIdentity} from './machine-process.ts';

/**
 * Refuses a machine, while it boots, whose QEMU shares something else by 9p than it was told: it opens directories by path, and whoever
 * writes to a directory on the way may have put a link there meanwhile. Where nobody lets us look nothing is checked.
 */
export function checkShares({exports}: Pick<TreeExports, 'exports'>, machine: MachineIdentity): void {
	// Those of the root are nobody else's; a temporary one has only a name yet.
	const asked = exports.flatMap(({source, cause}) => (cause.kind === 'option' && source.startsWith('/') ? source : []));
	if (asked.length === 0) return;
	// Others may run a QEMU with the same words.
	const missing = findQemus(machine).flatMap(({pid}) => {
		const opened = listOpened(pid);
		return opened === undefined ? [] : [asked.filter((source) => !opened.has(source))];
	});
	const [first] = missing.toSorted((a, b) => a.length - b.length);
	const [wrong] = first ?? [];
	if (wrong === undefined) return;
	throw new ShellError('refused', `The way to ${wrong} changed while the machine started`, {
		hint: 'Try again; if it comes back, mount directories that nobody else writes to',
	});
}

/** Where what a process has open is by now; undefined: it has gone, or is another user's. */
function listOpened(pid: number): ReadonlySet<string> | undefined {
	const directory = `/proc/${pid}/fd`;
	try {
		return new Set(readdirSync(directory).flatMap((descriptor) => readIfThere(`${directory}/${descriptor}`) ?? []));
	} catch {
		return undefined;
	}
}

function readIfThere(link: string): string | undefined {
	try {
		return readlinkSync(link);
	} catch {
		return undefined;
	}
}
