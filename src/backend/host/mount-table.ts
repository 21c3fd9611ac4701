import {readFileSync} from 'node:fs';
import {wordFromBytes} from '../guest/bytes.ts';

/** One line of mountinfo. */
export interface HostMount {
	readonly mountPoint: string;
	/** As `proc`, `tmpfs`, `ext4`. */
	readonly fileSystem: string;
	readonly readonly: boolean;
	/** Of the mount itself, as `nosuid`. */
	readonly flags: readonly string[];
	/** Of the file system, as `size=4k`; the controllers of a cgroup hierarchy. */
	readonly options: readonly string[];
}

/** What the kernel says of where a mount is, besides. */
export interface KnownMount extends HostMount {
	readonly id: string;
	/** Of the mount that it is mounted in. */
	readonly parent: string;
	/** Of its file system, as `254:0`. */
	readonly device: string;
	/** What of its file system it shows. */
	readonly root: string;
	/** What it was mounted from, as whoever did that called it. */
	readonly source: string;
}

/** What a mount shows: which part of which file system. */
export type ShownPart = Pick<KnownMount, 'device' | 'root'>;

export function showsPart(mount: ShownPart, {device, root}: ShownPart): boolean {
	return mount.device === device && mount.root === root;
}

/** The mounts of this process, in the kernel's order; a later one at the same place hides an earlier one. */
export function readMountTable(text: string = readFileSync('/proc/self/mountinfo', 'latin1')): KnownMount[] {
	const mounts: KnownMount[] = [];
	for (const line of text.split('\n')) {
		const fields = line.split(' ');
		const separator = fields.indexOf('-', 6);
		const [id = '', parent = '', device = '', root = '', mountPoint] = fields;
		const fileSystem = fields[separator + 1];
		if (mountPoint === undefined || separator < 0 || fileSystem === undefined) continue;
		const flags = (fields[5] ?? '').split(',');
		mounts.push({
			id,
			parent,
			device,
			root: unescapePath(root),
			source: unescapePath(fields[separator + 2] ?? ''),
			mountPoint: unescapePath(mountPoint),
			fileSystem,
			readonly: flags.includes('ro'),
			flags,
			options: (fields[separator + 3] ?? '').split(','),
		});
	}
	return mounts;
}

/** Nothing to be put otherwise, as in nearly all. */
const plain = /^[!-[\]-~]*$/;

/** The kernel writes blank, tab, newline and backslash as octal; bytes become a word again here. */
function unescapePath(text: string): string {
	if (plain.test(text)) return text;
	const bytes = text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
	return wordFromBytes(Buffer.from(bytes, 'latin1'));
}
